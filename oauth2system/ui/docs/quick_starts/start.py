"""What a quick start is: its text, what it needs, and whether tests run it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from oauth2system.build import STAND_IN
from oauth2system.i18n import N_, Message
from oauth2system.ui.docs.guides import Guide

ID, SECRET = "CLIENT_ID", "CLIENT_SECRET"
# Stand in the texts where the address of the developer's own site belongs, and its port.
SITE, PORT = "http://localhost:5000", "5000"
# A host that means itself in every text: it has no path and nothing that could end a string.
_SITE = re.compile(r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[::1\])(?::(?P<port>\d{1,5}))?")
# Where a program of ours is called back, until an app has another path for it.
PATH = "/callback"
_WHOLE_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_TAKEN = frozenset({"/sign-in"})
_STAND_INS = re.compile(rf"{re.escape(SITE)}\b|{re.escape(STAND_IN)}|{ID}|\b{PORT}\b|{PATH}\b(?!\.)")
# How programs read the id; in a quick start it is written down, because it is no secret.
_READS = {
    "python": ('os.environ["CLIENT_ID"]', f'"{ID}"'),
    "javascript": ("process.env.CLIENT_ID", f'"{ID}"'),
    "shell": ("$CLIENT_ID", ID),
}


class SiteKind(StrEnum):
    """What a quick start connects, and its part of the list."""

    SIMPLE = "simple"
    CODE = "code"
    SOFTWARE = "software"


class Proof(StrEnum):
    """What the tests of this project do with a quick start; the page says it."""

    RUN = "run"
    READ = "read"
    NOT_TRIED = "not tried"


PROOFS: dict[Proof, Message] = {
    Proof.RUN: N_("Our tests run this text as it is."),
    Proof.READ: N_("Our tests check that this text is well-formed. We have not tried it with the program itself."),
    Proof.NOT_TRIED: N_("We have not tried this."),
}
KINDS: dict[SiteKind, Message] = {
    SiteKind.SIMPLE: N_("Write code for the simple flow"),
    SiteKind.CODE: N_("Write code for OpenID Connect"),
    SiteKind.SOFTWARE: N_("Set up software"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One text to copy: a file, or commands to type."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class QuickStart:
    """How one kind of site is connected.

    A redirect URI of `returns` that begins with a slash is a path of the site. A public quick start is for a
    program on people's own devices, which can keep no secret. `method` is how the program authenticates, where that
    is not the method of new apps.
    """

    name: str
    title: str
    kind: SiteKind
    proof: Proof
    parts: tuple[Part, ...]
    returns: tuple[str, ...] = (PATH,)
    install: str = ""
    run: str = ""
    site: str = SITE
    is_public: bool = False
    method: str = ""

    @property
    def reads_environment(self) -> bool:
        """Return whether the secret stands in the environment, and not in place of a word of the text."""
        return self.run.startswith(f"{SECRET}=")

    @property
    def may_be_called_back_anywhere(self) -> bool:
        """Return whether the program can be called back at any path of its site, and not at one of its own."""
        return self.returns == (PATH,) and self.kind is not SiteKind.SOFTWARE


@dataclass(frozen=True, slots=True)
class Filled:
    """A quick start with the values of one app."""

    install: str
    parts: tuple[Part, ...]
    run: str
    returns: tuple[str, ...]


def fill(start: QuickStart, origin: str, client_id: str, site: str, path: str = PATH) -> Filled:
    """Put an app's values into a quick start; `site` is an address of `read_site`, `path` one of `read_path`."""
    found = _SITE.fullmatch(site)
    port = (found and found["port"]) or PORT
    values = {
        SITE: site,
        STAND_IN: origin,
        ID: client_id,
        PORT: port,
        PATH: path if start.may_be_called_back_anywhere else PATH,
    }

    def put(text: str) -> str:
        return _STAND_INS.sub(lambda one: values[one.group()], text)

    return Filled(
        install=put(start.install),
        parts=tuple(Part(part.title, put(part.text)) for part in start.parts),
        run=put(start.run),
        returns=tuple(put(f"{SITE}{one}" if one.startswith("/") else one) for one in start.returns),
    )


def read_site(typed: str) -> str:
    """Return the address of a site without its path, or an empty text if this is no address of a site."""
    found = _SITE.match(typed.strip())
    rest = typed.strip()[found.end() :] if found else ""
    return found.group() if found and rest[:1] in {"", "/", "?", "#"} else ""


def read_path(uri: str) -> str:
    """Return the path of a redirect URI of a site, or the usual one if a program cannot be called back there."""
    site = read_site(uri)
    path = uri.removeprefix(site) if site else ""
    return path if _WHOLE_PATH.fullmatch(path) and path not in _TAKEN else PATH


def program(guide: Guide, file: str, language: str = "") -> Part:
    """Return a program of a guide; it reads the CLIENT ID from its own text, not from the environment."""
    text = guide.programs[file]
    return Part(file, text.replace(*_READS[language]) if language else text)
