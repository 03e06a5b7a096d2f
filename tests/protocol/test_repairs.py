"""Every refusal that an app's owner can read about comes with something they can do."""

import ast
from pathlib import Path

import pytest

from oauth2system.protocol import errors, repairs
from oauth2system.protocol.errors import AuthorizationPending, InvalidRequest, OAuthError, UseDpopNonce

HOUSE = Path(repairs.__file__).parents[1]
# Steps of an ordinary conversation, or faults of our own: no owner is told of them.
UNTOLD = {UseDpopNonce.code, AuthorizationPending.code, "server_error", "temporarily_unavailable"}
# For refusals that name no app: there is no page they could stand on.
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OAuthError)}


def raised() -> list[tuple[str, type[OAuthError], str, str]]:
    """Return every refusal in the rules and services: where it is, its kind, its description and its detail."""
    found: list[tuple[str, type[OAuthError], str, str]] = []
    for path in sorted([*(HOUSE / "protocol").rglob("*.py"), *(HOUSE / "services").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            kind = KINDS.get(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
            if (
                isinstance(node, ast.Call)
                and kind is not None
                and not any(one.arg == "repair" for one in node.keywords)
            ):
                detail = next((text(one.value) for one in node.keywords if one.arg == "detail"), "")
                found.append((f"{path.stem}:{node.lineno}", kind, text(node.args[0]) if node.args else "", detail))
    return found


def text(node: ast.expr) -> str:
    """Return what a sentence says as far as it is written down."""
    if isinstance(node, ast.JoinedStr):
        return text(node.values[0])
    if isinstance(node, ast.Call):  # marked for translation
        return text(node.args[0])
    return str(node.value) if isinstance(node, ast.Constant) else ""


RAISED = [one for one in raised() if one[1].code not in UNTOLD]


@pytest.mark.parametrize(("where", "kind", "description", "detail"), RAISED, ids=[one[0] for one in RAISED])
def test_every_refusal_has_a_repair(where: str, kind: type[OAuthError], description: str, detail: str) -> None:
    assert repairs.of(kind(description, detail=detail)), where


def test_there_are_refusals_to_look_at() -> None:
    assert len(RAISED) > 100


def test_a_repair_of_its_own_is_kept() -> None:
    assert repairs.of(InvalidRequest("PKCE is required.", repair="Do this.")) == "Do this."


def test_what_the_owner_alone_reads_decides_before_what_everybody_reads() -> None:
    error = InvalidRequest("PKCE is required.", detail="The client secret is wrong.")
    assert repairs.of(error).startswith("Copy the secret again")


def test_every_sentence_is_still_said_somewhere() -> None:
    """A sentence that was reworded would lose its repair without a sound."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in HOUSE.rglob("*.py")
        if path.name != "repairs.py" and path.relative_to(HOUSE).parts[0] in {"protocol", "services", "runtime"}
    )
    assert [beginning for beginning, _repair in repairs.SENTENCES if beginning not in code] == []
