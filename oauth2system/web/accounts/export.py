"""A person's data, downloaded by a link."""

from oauth2system.errors import NotPermitted
from oauth2system.i18n import _
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.leave import export as service
from oauth2system.web.accounts import session
from oauth2system.web.http import forms
from oauth2system.web.http.message import NO_STORE, Answer, Request, redirect

PAGE = "/account/data"
ZIP = (b"content-type", b"application/zip")
ATTACHED = (b"content-disposition", b'attachment; filename="oauth2system-account.zip"')


async def export(request: Request, runner: Runner) -> Answer:
    """GET /account/data/export: the signed-in user's data, as a file. `made` says that the page has just made it.

    It is there also for a person who does not accept the terms of this server.
    """
    is_made = request.query().peek("made") is not None
    try:
        found = await service.fetch(request.call_to_leave(runner), _, is_made=is_made)
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next=PAGE))
    length = (b"content-length", str(found.size).encode())
    return Answer(200, b"", [ZIP, ATTACHED, length, *NO_STORE], found.pieces)
