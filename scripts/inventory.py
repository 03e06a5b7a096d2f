"""Write docs/inventory.md: every route, page and event handler, and who may call it (T119).

Run it after you add one; a test compares the page with the code. `--json` prints the same for tests.
"""

import inspect
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "inventory.md"

INTRODUCTION = """\
# Who may call what

`python scripts/inventory.py` writes this page from the code. A test fails when the page and the code differ.
So every new route, page and handler needs a decision about who may call it before anybody can.

Everything else is refused: unknown paths get 404, unlisted pages are not served, and an event handler
without a declaration cannot be called, whatever its name.
"""


@dataclass(frozen=True, slots=True)
class Handler:
    """One event handler: its internal and its readable name, who may call it, and its arguments."""

    wire: str
    name: str
    who: str | None
    arguments: dict[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP path, its methods, and who may call it."""

    path: str
    methods: tuple[str, ...]
    who: str | None


def routes() -> list[Route]:
    """Return the HTTP routes."""
    from oauth2system.web.app import CALLERS, ROUTES  # noqa: PLC0415  (settings are in place by now)

    found: dict[tuple[str, str | None], list[str]] = {}
    for path, methods in ROUTES.items():
        for method, endpoint in methods.items():
            who = "our own pages" if getattr(endpoint, "is_form", False) else CALLERS.get(path)
            found.setdefault((path, who), []).append(method)
    return sorted((Route(path, tuple(sorted(methods)), who) for (path, who), methods in found.items()), key=_by_path)


def _by_path(route: Route) -> str:
    return route.path


def pages() -> dict[str, str]:
    """Return the pages, and who may see each."""
    from oauth2system.web.http.page_gate import PAGES  # noqa: PLC0415  (it loads Reflex)

    return {path: str(who) for path, who in sorted(PAGES.items())}


def registered() -> list[str]:
    """Return the pages that Reflex knows."""
    from reflex_base.registry import RegistrationContext  # noqa: PLC0415  (it loads Reflex)

    context: Any = RegistrationContext.get()
    found = {"/" + str(options["route"]).strip("/") for _page, options in context.decorated_pages}
    return sorted(found - {"/404"})  # the page for unknown addresses


def handlers() -> list[Handler]:
    """Return every handler of our states; each state also has `setvar`, which is never declared."""
    from reflex_base.registry import RegistrationContext  # noqa: PLC0415  (it loads Reflex)

    found = RegistrationContext.get().event_handlers
    ours = [(wire, one) for wire, one in found.items() if one.handler.fn.__module__.startswith("oauth2system.")]
    return sorted((_handler(wire, one.handler.fn, one.states[0]) for wire, one in ours), key=lambda one: one.name)


def _handler(wire: str, fn: Any, state: type) -> Handler:
    hints = {name: getattr(hint, "__name__", str(hint)) for name, hint in get_type_hints(inspect.unwrap(fn)).items()}
    arguments = {name: hints.get(name, "Any") for name in list(inspect.signature(fn).parameters)[1:]}
    name = f"{state.__module__.removeprefix('oauth2system.ui.')}.{state.__name__}.{fn.__name__}"
    return Handler(wire, name, getattr(fn, "who", None), arguments)


def page() -> str:
    """Return the text of docs/inventory.md."""
    lines = [INTRODUCTION, "## Routes", "", "| path | methods | who |", "|---|---|---|"]
    lines += [f"| `{one.path}` | {', '.join(one.methods)} | {one.who} |" for one in routes()]
    lines += ["", "## Pages", "", "| path | the least a visitor must be |", "|---|---|"]
    lines += [f"| `{path}` | {who} |" for path, who in pages().items()]
    lines += ["", "## Event handlers", "", "| handler | the least a caller must be |", "|---|---|"]
    lines += [f"| `{one.name}({', '.join(one.arguments)})` | {one.who} |" for one in handlers()]
    return "\n".join([*lines, ""])


def load() -> None:
    """Import the whole program, with a temporary data folder."""
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ["OAUTH2SYSTEM_VAR_DIR"] = tempfile.mkdtemp()
    import_module("oauth2system.oauth2system")


def main() -> None:
    """Write the page, or print its data as JSON."""
    load()
    if "--json" in sys.argv:
        everything = {
            "routes": [asdict(one) for one in routes()],
            "pages": pages(),
            "registered": registered(),
            "handlers": [asdict(one) for one in handlers()],
            "page": page(),
        }
        sys.stdout.write(json.dumps(everything))
        return
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
