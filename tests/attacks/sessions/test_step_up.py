"""T093: a session that was stolen or left open changes nothing that gives the account or an app away."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import oauth2system
from oauth2system.policy import lifetimes, quotas
from oauth2system.runtime.context import Context
from oauth2system.services.accounts import email_addresses, password_reset, saved_forms
from oauth2system.services.accounts.leave import deletion
from oauth2system.services.apps import app_tokens, apps, protocol_settings, redirect_uris
from oauth2system.services.sessions import passkeys
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.storage.tables import consents, sessions
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query
from tests.support.in_process.pages import visited

NEW = "a quite different pass phrase"
SERVICES = Path(oauth2system.__file__).parent / "services"

# Everything that asks for a fresh sign-in, whatever else it is sent. `{app}` stands for an app of the person.
GUARDED: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "passkeys.ask_to_add": (passkeys.ask_to_add, ()),
    "passkeys.add": (passkeys.add, ("{}", "Laptop")),
    "passkeys.remove": (passkeys.remove, ("1",)),
    "apps.new_secret": (apps.new_secret, ("{app}", "next")),
    "app_tokens.revoke": (app_tokens.revoke, ("{app}",)),
    "apps.replace_secret": (apps.replace_secret, ("{app}", "1")),
    "apps.retire_secret": (apps.retire_secret, ("{app}", "1")),
    "protocol_settings.change": (
        protocol_settings.change, ("{app}", {"token_endpoint_auth_method": "client_secret_post"}),
    ),
}  # fmt: skip
# What carries the current password asks for a sign-in first where a password alone is not enough.
WITH_PASSWORD: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "email_addresses.move": (email_addresses.move, ("new@example.org", PASSWORD, None)),
    "password_reset.change": (password_reset.change, (PASSWORD, NEW, None)),
    "deletion.ask": (deletion.ask, (PASSWORD, None)),
}


def owner(house: House) -> tuple[Browser, str]:
    """Return a browser that is signed in, and an app of its person."""
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    return browser, house.ask(apps.create, "Poetry", caller=browser.caller).client_id


def with_second_factor(house: House, browser: Browser) -> None:
    """Make the session of a browser one of a person who proved two factors."""

    def prove(ctx: Context) -> None:
        assert ctx.session is not None
        ctx.db.run("UPDATE sessions SET amr = 'pwd otp mfa' WHERE id = ?", ctx.session.id)

    house.ask(prove, caller=browser.caller)


def attempt(house: House, browser: Browser, service: Callable[..., Any], given: tuple[Any, ...], app: str) -> None:
    arguments = tuple(app if one == "{app}" else one for one in given)
    if hasattr(service, "lane"):
        house.ask(service, *arguments, caller=browser.caller)
    else:
        house.run_procedure(service, *arguments, caller=browser.caller)


def test_t093_an_address_of_an_app_of_many_people_needs_a_fresh_sign_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, app = owner(house)
    house.later(seconds=lifetimes.STEP_UP.in_seconds + 1)
    monkeypatch.setattr(quotas, "PEOPLE_FOR_STEP_UP", 2)
    house.ask(redirect_uris.add, app, "https://site.example/1", caller=browser.caller)

    def agree(ctx: Context, user_id: str) -> None:
        consents.keep(ctx.db, user_id, app, consents.Answered(frozenset({"identify"})), ctx.now)

    for name in ("bob", "eve"):
        house.ask(agree, house.person(name))
    with pytest.raises(StepUpNeeded):
        house.ask(redirect_uris.add, app, "https://evil.tld/cb", caller=browser.caller)
    assert "evil.tld" not in house.look("SELECT metadata FROM clients")[0][0]
    browser.sign_in()
    house.ask(redirect_uris.add, app, "https://site.example/2", caller=browser.caller)


@pytest.mark.parametrize("name", GUARDED)
def test_t093_a_session_that_was_left_open_gives_nothing_away(house: House, name: str) -> None:
    browser, app = owner(house)
    house.later(seconds=lifetimes.STEP_UP.in_seconds + 1)
    before = house.look("SELECT COUNT(*) FROM client_secrets")
    with pytest.raises(StepUpNeeded):
        attempt(house, browser, *GUARDED[name], app)
    assert house.look("SELECT COUNT(*) FROM client_secrets") == before
    assert house.look("SELECT COUNT(*) FROM client_secrets WHERE retired_at IS NOT NULL") == [(0,)]


def test_t093_a_sign_in_of_minutes_ago_is_enough_and_a_new_one_helps(house: House) -> None:
    browser, app = owner(house)
    house.later(seconds=lifetimes.STEP_UP.in_seconds)
    assert house.ask(apps.new_secret, app, "one", caller=browser.caller).secret.value
    house.later(seconds=1)
    with pytest.raises(StepUpNeeded):
        house.ask(apps.new_secret, app, "two", caller=browser.caller)
    browser.sign_in()
    assert house.ask(apps.new_secret, app, "two", caller=browser.caller).secret.value


@pytest.mark.parametrize("name", WITH_PASSWORD)
def test_t093_a_password_is_not_enough_for_somebody_with_a_second_factor(house: House, name: str) -> None:
    browser, app = owner(house)
    with_second_factor(house, browser)
    house.later(seconds=lifetimes.STEP_UP.in_seconds + 1)
    spent = house.look("SELECT COUNT(*) FROM throttles")
    with pytest.raises(StepUpNeeded):
        attempt(house, browser, *WITH_PASSWORD[name], app)
    assert house.look("SELECT COUNT(*) FROM throttles") == spent, "no attempt at the password was counted"
    assert browser.sign_in().status_code == 303
    assert house.look("SELECT email FROM users") == [("ada@example.org",)]


@pytest.mark.parametrize("name", WITH_PASSWORD)
def test_the_password_in_the_form_proves_somebody_who_has_nothing_else(house: House, name: str) -> None:
    browser, app = owner(house)
    house.later(hours=5)
    attempt(house, browser, *WITH_PASSWORD[name], app)


def test_t093_a_form_leads_to_the_sign_in_page_and_back_with_what_was_typed(house: House) -> None:
    browser, _app = owner(house)
    with_second_factor(house, browser)
    house.later(minutes=11)
    answer = browser.post("/account/email", email="new@example.org", password=PASSWORD)
    assert (path(answer), query(answer)["confirm"]) == ("/login", "1")
    back = query(answer)["next"]
    assert back.startswith("/account?notice=stepped_up&form=om_")
    kept = house.ask(saved_forms.find, back.partition("form=")[2])
    assert kept is not None
    assert kept.values == {"email": "new@example.org"}


def test_t103_confirming_that_it_is_you_gives_a_new_session_of_the_same_person(house: House, tmp_path: Path) -> None:
    browser, app = owner(house)
    first = browser.caller
    house.later(minutes=11)
    page = visited(house, browser, f"/login?confirm=1&next=/apps/{app}", tmp_path)
    assert page.heading == "Confirm that it is you"
    assert page.fields["login"]["value"] == "ada"
    assert page.links["Cancel"] == f"/apps/{app}"
    fields = {name: given.get("value", "") for name, given in page.fields.items()}
    wrong = browser.post("/session", **{**fields, "password": "wrong password"})
    assert (path(wrong), query(wrong)["confirm"], query(wrong)["next"]) == ("/login", "1", f"/apps/{app}")
    assert browser.session == first.cookie
    answer = browser.post("/session", **{**fields, "password": PASSWORD})
    assert answer.headers["location"] == f"/apps/{app}"
    assert browser.session != first.cookie
    assert browser.signed_in_as == "ada"
    assert not house.is_alive(first)
    assert house.ask(apps.new_secret, app, "one", caller=browser.caller).secret.value


def test_a_confirmation_keeps_how_long_the_person_wanted_to_stay(house: House) -> None:
    browser, _app = owner(house)

    def leave_unkept(ctx: Context) -> None:
        ctx.db.run("UPDATE sessions SET kept = ?", False)

    house.ask(leave_unkept)
    answer = browser.sign_in(confirm="1")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if house.settings.session_cookie in one)
    assert "Max-Age" not in cookie

    def kept(ctx: Context) -> bool:
        assert ctx.session is not None
        found = sessions.find_live(ctx.db, ctx.session.id, ctx.now)
        return found is not None and found.kept

    assert not house.ask(kept, caller=browser.caller)


def test_a_visitor_who_is_signed_out_confirms_by_signing_in(house: House, tmp_path: Path) -> None:
    house.person("ada")
    page = visited(house, house.browser(), "/login?confirm=1&next=/account", tmp_path)
    assert page.heading == "Sign in"
    assert "Username or email" in page.labels


# What writes the rows that T093 is about, by module and function of storage/tables.
SENSITIVE = {
    ("client_secrets", "add"), ("client_secrets", "retire"), ("users", "delete"), ("users", "claim_email"),
    ("users", "update(password_hash)"), ("totp", "new_seed"), ("totp", "save"), ("totp_rows", "remove"),
    ("recovery_codes", "make"),
    ("passkey_rows", "add"), ("passkey_rows", "remove"), ("deletions", "begin"),
}  # fmt: skip
# Services that reach such a row and are no change by a signed-in person: each with what proves the caller instead.
PROVED_OTHERWISE = {
    "accounts.email_addresses.use_link": "the link of a mail, and the password where it was not ordered",
    "accounts.password_reset.save_reset": "the link of a mail",
    "accounts.security.first_passkey.add": "the sign-in that waits for a first factor",
    "sessions.factor_changes.confirm": "the seed that a fresh sign-in began",
    "sessions.factor_changes.remove_all": "the operator, for somebody who lost everything",
    "accounts.registration.add": "nobody's account yet",
    "admin.apps.create_for": "the operator, for somebody else",
    "accounts.registration.correct": "the browser that registered; nobody has confirmed the account yet",
    "apps.apps.create": "an app that did not exist gives nothing away",
    "accounts.leave.deletion.delete_named": "the operator, for somebody else",
    "insight.playground.test_people.remove": "an account that only a playground can use",
}


def calls_of(function: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each call in a function as (module or empty, name)."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                words = {keyword.arg for keyword in node.keywords}
                yield module, f"{name}(password_hash)" if "password_hash" in words and name == "update" else name
            case ast.Name(id=name):
                yield "", name
            case _:
                pass
        for argument in node.args:  # a service that is handed to `call`
            if isinstance(argument, ast.Name):
                yield "", argument.id


def reached(functions: dict[str, tuple[str, ast.AST]], name: str, seen: set[str]) -> set[tuple[str, str]]:
    """Return every call that a function of our services leads to."""
    if name in seen:
        return set()
    seen.add(name)
    module, body = functions[name]
    found: set[tuple[str, str]] = set()
    for where, what in calls_of(body):
        found.add((where, what))
        owner_of = f"{module}.{what}" if not where else f"{where}.{what}"
        for full in functions:
            if full == owner_of or (where and full.endswith(f".{where}.{what}")):
                found |= reached(functions, full, seen)
    return found


def test_t093_no_service_changes_such_things_without_the_guard() -> None:
    functions: dict[str, tuple[str, ast.AST]] = {}
    services: set[str] = set()
    for file in SERVICES.rglob("*.py"):
        module = ".".join(file.relative_to(SERVICES).with_suffix("").parts)
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[f"{module}.{node.name}"] = (module, node)
                if any(ast.unparse(one) in {"writes", "transacts"} for one in node.decorator_list):
                    services.add(f"{module}.{node.name}")
    unguarded = {
        name
        for name in services
        for calls in [reached(functions, name, set())]
        if SENSITIVE & calls and not {("step_up", "require"), ("step_up", "require_with_password")} & calls
    }
    # Jobs, and programs that register themselves, have no person.
    unguarded -= {name for name in unguarded if name.startswith(("server.", "clients."))}
    assert unguarded == set(PROVED_OTHERWISE)
