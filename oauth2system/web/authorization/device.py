"""/oauth2/device_authorization for devices, and the form of the /device page for people (RFC 8628)."""

from oauth2system.errors import Invalid, NotFound, NotPermitted, TooManyAttempts
from oauth2system.runtime.runner import Runner
from oauth2system.services.authorization import device
from oauth2system.web.http import forms
from oauth2system.web.http.message import Answer, Request, json, redirect


async def authorization(request: Request, runner: Runner) -> Answer:
    """POST /oauth2/device_authorization: a device asks for its codes (RFC 8628 §3.1)."""
    call, params = request.call_without_cookie(runner), await request.form()
    return json(await device.begin(call, request.authorization(), params))


async def decide(request: Request, runner: Runner) -> Answer:
    """POST /device: allow a device, or not."""
    call, form = request.call(runner), await request.form()
    agreed = form.get("decision") == "authorize"
    try:
        await call(device.decide, form.get("user_code") or "", form.get("account"), agreed=agreed)
    except Invalid:
        return redirect(forms.to(device.PAGE, error="device_code"))
    except TooManyAttempts:
        return redirect(forms.to(device.PAGE, error="throttled"))
    except (NotFound, NotPermitted):
        return redirect(forms.to(device.PAGE, error="device_code"))
    return redirect(forms.to(device.PAGE, notice="device_allowed" if agreed else "device_denied"))
