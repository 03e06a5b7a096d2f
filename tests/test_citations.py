"""What a comment or a docstring cites is in the repository: documents, files, decisions and numbered threats."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("oauth2system", "tests", "benchmarks", "scripts", "alembic", "examples")
DOCUMENT = re.compile(r"[\w./-]+\.md\b")
MODULE = re.compile(r"(?<![\w./-])[\w/]+\.py\b")
DECISION = re.compile(r"\b(?:[Dd]ecision|ADR) (\d{1,4})\b")
THREAT = re.compile(r"(?<!noqa: )\bT(\d{3})\b")

FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
DECISIONS = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}


def sources() -> Iterator[Path]:
    yield ROOT / "rxconfig.py"
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)


FILES = {path.relative_to(ROOT).as_posix() for path in sources()}


def _prose(path: Path) -> Iterator[str]:
    """Yield every comment and docstring of a file."""
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@pytest.fixture(scope="module")
def prose() -> dict[str, str]:
    """Return the comments and docstrings of every file."""
    return {path.relative_to(ROOT).as_posix(): "\n".join(_prose(path)) for path in sources()}


def cited(prose: dict[str, str], pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """Return where something is cited, and what."""
    return {(where, found) for where, text in prose.items() for found in pattern.findall(text)}


def test_documents_are_cited_by_their_path_in_the_repository(prose: dict[str, str]) -> None:
    assert {(where, name) for where, name in cited(prose, DOCUMENT) if not (ROOT / name).is_file()} == set()


def test_modules_that_are_cited_exist(prose: dict[str, str]) -> None:
    known = [f"/{name}" for name in FILES]
    missing = {
        (where, name) for where, name in cited(prose, MODULE) if not any(one.endswith(f"/{name}") for one in known)
    }
    assert missing == set()


def test_decisions_that_are_cited_exist(prose: dict[str, str]) -> None:
    assert cited(prose, DECISION), "nothing cites a decision any more: fix this test"
    assert {(where, number) for where, number in cited(prose, DECISION) if number not in DECISIONS} == set()


def test_threats_that_are_cited_are_listed(prose: dict[str, str]) -> None:
    assert {(where, number) for where, number in cited(prose, THREAT) if f"| T{number} |" not in THREATS} == set()


def test_a_decision_is_titled_as_its_file_is_named() -> None:
    for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        title = path.read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# {path.name[:4]} "), path.name


def test_links_between_documents_lead_to_files() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    broken = {
        (page.relative_to(ROOT).as_posix(), link)
        for page in pages
        for link in re.findall(r"\]\((?!https?:|#|/)([^)#\s]+)", FENCE.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / link).exists()
    }
    assert broken == set()


def test_the_map_names_files_that_exist() -> None:
    named = set(re.findall(r"`([a-z_0-9/]+(?:\.py|/))`", ARCHITECTURE))
    there = [
        f"/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "oauth2system").rglob("*") if path.suffix == ".py"
    ]
    folders = [f"{path.rpartition('/')[0]}/" for path in there] + ["/alembic/versions/"]
    known = [*there, *folders]
    assert {name for name in named if not any(path.endswith(f"/{name}") for path in known)} == set()


def test_the_map_has_every_room() -> None:
    packages = {path.parent for path in (ROOT / "oauth2system").rglob("*.py")} - {ROOT / "oauth2system"}
    rooms = {path.relative_to(ROOT / "oauth2system") for path in packages}
    assert {str(room) for room in rooms if not re.search(rf"\b{room.name}\b", ARCHITECTURE)} == set()
