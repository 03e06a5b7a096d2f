"""Delivering in tests, by the handlers that the composition root maps; importing that would bring Reflex along."""

import asyncio

from oauth2system.runtime import outbox
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import back_channel_logout, mail, worker
from oauth2system.services.delivery.worker import Handlers
from oauth2system.services.pictures import logos
from oauth2system.services.sessions import session_end

HANDLERS: Handlers = {
    outbox.MAIL: mail.deliver,
    session_end.KIND: back_channel_logout.deliver,
    logos.KIND: logos.deliver,
}


def deliver(runner: Runner, handlers: Handlers = HANDLERS) -> int:
    """Make one pass over the outbox; returns how many payloads arrived."""
    return asyncio.run(worker.deliver(runner, handlers))
