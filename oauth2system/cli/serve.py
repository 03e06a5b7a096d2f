"""The command `serve`: prepares everything, then this process becomes the server.

It becomes it by exec, so the modules for checking, migrating and building leave the memory.
"""

import os
import sys

from oauth2system import build
from oauth2system.cli.maintenance import format_problem
from oauth2system.cli.parser import Arguments
from oauth2system.cli.terminal import note, say
from oauth2system.errors import Misconfigured
from oauth2system.i18n import _
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import people
from oauth2system.services.keys import keyring
from oauth2system.services.server import address_check, config_check
from oauth2system.services.server.config_check import Setup
from oauth2system.settings import PREFIX, Settings, given, load
from oauth2system.storage.database import migrations
from oauth2system.storage.database.transactions import Database

# Reflex lets the environment override what rxconfig.py says: CORS, debug pages, other addresses (T149).
FOREIGN = ("REFLEX_", "__REFLEX_", "VITE_", "SQLALCHEMY_", "GITHUB_CODESPACES_", "CODESPACE")


def serve(asked: Arguments) -> None:
    """Check, migrate, build, print the set-up link, and serve."""
    environ = _environment(asked)
    settings = load(environ)
    refuse_danger(Setup(settings, given(environ), asked.workers))
    address = address_check.free_address(settings)
    link = _prepare(settings)
    pages = build.ensure_built(note)
    if link is not None:
        say(_("This site has no administrator yet. Open this link within a day to become it:"))
        say(f"  {link}")
    sys.stdout.flush()
    facts = (address, str(settings.port), str(asked.workers), settings.public_url)
    # Without the columns of every instruction, which only the marks in a traceback need.
    command = [sys.executable, "-X", "no_debug_ranges", "-m", "oauth2system.cli.supervisor", *facts]
    os.execve(sys.executable, command, {**environ, **build.environment(pages)})  # noqa: S606  (no shell is wanted)


def _environment(asked: Arguments) -> dict[str, str]:
    """Return the environment of the server: the options as settings, and nothing that would reconfigure Reflex."""
    foreign = [name for name in os.environ if name.startswith(FOREIGN)]
    if foreign:
        note(
            _("warning: ignored, since they would change how pages are served: {names}").format(
                names=", ".join(foreign)
            )
        )
    environ = {name: value for name, value in os.environ.items() if name not in foreign}
    options = {"HOST": asked.host, "PORT": asked.port}
    return {**environ, **{PREFIX + name: value for name, value in options.items() if value is not None}}


def refuse_danger(setup: Setup) -> None:
    """Print what is wrong; raises Misconfigured for what is dangerous (T149)."""
    found = config_check.find_problems(setup)
    dangers = [problem for problem in found if problem.refuses]
    for problem in found:
        if problem not in dangers[:1]:
            note(format_problem(problem))
    if dangers:
        raise Misconfigured(dangers[0].message)


def _prepare(settings: Settings) -> str | None:
    """Migrate the database and make missing keys; returns a set-up link while there is no administrator."""
    runner = Runner(settings, Database(settings.database_url))
    try:
        migrations.upgrade(runner.database, progress=lambda message: note(_(message)))
        keyring.prepare(runner)
        return runner.now(SYSTEM, people.make_setup_link)
    finally:
        runner.close()
