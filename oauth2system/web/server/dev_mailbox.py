"""/dev/mailbox: without a mail server on a loopback address, the messages that would have been sent."""

import asyncio
import re

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Child, Html
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import dev_mailbox
from oauth2system.services.delivery.dev_mailbox import DeliveredMail
from oauth2system.setting_types.hosts import is_loopback
from oauth2system.web import errors
from oauth2system.web.http.message import Answer, Request
from oauth2system.web.http.scriptless_page import show as show_page

_LINK = re.compile(r"https?://[^\s<>\"']+")


async def show(request: Request, runner: Runner) -> Answer:
    """GET /dev/mailbox: newest first, as plain escaped text with its links to click.

    Its links reset passwords, so it answers this machine alone, under its own name (T149): a page elsewhere whose name
    was made to lead here asks under that name.
    """
    ours = runner.settings.public_url.partition("://")[2]
    if not is_loopback(request.peer) or request.header(b"host") != ours:
        return errors.answer_unknown(request)
    messages = await asyncio.to_thread(dev_mailbox.list_messages, runner.settings)
    words = _("Without a mail server, messages stay on this machine. They are also files in mail/ of the data folder.")
    return show_page(
        _("Mailbox"),
        html.div(
            html.p(words),
            [_message(message) for message in messages] or html.p(_("No message has been sent yet.")),
            class_name="card stack",
        ),
    )


def _message(message: DeliveredMail) -> Html:
    sent_at = message.sent_at.strftime("%Y-%m-%d %H:%M:%S")
    return html.article(
        html.h2(message.subject),
        html.p(
            _("To"), f" {message.to} · ", html.time(f"{sent_at} UTC", date_time=message.sent_at.isoformat()),
            class_name="quiet small breaks",
        ),
        html.pre(link_addresses(message.text), class_name="mail-text"),
        class_name="mail",
    )  # fmt: skip


def link_addresses(text: str) -> Html:
    """Return the text as HTML with its addresses as links; everything else is escaped."""
    pieces: list[Child] = []
    end = 0
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;)")
        pieces += [text[end : match.start()], html.a(address, href=address)]
        end = match.start() + len(address)
    return html.text(pieces, text[end:])
