"""The guides for developers: markdown in docs/guides/, read in the repository and rendered into our own pages.

Each begins with its title and a paragraph that says when to use it. A block of code that names a file is a
whole program; tests run every one of them as it is printed.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from oauth2system.build import ROOT

FOLDER = ROOT / "docs" / "guides"
# Guides and reference are written in this language only; the pages around them speak every language.
WRITTEN_IN = "en"
_FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)\n```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guide:
    """One page: its name in the address, title, when to use it, and the rest of the markdown."""

    name: str
    title: str
    lead: str
    body: str

    @property
    def route(self) -> str:
        """Return the path of the page."""
        return f"/docs/{self.name}"

    @property
    def programs(self) -> dict[str, str]:
        """Return every whole program of the page, by its file."""
        return {found["file"]: found["text"] for found in _FENCE.finditer(self.body) if found["file"]}


def read(path: Path) -> Guide:
    """Parse a file."""
    title, lead, body = path.read_text(encoding="utf-8").split("\n\n", 2)
    return Guide(path.stem, title.removeprefix("# "), join_lines(lead), body)


def join_lines(text: str) -> str:
    """Return a paragraph without its line breaks."""
    return " ".join(text.split())


def _name_guides(*names: str) -> tuple[Guide, ...]:
    return tuple(read(FOLDER / f"{name}.md") for name in names)


(SIMPLE,) = _name_guides("simple-flow")
# In the order of the list: first the guides that most sites need.
PEOPLE = _name_guides("authorization-code", "public-apps", "device", "refresh-tokens", "sign-out")
AUTHORIZATION_CODE, PUBLIC_APPS = PEOPLE[:2]
PROGRAMS = _name_guides("client-credentials", "checking-tokens", "registration")
STRONGER = _name_guides("pushed-requests", "dpop", "fapi2")
ALL = (SIMPLE, *PEOPLE, *PROGRAMS, *STRONGER)
