"""Draw every mail as people see it, in three languages: `make mails` writes pictures to build/mails.

Each mail is drawn on a phone in light and dark, and as the plain text that other programs show.
"""

import html
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType

from playwright.sync_api import Browser, Page

from oauth2system import settings as settings_module
from oauth2system.i18n import N_
from oauth2system.policy import user_agents
from oauth2system.services import delivery
from oauth2system.services.delivery import smtp
from oauth2system.services.delivery.message_texts import Text
from oauth2system.services.delivery.smtp import Mail
from oauth2system.settings import Settings
from tests.support.browsers.chromium import chromium

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "mails"
LANGUAGES = ("en", "de", "ru")
WIDTH = 390
NOW = datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
# A value for each placeholder of a mail, as long as it may be in life.
FACTS = MappingProxyType(
    {
        "username": "maximiliane.von-und-zu-hohenstein",
        "old": "max",
        "new": "maximiliane.hohenstein@universitaet.example.org",
        "app": "Library of the Harbour and its Neighbours",
        "token": "oc_" + "A63GIAdik4GAQ6GffoJw2RxiMPtj6vC270eDhXNqevkNJDz45L",
        "when": NOW,
        "until": NOW,
        "due": NOW,
        "browser": user_agents.in_words(_AGENT),
        "place": N_("an unknown address"),
        "client_id": "265086723688335963",
        "secrets": "x9Qe, Lm2A",
        "domain": "harbour-library.example.org",
    }
)


def list_texts() -> Iterator[tuple[str, Text]]:
    """Return every text of a mail with its name, from the modules that hold them."""
    for module in iter_modules(delivery.__path__):
        if module.name.endswith("_texts"):
            found = vars(import_module(f"{delivery.__name__}.{module.name}"))
            yield from ((name.lower(), text) for name, text in found.items() if isinstance(text, Text))


def compose(settings: Settings, text: Text, language: str) -> EmailMessage:
    """Write a mail as it is sent."""
    mail = Mail("maximiliane@example.org", text.fill(settings, **FACTS))
    return smtp.compose(settings, mail, number="1", now=NOW, language=language)


def read_body(message: EmailMessage, kind: str) -> str:
    """Return the `html` or the `plain` body of a mail."""
    return next(part.get_content() for part in message.iter_parts() if part.get_content_subtype() == kind)


def main() -> None:
    """Draw all of them."""
    values = {"OAUTH2SYSTEM_PUBLIC_URL": "https://id.example.org", "OAUTH2SYSTEM_SECRET_KEY": "k" * 64}
    count = 0
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        settings = settings_module.load(values, folder=Path(scratch))
        for language in LANGUAGES:
            count += _draw_all(browser, settings, language)
    print(f"{count} pictures are in {FOLDER.relative_to(ROOT)}/")


def _draw_all(browser: Browser, settings: Settings, language: str) -> int:
    folder, count = FOLDER / language, 0
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": WIDTH, "height": 400}, color_scheme=scheme)
        page = context.new_page()
        for name, text in list_texts():
            message = compose(settings, text, language)
            _draw(page, read_body(message, "html"), folder / f"{name}-{scheme}.png")
            count += 1
            if scheme == "light":
                plain = f"{message['Subject']}\n\n{read_body(message, 'plain')}"
                style = "font: 14px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 16px"
                _draw(page, f'<pre style="{style}">{html.escape(plain)}</pre>', folder / f"{name}-text.png")
                count += 1
        context.close()
    return count


def _draw(page: Page, body: str, path: Path) -> None:
    page.set_content(body)
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()
