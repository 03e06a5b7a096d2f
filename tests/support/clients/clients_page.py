"""docs/clients.md: what it tells people to type, with a test's addresses and credentials in the places of its own."""

import re
import secrets
import shlex
from pathlib import Path
from typing import Any

from tests.support.servers.server import Server

PAGE = Path(__file__).resolve().parents[3] / "docs" / "clients.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def block(section: str, language: str) -> str:
    """Return the only block in this language of a section, which is named by how its heading begins."""
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")
    (text,) = [text for text in sections if text.startswith(section)]
    (found,) = [content for name, content in _BLOCK.findall(text) if name == language]
    return found


def filled(text: str, server: Server, site: str, **words: str) -> str:
    """Return the text as its reader would fill it in."""
    text = text.replace("https://id.example.org", server.url).replace("https://site.example.org", site)
    for name, value in words.items():
        text = text.replace(name, value)
    return text


def create(section: str, server: Server, site: str) -> dict[str, str]:
    """Make the section's app by the section's own command; returns the credentials under the page's names for them."""
    typed = shlex.split(filled(block(section, "sh"), server, site))
    assert typed[:3] == ["python", "-m", "oauth2system"], typed
    return words(server.ask(*typed[3:]))


def words(made: dict[str, Any]) -> dict[str, str]:
    """Return what an app was given, under the page's names for it."""
    given = {"CLIENT_ID": made["client_id"], "CLIENT_SECRET": made.get("client_secret") or ""}
    return {**given, "A_LONG_RANDOM_TEXT": secrets.token_urlsafe()}
