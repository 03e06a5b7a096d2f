"""A second language for a test: a catalogue of a few texts, as a translator would deliver it."""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from oauth2system import i18n

GERMAN: Mapping[str, str] = {
    "Too many attempts. Wait {seconds} seconds and try again.": "Zu viele Versuche. Warte {seconds} Sekunden.",
    "This form was sent from another site. Open the page here and try again.": "Das Formular kam von anderswo.",
    "Wrong username or password.": "Das ging nicht. Prüfe beides.",
    "You may not do this": "Das darfst du nicht",
    "Page not found": "Seite nicht gefunden",
    "There is nothing at this address.": "Unter dieser Adresse ist nichts.",
    "This link does not work": "Dieser Link geht nicht",
    "There is no account named {username}.": "Es gibt kein Konto namens {username}.",
    "Use {least} to {most} characters.": "Nimm {least} bis {most} Zeichen.",
    "The password of your account {username} at {site} was changed on {when} (UTC).": (
        "Das Passwort deines Kontos {username} bei {site} wurde am {when} (UTC) geändert."
    ),
    "Your password has changed": "Dein Passwort ist geändert",
    "If it was not you, choose a new password now: {new_password}": (
        "Warst du es nicht, wähle ein neues: {new_password}"
    ),
    # Texts of tests.
    "{name} has {count} apps, {state}.": "{name} hat {count} Apps, {state}.",
    "all of them disabled": "alle gesperrt",
    "Too short.": "Zu kurz.",
    "Have another look.": "Sieh noch einmal hin.",
    "Not even later.": "Auch später nicht.",
    "Not the third.": "Nicht das dritte.",
}


def write_catalogue(folder: Path, language: str = "de", words: Mapping[str, str] = GERMAN) -> Path:
    """Write a catalogue below a folder of languages, and return that folder."""
    catalogue = Catalog(locale=language)
    for english, translated in words.items():
        catalogue.add(english, translated)
    path = folder / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    return folder
