"""The commands migrate, check, purge, backup and restore."""

from pathlib import Path

from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import Counter, note, say, say_json
from oauth2system.errors import Misconfigured
from oauth2system.i18n import _, ngettext
from oauth2system.runtime.runner import Runner, utc_now
from oauth2system.services.server import address_check, config_check, connection_check, jobs
from oauth2system.services.server import backup as backups
from oauth2system.services.server.config_check import Problem, Setup
from oauth2system.settings import given, load
from oauth2system.storage.database import migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database


def migrate(asked: Arguments) -> None:
    """Bring the database to the newest schema."""
    database = Database(load().database_url)
    try:
        found = migrations.upgrade(database, progress=lambda message: note(_(message)))
    finally:
        database.close()
    if asked.json:
        say_json({"schema": migrations.HEAD, "changed": found is not Schema.CURRENT})
    elif found is Schema.CURRENT:
        say(_("The database is at the newest schema already, {version}.").format(version=migrations.HEAD))
    else:
        say(_("The database is at the newest schema now, {version}.").format(version=migrations.HEAD))


def check(asked: Arguments) -> int:
    """Print what is wrong; returns 1 when the server would refuse to start.

    It begins from the outside: only a server that answers at its public address can be used.
    """
    try:
        settings = load()
    except Misconfigured as reason:
        return _report(asked, [Problem(reason.message)], running=False)
    arrival = address_check.look(settings)
    found = [
        *config_check.find_problems(Setup(settings, given(), asked.workers)),
        *connection_check.find_problems(settings),
    ]
    if arrival.problem is not None:
        return _report(asked, [arrival.problem, *found], running=False)
    if not arrival.served and not asked.json:
        say(_("No server runs at {url} yet. Check again when it does.").format(url=settings.public_url))
    return _report(asked, found, running=arrival.served)


def _report(asked: Arguments, found: list[Problem], *, running: bool) -> int:
    refused = any(problem.refuses for problem in found)
    if asked.json:
        say_json({"ok": not refused, "running": running, "problems": found})
        return 1 if refused else 0
    for problem in found:
        say(format_problem(problem))
    if not found:
        say(_("Nothing is wrong.") if running else _("The settings are in order."))
    return 1 if refused else 0


def format_problem(problem: Problem) -> str:
    """Return a problem as one line that begins with "error" or "warning"."""
    return f"{_('error') if problem.refuses else _('warning')}: {_(problem.message)}"


def purge(asked: Arguments) -> None:
    """Delete everything that has expired."""
    counter = Counter(_("rows deleted"))
    gone: dict[str, int] = {}

    def progress(kind: str, count: int) -> None:
        gone[kind] = count
        counter.show(sum(gone.values()))

    with at_work() as runner:
        counts = jobs.purge_now(runner, progress)
    counter.done()
    if asked.json:
        say_json(counts)
        return
    total = sum(counts.values())
    say(ngettext("Deleted {count} row.", "Deleted {count} rows.", total).format(count=total))


def backup(asked: Arguments) -> None:
    """Write everything that lasts into one file."""
    path = Path(asked.path)
    counter = Counter(_("rows written"))
    with at_work() as runner:
        counts = backups.write(runner, path, utc_now(), force=asked.force, progress=counter.show)
    counter.done()
    if asked.json:
        say_json({"file": str(path), "rows": counts})
        return
    say(_("Wrote {count} rows to {path}.").format(count=sum(counts.values()), path=path))
    note(_("Keep SECRET_KEY too, in another place: the encrypted values inside cannot be read without it."))


def restore(asked: Arguments) -> None:
    """Read a backup into the database."""
    counter = Counter(_("rows read"))
    settings = load()
    runner = Runner(settings, Database(settings.database_url))
    try:
        done = backups.restore(
            runner, Path(asked.path),
            force=asked.force, revoke_all=asked.revoke_all, unproven=asked.unproven, progress=counter.show,
        )  # fmt: skip
    finally:
        runner.close()
    counter.done()
    if asked.json:
        say_json({"made_at": done.made_at, "rows": done.rows, "same_key": done.same_key})
    else:
        total = sum(done.rows.values())
        say(_("Restored {count} rows of the backup made at {when}.").format(count=total, when=done.made_at))
    if not done.same_key:
        note(_("The backup was made with another SECRET_KEY; without that one the encrypted values stay unreadable."))
    if not asked.revoke_all:
        note(_("Sessions ended and access revoked since then work again; --revoke-all would have ended all of them."))
