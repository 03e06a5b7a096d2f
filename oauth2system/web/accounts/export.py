"""A person's data, downloaded by a link."""

import orjson

from oauth2system.errors import NotPermitted
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.leave import export as service
from oauth2system.web.accounts import session
from oauth2system.web.http import forms
from oauth2system.web.http.message import JSON, NO_STORE, Answer, Request, redirect

PAGE = "/account/data"
ATTACHED = (b"content-disposition", b'attachment; filename="oauth2system-account.json"')


async def export(request: Request, runner: Runner) -> Answer:
    """GET /account/data/export: the signed-in user's data, as a file."""
    try:
        document = await service.export(request.call(runner))
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next=PAGE))
    return Answer(200, orjson.dumps(document, option=orjson.OPT_INDENT_2), [JSON, ATTACHED, *NO_STORE])
