"""The head of every page: our stylesheet, fonts, icon, and the script for the theme."""

import json
from hashlib import sha256
from pathlib import Path

import reflex as rx

STYLESHEETS = ["/oauth2system.css"]
NAME = "Oauth2System"
_ASSETS = Path(__file__).parents[2] / "assets"


def head() -> list[rx.Component]:
    """Return the elements in the head of every page; Reflex's first script sets the theme."""
    return [
        _inline((Path(__file__).parent / "before.js").read_text(encoding="utf-8")),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="icon", href="/favicon.ico", sizes="32x32"),
        rx.el.link(rel="apple-touch-icon", href="/touch-icon.png"),
        rx.el.link(
            rel="preload",
            href="/fonts/figtree-latin.woff2",
            type="font/woff2",
            custom_attrs={"as": "font", "crossOrigin": "anonymous"},
        ),
        rx.el.meta(name="theme-color", content="#f4f7f5", media="(prefers-color-scheme: light)"),
        rx.el.meta(name="theme-color", content="#0d1512", media="(prefers-color-scheme: dark)"),
        rx.el.script(src=_versioned("oauth2system.js"), custom_attrs={"defer": True}),
    ]


def _inline(code: str) -> rx.Component:
    """Return a script that runs before any other; the edge allows it by its hash.

    It is in every page and once more in what they share, so comments and indents stay behind.
    """
    lines = (line.strip() for line in code.splitlines())
    short = "\n".join(line for line in lines if line and not line.startswith("//"))
    html = rx.Var(json.dumps({"__html": short}))
    return rx.el.script(custom_attrs={"dangerouslySetInnerHTML": html, "suppressHydrationWarning": True})


def _versioned(name: str) -> str:
    """Return an asset's address with its digest, so that a browser never keeps an old one."""
    return f"/{name}?v={sha256((_ASSETS / name).read_bytes()).hexdigest()[:10]}"
