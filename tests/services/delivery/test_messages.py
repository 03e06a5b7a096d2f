"""Every mail that a service can order is written, to the right mailbox and without a gap in its text."""

import ast
from pathlib import Path

import pytest

import oauth2system
from oauth2system.policy import lifetimes
from oauth2system.policy.names import confirmed_key
from oauth2system.runtime.context import Context
from oauth2system.services.delivery import messages
from oauth2system.storage.tables import deletions
from tests.support.in_process.browsers import House

FACTS = {
    "old": "countess",
    "until": "1767873600000",
    "due": "1767873600000",
    "token": "T",
    "to": "new@example.org",
    "new": "new@example.org",
    "when": "1767268800000",
    "app": "Notes",
    "client_id": "7",
    "secrets": "…abcd, …efgh",
    "domain": "notes.example",
    "did": "copied",
    "what": "authenticator_added",
    "sid": "S",
    "ip": "192.0.2.7",
    "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
}
# What is ordered -> whose mailbox it goes to, and a word that only this mail says.
MAILS = {
    "confirm": ("bob@example.org", "Confirm your email"),
    "confirm_again": ("bob@example.org", "Confirm your email"),
    "reset": ("ada@example.org", "new password"),
    "email_change": ("new@example.org", "Confirm your new email"),
    "email_change_asked": ("new@example.org", "about to change"),
    "email_changed": ("new@example.org", "has changed"),
    "username_changed": ("new@example.org", "username has changed"),
    "password_changed": ("new@example.org", "password has changed"),
    "passkey": ("new@example.org", "may have been copied"),
    "factors_changed": ("new@example.org", "authenticator app was set up"),
    "new_sign_in": ("ada@example.org", "new sign-in"),
    "invitation": ("new@example.org", "invited to"),
    "account_deletion": ("ada@example.org", "will be deleted"),
    "account_kept": ("ada@example.org", "will not be deleted"),
    "account_deleted": ("new@example.org", "was deleted"),
    "secret_expires": ("ada@example.org", "Client secrets of Notes expire soon"),
    "domain_withdrawn": ("ada@example.org", "notes.example is no longer proved"),
    "access_ended": ("ada@example.org", "Notes was signed out"),
}


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_that_is_ordered_is_written_without_a_gap(house: House, kind: str) -> None:
    to, subject = MAILS[kind]
    ada, bob = house.person("ada"), house.person("bob", confirmed=False)
    user, key = (bob, "bob@example.org") if to.startswith("bob") else (ada, "ada@example.org")
    if kind == "account_deletion":

        def begin(ctx: Context) -> None:
            deletions.begin(ctx.db, ada, ctx.now, ctx.now + lifetimes.DELETION)

        house.ask(begin)
    order = {"mail": kind, "user_id": user, "username": "ada", "key": confirmed_key(key), **FACTS}
    mail = house.ask(messages.write, order)
    assert mail is not None
    assert mail.to == to
    assert subject in mail.words.subject
    for text in (mail.words.subject, mail.words.title, *mail.words.paragraphs, *mail.words.after):
        assert "{" not in text


def test_a_mail_that_was_ordered_before_an_update_is_still_written(house: House) -> None:
    order = {"letter": "invitation", "to": "new@example.org", "token": "T"}
    assert house.ask(messages.write, order) is not None


def test_every_kind_of_mail_that_is_ordered_anywhere_stands_above() -> None:
    ordered: set[str] = set()
    for path in Path(oauth2system.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.mail":
                kind = node.args[1]
                assert isinstance(kind, ast.Constant), f"{path.name}:{node.lineno}"
                ordered.add(str(kind.value))
    assert ordered == set(MAILS)
