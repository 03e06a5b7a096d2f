"""Documents, docstrings, comments and texts use words that a reader would search for, and not a dialect of our own."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
# What was said -> what a reader would search for.
RETIRED = {
    r"mend(?:s|ed|ing)?": "fix",
    r"told|tells?": "answer, report, notify",
    r"way back": "undo",
    r"open(?:s|ed)? nothing": "is not accepted",
    r"plainly|carefully": "fast path, full check",
    r"beside": "with, next to",
    r"bite|breath": "batch, pause",
    r"knock|strangers?": "credentials, anonymous caller",
    r"couriers?": "handler, deliver",
    r"lockdown": "revoke all access",
    r"operator's word": "by an administrator",
    r"leaving": "sign-out",
    r"e-mails?": "email, mail",
    r"commonest": "most common",
    r"one press": "one click",
    r"nobody vouches": "registered itself",
    r"whoever": "the one who, everybody who",
}
# Letters of the alphabet are a topic of the code alone.
IN_DOCUMENTS = RETIRED | {r"letters? (?!case|of)": "mail"}
GENERATED = {"inventory.md"}
PACKAGE = ROOT / "oauth2system"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())
TEXTS = {"_", "N_", "ngettext", "Message"}


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a module says to a reader: its comments, docstrings, and texts for people."""
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in TEXTS:
            yield from ((node.lineno, str(one.value)) for one in node.args if isinstance(one, ast.Constant))


def find_retired(text: str, retired: dict[str, str]) -> set[tuple[str, str]]:
    """Return the retired words of a text, each with a better one; code in backquotes is left alone."""
    text = CODE.sub("", text)
    return {
        (" ".join(match[0].split()), better)
        for words, better in retired.items()
        for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
    }


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_document_uses_plain_words(page: Path) -> None:
    if page.name in GENERATED:
        pytest.skip("written from the code")
    assert find_retired(page.read_text(encoding="utf-8"), IN_DOCUMENTS) == set()


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_comments_and_texts_use_plain_words(room: str) -> None:
    paths = sorted((PACKAGE / room).rglob("*.py")) if (PACKAGE / room).is_dir() else [PACKAGE / room]
    found = {
        f"{path.relative_to(PACKAGE)}:{line}": retired
        for path in paths
        for line, text in words_of(path)
        if (retired := find_retired(text, RETIRED))
    }
    assert found == {}
