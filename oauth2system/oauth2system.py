"""The composition root, which puts all parts together. Reflex looks for `app` here."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import reflex as rx
from reflex.utils.prerequisites import get_web_dir
from reflex_base.config import get_config

from oauth2system import log
from oauth2system.runtime import outbox
from oauth2system.runtime.events import other_workers
from oauth2system.runtime.runner import Runner
from oauth2system.services.delivery import back_channel_logout, mail, worker
from oauth2system.services.pictures import logos
from oauth2system.services.server import jobs
from oauth2system.services.sessions import password_hashing, session_end
from oauth2system.settings import load
from oauth2system.storage.database.transactions import Database
from oauth2system.ui import state
from oauth2system.ui.app_shell import shell_options
from oauth2system.ui.guard import Guard
from oauth2system.ui.namespace import TabNamespace
from oauth2system.ui.pages.account import activity as account_activity
from oauth2system.ui.pages.account import connections, data, profile, security
from oauth2system.ui.pages.admin import admin, invitations
from oauth2system.ui.pages.admin import settings as admin_settings
from oauth2system.ui.pages.apps import apps, protocol
from oauth2system.ui.pages.apps.activity import page as activity
from oauth2system.ui.pages.apps.connect import page as connect
from oauth2system.ui.pages.apps.consent import page as consent
from oauth2system.ui.pages.apps.overview import page as overview
from oauth2system.ui.pages.apps.playground import page as playground
from oauth2system.ui.pages.apps.secrets import page as secrets
from oauth2system.ui.pages.apps.usage import page as usage
from oauth2system.ui.pages.public import accessibility, docs, docs_guides, home, not_found, reference
from oauth2system.ui.pages.sign_in import rendered, slots
from oauth2system.ui.tabs.event_socket import EventSocket
from oauth2system.web.connections.web_socket import SEND_TEXT
from oauth2system.web.edge import Edge

# A page exists once its module is imported.
PAGES = (
    *(home, docs, docs_guides, accessibility, reference, slots, not_found),
    *(profile, security, connections, account_activity, data),
    *(apps, overview, connect, secrets, consent, activity, playground, usage, protocol),
    *(admin, invitations, admin_settings),
)

# The kinds of payloads in the outbox, and the handler that delivers each.
HANDLERS: worker.Handlers = {
    outbox.MAIL: mail.deliver,
    session_end.KIND: back_channel_logout.deliver,
    logos.KIND: logos.deliver,
}


def log_page_error(exception: Exception) -> None:
    """Log an error that a browser reports; anybody can send it, so it is one line, and few are logged."""
    log.anonymous("page.failed", says=str(exception))


def log_event_error(exception: Exception) -> None:
    """Log an error outside any handler; the page gets no message and no script."""
    log.crash("event.unhandled", exception)


class ReflexApp(rx.App):
    """Reflex, with the edge above it and the guard inside it."""

    def __post_init__(self) -> None:
        """Install our own namespace and guard before anything is served."""
        super().__post_init__()
        names = TabNamespace(get_config().get_event_namespace(), self)
        self._event_namespace = names
        sio: Any = self.sio
        sio.register_namespace(names)
        self.add_middleware(Guard())

    def __call__(self) -> Any:
        """Build the ASGI app of a server process: settings, runner, Reflex, and the edge around it."""
        log.take_over()
        settings = load()
        runner = Runner(settings, Database(settings.database_url))
        state.serve(runner)
        self.register_lifespan_task(_run_in_background(runner))  # pyright: ignore[reportUnknownMemberType]  (Reflex is only partly typed)
        events = EventSocket(self, super().__call__(), SEND_TEXT)
        return Edge(runner, get_web_dir() / "build" / "client", events, rendered.PAGES)


def _run_in_background(runner: Runner) -> Any:
    """Return what runs in the background of one process, and ends with it."""

    @asynccontextmanager
    async def living() -> AsyncGenerator[None]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.deliver_until(runner, HANDLERS, stop))
            group.create_task(jobs.run_until(runner, stop))
            group.create_task(other_workers.carry_until(runner, stop))
            group.create_task(runner.slow(password_hashing.warm_up))
            try:
                yield
            finally:
                stop.set()
        runner.close()

    return living


app = ReflexApp(
    **shell_options(),
    frontend_exception_handler=log_page_error,
    backend_exception_handler=log_event_error,
)
