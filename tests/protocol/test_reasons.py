"""The catalogue of reasons: complete, well written, and used by every refusal."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from oauth2system.i18n import _
from oauth2system.protocol import errors
from oauth2system.protocol.errors import OAuthError
from oauth2system.protocol.reasons import record
from oauth2system.protocol.reasons.faults import JwtFault
from oauth2system.protocol.reasons.grants import GrantReason
from oauth2system.protocol.reasons.reason import Fault, Finding, Params, Reason
from oauth2system.protocol.reasons.registry import FAULTS, REASONS
from tests.support.in_process.catalogues import translate

HOUSE = Path(errors.__file__).parents[1]
ALLOWED = r"[\x20\x21\x23-\x5b\x5d-\x7e]+"
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OAuthError)}
# Four answers of a door have a class of their own, which names its reason.
RAISED = {*KINDS, "Untrusted", "Replayed", "NoAccessToken", "NoCredentials"} - {"OAuthError"}
ROOMS = {type(one).__name__ for one in (*REASONS.values(), *FAULTS.values())}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(HOUSE.rglob("*.py")):
        yield path.relative_to(HOUSE), ast.parse(path.read_text(encoding="utf-8"))


def sentences(reason: Reason) -> dict[str, str]:
    return {name: getattr(reason, name) for name in ("public", "sentence", "field", "repair")}


def test_every_name_is_one_reason_or_fault() -> None:
    written = [
        name
        for path, tree in sources()
        if "reasons" in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and ast.unparse(node.bases[0] if node.bases else node) in {"Reason", "Fault"}
        for assigned in node.body
        if isinstance(assigned, ast.Assign)
        for name in map(ast.unparse, assigned.targets)
    ]
    assert sorted(written) == sorted([*REASONS, *FAULTS])
    assert len(written) > 250


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_reason_has_a_sentence_a_repair_and_its_section(reason: Reason) -> None:
    assert reason.error in {kind.code for kind in KINDS.values()}
    assert re.match(r"RFC \d|OIDC |OAuth 2|OpenID |FAPI |docs/", reason.section), reason.section
    for name, text in sentences(reason).items():
        assert text, name
        assert text[-1] in ".}", (name, text)
        assert all(field is None or field.isidentifier() for _, field, _, _ in Formatter().parse(text)), text
    # RFC 6749 §5.2: what travels as error_description; what fills a placeholder is filtered when it does.
    assert re.fullmatch(ALLOWED, reason.public)


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_a_page_of_our_documentation_that_a_reason_names_is_there(reason: Reason) -> None:
    assert not reason.section.startswith("docs/") or (HOUSE.parent / reason.section).is_file()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_fault_has_a_sentence(fault: Fault) -> None:
    assert re.fullmatch(ALLOWED, fault.sentence)
    assert fault.sentence.endswith(".")
    assert not fault.repair or fault.repair.endswith(".")


def called(node: ast.AST, names: set[str]) -> ast.Call | None:
    """Return the call of one of these names, if this is one."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    return node if name in names else None


def test_every_refusal_that_is_made_has_a_reason_of_its_own_wire_code() -> None:
    """A reason stands in the call, or is handed on from where it was chosen: `self.reason`, `reason`."""
    checked = 0
    for path, tree in sources():
        for node in ast.walk(tree):
            call = called(node, RAISED)
            if call is None or ast.unparse(call) == "NoCredentials()":
                continue
            where = f"{path}:{call.lineno}"
            first = ast.unparse(call.args[0]) if call.args else ""
            assert first.partition(".")[0] in ROOMS or first.endswith("reason"), where
            kind = KINDS.get(ast.unparse(call.func))
            if kind is not None and not first.endswith("reason"):
                assert REASONS[first.partition(".")[2]].error == kind.code, where
            checked += 1
    assert checked > 150


def test_every_reason_and_every_fault_is_used() -> None:
    code = "\n".join(ast.unparse(tree) for path, tree in sources() if "reasons" not in path.parts)
    used = set(re.findall(rf"\b(?:{'|'.join(ROOMS)})\.([A-Z0-9_]+)", code))
    assert (REASONS.keys() | FAULTS.keys()) - used == set()


def test_nothing_compares_a_sentence() -> None:
    """What a refusal says may be reworded and translated, so no rule looks at it: rules ask for the reason."""
    words = {"detail", "description", "repair", "sentence", "public"}
    found = [
        f"{path}: {ast.unparse(node)}" for path, tree in sources() for node in ast.walk(tree) if looks_into(node, words)
    ]
    assert found == []


def looks_into(node: ast.AST, words: set[str]) -> bool:
    """Tell whether this searches or compares a text of a refusal, or what an exception says of itself."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="startswith" | "endswith" | "find" | "count" | "index")):
            return says(inner, words)
        case ast.Compare(left=left, comparators=others):
            texts = [one for one in (left, *others) if says(one, words)]
            return any(
                isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value for one in (left, *others)
            ) and bool(texts)
        case _:
            return False


def says(node: ast.expr, words: set[str]) -> bool:
    match node:
        case ast.Attribute(attr=attr):
            return attr in words
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id="error" | "refusal")]):
            return True
        case _:
            return False


def test_what_is_looked_for_would_be_found() -> None:
    for text in ("error.detail.startswith('The code')", "error.description == 'No.'", "'No.' in str(error)"):
        assert any(looks_into(node, {"detail", "description"}) for node in ast.walk(ast.parse(text)))


PARAMS: list[Params] = [
    {},
    {"name": "scope", "most": 3},
    {"problem": Finding(JwtFault.SIGNATURE_WRONG)},
    {"problem": Finding(JwtFault.CLAIM_NOT_DATE, (("name", "exp"),)), "member": "jwks"},
    {"problem": Finding(GrantReason.CODE_USED, (("problem", Finding(JwtFault.KEY_UNKNOWN)),))},
]


@pytest.mark.parametrize("params", PARAMS)
def test_a_record_gives_back_what_it_was_given(params: Params) -> None:
    assert record.read(record.write(params)) == params


def test_a_record_without_parameters_is_empty() -> None:
    assert record.write({}) == ""


def test_a_record_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert record.read_messages("NEVER_HEARD_OF", {}) is None
    assert record.read('{"problem": {"name": "NEVER_HEARD_OF", "params": {}}}') == {}
    assert record.read_messages("ASSERTION_REFUSED", {}) == (
        "The client assertion was refused: …",
        "Sign with a key whose public half is registered on the Protocol page, and name it by kid.",
    )


def test_a_record_is_read_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    french = {"The client assertion was refused: {problem}": "Refusé : {problem}", "{name} is not a date.": "{name} ?"}
    translate(monkeypatch, french)
    problem = Finding(JwtFault.CLAIM_NOT_DATE, (("name", "exp"),))
    found = record.read_messages("ASSERTION_REFUSED", {"problem": problem})
    assert found is not None
    assert _(found[0]) == "Refusé : exp ?"
    assert found[1] == "Write exp as a number of seconds since 1970."


def test_a_repair_names_a_section_that_the_protocol_page_has() -> None:
    pages = HOUSE / "ui" / "pages" / "apps"
    headings = {
        heading
        for path in pages.glob("protocol*.py")
        for heading in re.findall(r'layout\.section\(\s*_\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    repairs = [one.repair for one in (*REASONS.values(), *FAULTS.values())]
    named = {match[1] for text in repairs for match in re.finditer(r"under Protocol, ([^.,]+)[.,]", text)}
    assert named
    assert named <= headings
