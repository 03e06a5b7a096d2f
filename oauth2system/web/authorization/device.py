"""/oauth2/device_authorization for devices, and the form of the /device page for people (RFC 8628)."""

from oauth2system.errors import NotPermitted, TooManyAttempts
from oauth2system.policy import page_messages
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
    agreed, typed = form.get("decision") == "authorize", form.get("user_code") or ""
    again = typed[:64] or None
    try:
        await call(device.decide, typed, form.get("account"), agreed=agreed, boxes=forms.read_boxes(form))
    except device.DeviceRefused as refusal:
        code = again if refusal.code == "device_account" else None
        return redirect(forms.to(device.PAGE, user_code=code, **page_messages.query_of(refusal.code)))
    except TooManyAttempts:
        return redirect(forms.to(device.PAGE, error="throttled"))
    except NotPermitted:  # the session has ended
        return redirect(forms.to("/login", notice="sign_in_first", next=forms.to(device.PAGE, user_code=again)))
    return redirect(forms.to(device.PAGE, notice="device_allowed" if agreed else "device_denied"))
