"""The five ways in which all access of a person is revoked, each as one call."""

from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import email_addresses, password_reset
from oauth2system.services.admin import people
from oauth2system.services.sessions import sign_out
from oauth2system.services.sessions.sign_in import Attempt, Match
from oauth2system.storage.tables import users
from oauth2system.storage.tables.ephemeral import Whose
from tests.support.in_process.oauth_apps import OPERATOR, House

OLD, NEW = "kept-hash-of-the-old-password", "kept-hash-of-the-new-password"


def has_old_password(house: House) -> None:
    """Give Ada the password that is changed in some of the ways."""
    house.runner.now(OPERATOR, lambda ctx: users.update(ctx.db, house.ada.id, password_hash=OLD))


def ada(house: House) -> Caller:
    """Return who Ada's browser is for a service."""
    return Caller(cookie=house.ada.cookie.partition("=")[2])


def match(house: House, kept: str = OLD, upgraded: str | None = None) -> tuple[Attempt, Match]:
    """Return what the comparison of a right password gives."""
    return Attempt((), None), Match(house.ada.id, kept, upgraded)


def link(house: House, kind: Kind, **data: str) -> str:
    """Return a link out of a mail to Ada, as it would be made now."""
    lives = password_reset.lifetimes.RESET_LINK
    user = house.runner.now(OPERATOR, lambda ctx: users.find(ctx.db, house.ada.id))
    assert user is not None
    whose = Whose(user.id, None if kind is Kind.UNDO else user.generation)
    return house.runner.now(OPERATOR, one_time_links.mint, kind, lives=lives, data=data, whose=whose)


def reset(house: House) -> None:
    """Set another password by a mail."""
    house.runner.now(Caller(), password_reset.save_reset, link(house, Kind.RESET, key="ada@example.org"), NEW, None)


def change(house: House) -> None:
    """Set another password by the current one."""
    house.runner.now(ada(house), password_reset.save_change, *match(house), NEW)


def disable_and_enable(house: House) -> None:
    """Disable Ada, and let her in again."""
    house.runner.now(OPERATOR, people.disable, "ada")
    house.runner.now(OPERATOR, people.enable, "ada")


def sign_out_everywhere(house: House) -> None:
    """End every session by the button."""
    house.runner.now(ada(house), sign_out.sign_out, everywhere=True)


def undo_a_move(house: House) -> None:
    """Undo a change of email by a mail."""
    token = link(house, Kind.UNDO, email="ada@example.org", key="ada@example.org")
    house.runner.now(Caller(), email_addresses.use_link, token, browser=None, device=None)


EVERY_WAY = (reset, change, disable_and_enable, sign_out_everywhere, undo_a_move)
