"""The forms that upload a picture: a browser comes back to its page, our script gets a sentence to show."""

from oauth2system.errors import NotFound, NotPermitted, Refusal
from oauth2system.i18n import _
from oauth2system.policy import quotas
from oauth2system.runtime.call import Call
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import avatars
from oauth2system.services.apps import logos
from oauth2system.services.pictures.unfit import UnfitPicture
from oauth2system.web.http import forms
from oauth2system.web.http.forms import Form
from oauth2system.web.http.message import Answer, Request, json, redirect
from oauth2system.web.pictures import multipart

PROFILE = "/account"
SIGN_IN = "/login"


async def upload_avatar(request: Request, runner: Runner) -> Answer:
    """POST /account/avatar: show the person by the picture that is sent, cut to a square."""

    async def receive() -> bytes:
        return await multipart.read(request)

    try:
        await avatars.upload(request.call(runner), receive)
    except Refusal as refusal:
        return await _refused(request, refusal, PROFILE)
    return _done(request, forms.to(PROFILE, notice="picture_saved"))


@forms.of_page(PROFILE)
async def remove_avatar(_request: Request, _form: Form, call: Call) -> Answer:
    """POST /account/avatar/remove: take the person's picture away."""
    await call(avatars.remove)
    return redirect(forms.to(PROFILE, notice="picture_removed"))


async def upload_logo(request: Request, runner: Runner) -> Answer:
    """POST /apps/logo?client_id=: show an app of the person by the picture that is sent, whole."""
    client_id = request.query().need("client_id")

    async def receive() -> bytes:
        return await multipart.read(request)

    try:
        await logos.upload(request.call(runner), client_id, receive)
    except Refusal as refusal:
        return await _refused(request, refusal, _page_of(client_id))
    return _done(request, forms.to(_page_of(client_id), notice="logo_saved"))


async def remove_logo(request: Request, runner: Runner) -> Answer:
    """POST /apps/logo/remove: take the logo of an app of the person away."""
    client_id = (await request.form()).need("client_id")
    await request.call(runner)(logos.remove, client_id)
    return redirect(forms.to(_page_of(client_id), notice="logo_removed"))


def _page_of(client_id: str) -> str:
    """Return the page with an app's logo, or the list of all apps for what is no id."""
    return f"/apps/{client_id}/consent" if client_id.isascii() and client_id.isdecimal() else "/apps"


def _done(request: Request, page: str) -> Answer:
    return json({"problem": "", "page": page}) if _is_script(request) else redirect(page)


async def _refused(request: Request, refusal: Refusal, page: str) -> Answer:
    """Answer with the reason; what the browser is still sending is let pass."""
    await request.drain(2 * quotas.PICTURE_LARGEST)
    if isinstance(refusal, NotFound):
        raise refusal
    if _is_script(request):
        return json({"problem": _(refusal.message), "page": ""})
    if isinstance(refusal, UnfitPicture):
        return redirect(forms.to(page, error=refusal.code))
    if isinstance(refusal, NotPermitted):
        return redirect(forms.to(SIGN_IN, next=page))
    return redirect(forms.to(page, error="throttled"))


def _is_script(request: Request) -> bool:
    return request.header(b"accept") == "application/json"
