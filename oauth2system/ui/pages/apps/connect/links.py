"""The authorization link that an owner puts together, for one of the two flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

SIMPLE, CODE = "simple", "code"
# The scopes of each flow in the order of the page, and those that its link asks for at first.
SCOPES = {
    SIMPLE: ("identify", "email"),
    CODE: ("openid", "identify", "profile", "email", "offline_access"),
}
FIRST = {SIMPLE: ("identify", "email"), CODE: ("openid", "profile", "email")}
# What a link of the code flow may say beyond what it must (OIDC Core §3.1.2.1).
EXTRAS = ("prompt", "response_mode", "login_hint", "ui_locales")


@dataclass(frozen=True, slots=True)
class Link:
    """Everything that a link says; an empty text is left out."""

    client_id: str
    scopes: Sequence[str]
    redirect_uri: str = ""
    state: str = ""
    nonce: str = ""
    challenge: str = ""
    extras: Mapping[str, str] = field(default_factory=dict[str, str])


def write(origin: str, flow: str, link: Link) -> str:
    """Return the link as one line. The simple flow has no parameters but these three."""
    own = {"client_id": link.client_id, "scope": "+".join(link.scopes), "state": _quote(link.state)}
    if flow == CODE:
        own = {
            "response_type": "code",
            "client_id": link.client_id,
            "redirect_uri": _quote(link.redirect_uri),
            "scope": own["scope"],
            "state": own["state"],
            "nonce": link.nonce if "openid" in link.scopes else "",
            "code_challenge": link.challenge,
            "code_challenge_method": "S256" if link.challenge else "",
            **{name: _quote(link.extras.get(name, "")) for name in EXTRAS},
        }
    query = "&".join(f"{name}={value}" for name, value in own.items() if value)
    return f"{origin}/oauth2/authorize?{query}"


def _quote(text: str) -> str:
    return quote(text, safe="")
