"""POST /language: the language that a person chooses at the foot of a page."""

from urllib.parse import urlsplit

from oauth2system.i18n import languages
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import preferences
from oauth2system.web.http import guards
from oauth2system.web.http.languages import remember
from oauth2system.web.http.message import Answer, Request, redirect


async def choose(request: Request, runner: Runner) -> Answer:
    """Keep the choice in this browser, and in the account of a person who is signed in; go back to the page."""
    wanted = (await request.form()).get("to")
    page = urlsplit(request.header(b"referer") or "")
    answer = redirect(guards.safe_next(f"{page.path}?{page.query}" if page.query else page.path))
    if wanted not in languages():
        return answer
    await request.call(runner)(preferences.choose_language, wanted)
    return answer.with_headers(*remember(wanted))
