"""/dev/mailbox: on a laptop without a mail server, the messages that would have been sent."""

import asyncio
import re

from markupsafe import Markup, escape

from oauth2system.i18n import _
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import dev_mailbox
from oauth2system.web.http import error_page
from oauth2system.web.http.message import Answer, Request

_LINK = re.compile(r"https?://[^\s<>\"']+")


async def show(_request: Request, runner: Runner) -> Answer:
    """GET /dev/mailbox: newest first, as plain escaped text with its links to click."""
    messages = await asyncio.to_thread(dev_mailbox.messages, runner.settings)
    shown = [(message, linked(message.text)) for message in messages]
    return error_page.render("mailbox.html", title=_("Mailbox"), messages=shown)


def linked(text: str) -> Markup:
    """Escape the text and turn its addresses into links; nothing else of it becomes HTML."""
    pieces: list[Markup] = []
    end = 0
    for match in _LINK.finditer(text):
        address = escape(match.group().rstrip(".,;)"))
        pieces += [escape(text[end : match.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = match.start() + len(match.group().rstrip(".,;)"))
    return Markup().join([*pieces, escape(text[end:])])
