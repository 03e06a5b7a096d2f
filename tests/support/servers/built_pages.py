"""A build of pages without building: what Reflex's export leaves behind, a few lines each."""

from pathlib import Path
from typing import Any

import pytest

from oauth2system.build import STAND_IN

THEME = "document.documentElement.classList.add('dark')"
BOOT = "import('/assets/root-AbCdEf12.js')"
ENVIRONMENT = "var e={EVENT:`ws://localhost:8000/_event`,PING:`http://localhost:8000/ping`};export{e as t};"


def html(title: str) -> str:
    scripts = f"<script>{THEME}</script><script src='/a.js'></script><script type='module'>{BOOT}</script>"
    return f"<!DOCTYPE html><title>{title}</title>{scripts}{'<p>padding</p>' * 100}"


def lay_out(folder: Path) -> Path:
    """Lay out what Reflex's export leaves behind."""
    files = {
        "index.html": html("home"),
        "login.html": html("login"),
        "login/index.html": html("login"),
        "docs.html": html(f"{STAND_IN}/oauth2/token"),
        "account.html": html("account"),
        "consent.html": html("consent"),
        "admin.html": html("admin"),
        "secret_lab.html": html("a page that nobody listed"),
        "404.html": html("not found"),
        "__spa-fallback.html": html("not found"),
        "oauth2system.css": "body{}" * 300,
        "fonts/LICENSE": "OFL",
        "fonts/figtree.woff2": "font",
        "assets/root-AbCdEf12.js": "x" * 2000,
        "assets/docs-AbCdEf12.js": f"e(`{STAND_IN}/oauth2/token`)",
        "assets/root-AbCdEf12.js.gz": "stale",
        "assets/reflex-env-Zz12_-34.js": ENVIRONMENT,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "link.css").symlink_to("/etc/passwd")
    return folder


async def no_reflex(_scope: Any, _receive: Any, _send: Any) -> None:
    """Stand where Reflex would be."""
    pytest.fail("Reflex is never asked over HTTP")
