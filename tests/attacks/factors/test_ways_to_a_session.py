"""T104: nothing starts a session but what proved all that is asked for; a new way to a session has to be named here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import oauth2system

SERVICES = Path(oauth2system.__file__).parent / "services"
STARTS = {("sign_in", "welcome"), ("", "welcome"), ("sessions", "start")}
# Each function that starts a session without asking for more, and what was proved before.
PROVED = {
    "sessions.sign_in.arrive": "one factor, where no second one is needed",
    "sessions.sign_in.welcome": "what its callers say",
    "sessions.second_factor.finish": "the second factor of a sign-in that waited",
    "sessions.factor_changes.confirm": "a first factor, for a sign-in that waited for one",
    "accounts.security.first_passkey.add": "a first passkey, for a sign-in that waited for a factor",
    "sessions.second_factor.finish_by_passkey": "a passkey, for a sign-in that waited",
    "sessions.passkeys.sign_in_alone": "a passkey with which the authenticator checked the person",
    "accounts.password_reset.save_change": "the session before this one, whose amr goes on",
}


def starters() -> Iterator[str]:
    for file in sorted(SERVICES.rglob("*.py")):
        module = ".".join(file.relative_to(SERVICES).with_suffix("").parts)
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and STARTS & set(calls_in(function)):
                yield f"{module}.{function.name}"


def calls_in(function: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Call(ast.Attribute(ast.Name(module), name)):
                yield module, name
            case ast.Call(ast.Name(name)):
                yield "", name
            case _:
                pass


def test_t104_every_way_to_a_session_is_known() -> None:
    assert set(starters()) == set(PROVED)
