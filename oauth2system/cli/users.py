"""The commands `user …`."""

import asyncio
import sys
from collections.abc import Iterator

from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import note, printable, say, say_json, table
from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_, _
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts.leave import deletion
from oauth2system.services.admin import people
from oauth2system.services.admin.people import NewAccount
from oauth2system.services.sessions import factor_changes
from oauth2system.storage.tables.users import User

LONGEST_LINE = 4096


def create(asked: Arguments) -> None:
    """Make an account; without a password its person sets one by a password reset."""
    wanted = NewAccount(
        asked.username,
        asked.email,
        asked.display_name,
        _read_password() if asked.password_stdin else None,
        confirmed=asked.confirmed,
        admin=asked.admin,
    )
    with at_work() as runner:
        user = asyncio.run(people.create_account(Call(runner, SYSTEM), wanted))
    if asked.json:
        say_json(_facts(user))
    else:
        say(_("Made the account {username} ({id}).").format(username=user.username, id=user.id))


def _read_password() -> str:
    """Read one line, as `echo` and password managers write it; raises Invalid when there is none."""
    text = sys.stdin.readline(LONGEST_LINE).removesuffix("\n").removesuffix("\r")
    if not text:
        raise Invalid(password=N_("Standard input was empty; give the password as one line."))
    return text


def invite(asked: Arguments) -> None:
    """Mail an invitation, and print its link, which can also be handed over."""
    with at_work() as runner:
        link = runner.now(SYSTEM, people.invite, asked.email)
    if asked.json:
        say_json({"link": link})
    else:
        say(link)


def rename(asked: Arguments) -> None:
    """Give an account another username; its person is mailed."""
    with at_work() as runner:
        user = runner.now(SYSTEM, people.rename, asked.username, asked.new)
    _report(asked, user, _("The account is called {username} now."))


def disable(asked: Arguments) -> None:
    """Disable an account and revoke all its access."""
    with at_work() as runner:
        user = runner.now(SYSTEM, people.disable, asked.username)
    _report(asked, user, _("{username} is disabled, and signed out everywhere."))


def enable(asked: Arguments) -> None:
    """Enable an account again."""
    with at_work() as runner:
        user = runner.now(SYSTEM, people.enable, asked.username)
    _report(asked, user, _("{username} may sign in again."))


def remove_factors(asked: Arguments) -> None:
    """Remove the second factors of a person who lost them all; the person is notified by mail."""
    with at_work() as runner:
        user = runner.now(SYSTEM, factor_changes.remove_all, asked.username)
    _report(asked, user, _("{username} signs in with the password alone now, and is notified by mail."))


def delete(asked: Arguments) -> None:
    """Delete an account after asking, in two weeks or at once."""
    if not asked.yes and not _agrees(asked.username):
        raise NotPermitted(N_("Nothing was deleted; add --yes to delete without being asked."))
    with at_work() as runner:
        user = runner.now(SYSTEM, deletion.delete_named, asked.username, at_once=asked.now)
    if asked.json:
        say_json({"id": user.id, "username": user.username, "deleted": asked.now})
    elif asked.now:
        say(_("The account {username} is deleted.").format(username=user.username))
    else:
        say(_("The account {username} is disabled, and deleted in 14 days.").format(username=user.username))


def _agrees(username: str) -> bool:
    if not sys.stdin.isatty():
        return False
    note(_("Delete the account {username} and its apps? Type yes:").format(username=printable(username)))
    return sys.stdin.readline().strip().lower() == "yes"


def _report(asked: Arguments, user: User, words: str) -> None:
    if asked.json:
        say_json(_facts(user))
    else:
        say(words.format(username=user.username))


def list_all(asked: Arguments) -> None:
    """List accounts, newest first."""
    with at_work() as runner:
        found = list(_all(runner, asked.search))
    if asked.json:
        say_json([_facts(user) for user in found])
        return
    heads = (_("ID"), _("USERNAME"), _("EMAIL"), _("MADE"), _("STATE"))
    table(heads, ((user.id, user.username, user.email, f"{user.created_at:%Y-%m-%d}", _state(user)) for user in found))


def _all(runner: Runner, search: str) -> Iterator[User]:
    page = 0
    while users := runner.now(SYSTEM, people.list_users, search, page):
        yield from users
        page += 1


def _state(user: User) -> str:
    words = (
        _("disabled") if user.disabled else "",
        _("administrator") if user.is_admin else "",
        "" if user.email_confirmed else _("email not confirmed"),
    )
    return ", ".join(word for word in words if word)


def _facts(user: User) -> dict[str, object]:
    """Return an account as scripts read it."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": printable(user.display_name),
        "email": user.email,
        "email_confirmed": user.email_confirmed,
        "admin": user.is_admin,
        "disabled": user.disabled,
        "created_at": user.created_at,
    }
