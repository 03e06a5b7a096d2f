"""The head of every page: our stylesheet, fonts, icon, and the script for the theme."""

import json
from hashlib import sha256
from pathlib import Path

import reflex as rx

from oauth2system.page_files import without_comments

STYLESHEETS = ["/oauth2system.css"]
NAME = "Oauth2System"
_ASSETS = Path(__file__).parents[2] / "assets"


def head() -> list[rx.Component]:
    """Return the elements in the head of every page; Reflex's first script sets the theme."""
    return [
        _inline((Path(__file__).parent / "browser_shims.js").read_text(encoding="utf-8")),
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
        rx.el.script(src=add_version("oauth2system.js"), custom_attrs={"defer": True}),
        rx.el.script(src=add_version("passkeys.js"), custom_attrs={"defer": True}),
    ]


def _inline(code: str) -> rx.Component:
    """Return a script that runs before any other; the edge allows it by its hash.

    It is in the HTML of every page, so comments and indents stay behind. React, which comes later, need not know it.
    """
    html = rx.Var(f'{{"__html": import.meta.env.SSR ? {json.dumps(without_comments(code))} : ""}}')
    return rx.el.script(custom_attrs={"dangerouslySetInnerHTML": html, "suppressHydrationWarning": True})


def add_version(name: str) -> str:
    """Return an asset's address with its digest, so that a browser never keeps an old one."""
    return f"/{name}?v={sha256((_ASSETS / name).read_bytes()).hexdigest()[:10]}"
