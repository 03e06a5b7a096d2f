"""The documents use words that a reader would search for, and not the dialect that this project once had."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
# What was said -> what a reader would search for.
RETIRED = {
    r"mend(?:s|ed|ing)?": "fix",
    r"told|tells?": "answer, report, notify",
    r"letters? (?!case|of)": "mail",
    r"way back": "undo",
    r"opens nothing": "is not accepted",
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
}
GENERATED = {"inventory.md"}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_document_uses_plain_words(page: Path) -> None:
    if page.name in GENERATED:
        pytest.skip("written from the code")
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    found = {
        (" ".join(match[0].split()), better)
        for words, better in RETIRED.items()
        for match in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
    }
    assert found == set()
