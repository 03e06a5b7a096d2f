"""A person's data: downloaded by a link, deleted by a native form."""

import orjson

from oauth2system.errors import NotPermitted, Refusal
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import export as takeout
from oauth2system.services.sessions import sign_in
from oauth2system.web.accounts import session
from oauth2system.web.http import cookies, forms
from oauth2system.web.http.message import JSON, NO_STORE, Answer, Request, redirect

PAGE = "/account/data"
ATTACHED = (b"content-disposition", b'attachment; filename="oauth2system-account.json"')


async def export(request: Request, runner: Runner) -> Answer:
    """GET /account/data/export: everything about whoever is signed in, as a file."""
    try:
        document = await runner.transact(request.caller(runner), takeout.export)
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next=PAGE))
    return Answer(200, orjson.dumps(document, option=orjson.OPT_INDENT_2), [JSON, ATTACHED, *NO_STORE])


async def delete(request: Request, runner: Runner) -> Answer:
    """POST /account/delete: the password first, then everything at once."""
    form = await forms.read(request, runner)
    caller, device = request.caller(runner), cookies.read_device(request, runner.settings)
    password = form.text("password")
    try:
        attempt = await runner.transact(caller, sign_in.find_again, device)
        match = await runner.slow(lambda: sign_in.compare(attempt, password))
        await runner.transact(caller, takeout.leave, attempt, match)
    except Refusal as refusal:
        return await forms.back(refusal, PAGE, form, caller, runner)
    gone = redirect(forms.to(session.PAGE, notice="deleted"))
    return gone.with_headers(cookies.no_session(runner.settings), session.CLEAR)
