"""Every text that can be translated, and catalogues of languages that nobody speaks, to find what breaks in them."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg  # pyright: ignore[reportUnknownVariableType]  (untyped)
from babel.messages.pofile import write_po

from oauth2system import i18n

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"\{\w*\}")
Text = str | tuple[str, ...]

_LONGER = str.maketrans("aeiouyAEIOUYcnsCNS", "åéîöûýÅÉÎÖÛÝçñšÇÑŠ")


@lru_cache(maxsize=1)
def texts() -> dict[Text, list[str]]:
    """Return every text that `make messages` extracts, with the places where it is used."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        parsed = cast("tuple[Any, Any]", parse_mapping_cfg(file))
    keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
    found: dict[Text, list[str]] = {}
    for path, line, text, _comments, _context in extract_from_dir(ROOT / "oauth2system", *parsed, keywords=keywords):
        found.setdefault(text, []).append(f"oauth2system/{path}:{line}")
    return found


def placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, sorted."""
    return sorted(PLACEHOLDER.findall(text))


def lengthen(text: str) -> str:
    """Return a text a third longer and with accents, as German would be, with its placeholders."""
    parts = re.split(r"(\{\w*\})", text)
    worn = "".join(part if number % 2 else part.translate(_LONGER) for number, part in enumerate(parts))
    return f"[{worn}{'~' * max(2, len(text) // 3)}]"


def turn(text: str) -> str:
    """Return a text in Hebrew letters, with its placeholders: for a language that is written from right to left."""
    parts = re.split(r"(\{\w*\})", text)
    return "".join(
        part if number % 2 else re.sub(r"[A-Za-z]", lambda letter: chr(0x5D0 + ord(letter.group()) % 27), part)
        for number, part in enumerate(parts)
    )


def speaking(folder: Path, scratch: Path) -> dict[str, str]:
    """Return the variables that make a server, in all its processes, read its catalogues from another folder."""
    code = f"from pathlib import Path\nfrom oauth2system import i18n\ni18n.FOLDER = Path({str(folder)!r})\n"
    (scratch / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": f"{scratch}:{ROOT}"}


def write(folder: Path, language: str, translate: Callable[[str], str]) -> Path:
    """Write a complete catalogue, made by a function, below a folder of languages; return that folder."""
    catalogue = Catalog(locale=language)
    for text in texts():
        several = (text,) if isinstance(text, str) else text
        if isinstance(text, str):
            catalogue.add(text, translate(text))
        else:
            catalogue.add(text, [translate(several[-1])] * catalogue.num_plurals)
    path = folder / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    return folder
