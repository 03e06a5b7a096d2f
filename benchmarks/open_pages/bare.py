"""The smallest Reflex app, as a module of its own in a temporary folder: one page, one event handler, no guard."""

import contextlib
import os
import sys
from collections.abc import Generator
from pathlib import Path

from benchmarks.servers import Server, free_port, running

EVENT = "reflex___state____state.bare___bare____count.ask_about"
_APP = """
import reflex as rx


class Count(rx.State):
    asks_about: str = ""

    @rx.event
    def ask_about(self, client_id: str):
        self.asks_about = "" if self.asks_about == client_id else client_id


def index():
    return rx.el.button(Count.asks_about, on_click=Count.ask_about("1"))


app = rx.App()
app.add_page(index)
"""
_CONFIG = """
import reflex as rx
from reflex.constants import StateManagerMode

config = rx.Config(
    app_name="bare", state_manager_mode=StateManagerMode.MEMORY, telemetry_enabled=False, plugins=[],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
"""


@contextlib.contextmanager
def bare(folder: Path) -> Generator[Server]:
    """Run it on granian, with one worker and its state in memory, as the product runs."""
    (folder / "bare").mkdir()
    (folder / "bare" / "__init__.py").touch()
    (folder / "bare" / "bare.py").write_text(_APP)
    (folder / "rxconfig.py").write_text(_CONFIG)
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--workers", "1", "--loop", "uvloop"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "bare.bare:app"),
    ]
    env = {**os.environ, "__REFLEX_SKIP_COMPILE": "true", "REFLEX_ENV_MODE": "prod", "PYTHONPATH": str(folder)}
    yield from running(command, port, env, folder=folder, health="/ping")
