"""The files of built pages, made ready to be served: with words, without comments, and as small as can be."""

import re
from pathlib import Path
from typing import Any

import brotli  # pyright: ignore[reportMissingTypeStubs]  (it comes without types)

from oauth2system import page_texts

COMPRESSED = ".br"
TEXTS = {".js", ".css", ".svg", ".json", ".txt"}
WORTH_COMPRESSING = 800
_SMALLEST, _AT_ONCE = 11, 5
# Reflex takes these names for "wherever the page came from", and then drops the port of an https address.
_GUESSED = re.compile(r"\[[`'\"]localhost[`'\"],[`'\",:.0\s]+\]")


def finish(pages: Path, marked: Path) -> None:
    """Finish the files of a build in their place; `marked` gets those with texts as they were, for other languages.

    Text files get a compressed copy next to them, since the smallest takes too long to make while somebody waits.
    """
    page_texts.fill_files(pages, marked)
    for script in pages.glob("*.js"):  # our own; the others are bundled, and short already
        script.write_text(without_comments(script.read_text(encoding="utf-8")), encoding="utf-8")
    for folder in (pages, marked):
        for script in (folder / "assets").glob("*.js"):
            script.write_text(_GUESSED.sub("[]", script.read_text(encoding="utf-8")), encoding="utf-8")
    for file in sorted(pages.rglob("*")):
        if file.suffix in TEXTS and file.stat().st_size > WORTH_COMPRESSING:
            file.with_name(file.name + COMPRESSED).write_bytes(_compress(file.read_bytes(), _SMALLEST))


def without_comments(script: str) -> str:
    """Return a script of ours without indents and the lines that are comments: every page waits for it."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def read_compressed(file: Path) -> bytes | None:
    """Return the compressed copy of a file of the build, if it has one."""
    copy = file.with_name(file.name + COMPRESSED)
    return copy.read_bytes() if copy.is_file() else None


def compress(body: bytes) -> bytes | None:
    """Compress what was made just now, quickly; None for what is too short (Brotli, RFC 7932)."""
    return _compress(body, _AT_ONCE) if len(body) > WORTH_COMPRESSING else None


def _compress(body: bytes, quality: int) -> bytes:
    untyped: Any = brotli
    return untyped.compress(body, quality=quality)
