"""The cookies that we set: names, flags and lifetimes (T112)."""

from oauth2system.policy import lifetimes
from oauth2system.settings import Settings
from oauth2system.web.http.message import Header, Request

# Ties a pending authorization to the browser that began it.
BROWSER = "browser"


def session(settings: Settings, value: str, *, kept: bool) -> Header:
    """Set the session cookie; it ends with the browser unless it is kept."""
    return _set(settings, settings.session_cookie, value, lifetimes.SESSION.in_seconds if kept else None)


def no_session(settings: Settings) -> Header:
    """Remove the session cookie."""
    return _set(settings, settings.session_cookie, "", 0)


def device(settings: Settings, value: str) -> Header:
    """Set the cookie of a known browser; see services/sessions/known_browsers.py."""
    return _set(settings, settings.cookie("device"), value, lifetimes.KNOWN_BROWSER.in_seconds)


def read_device(request: Request, settings: Settings) -> str | None:
    """Return the device cookie."""
    return request.cookie(settings.cookie("device"))


def registration(settings: Settings, value: str) -> Header:
    """Set the cookie by which the link of a mail signs in the browser that registered."""
    return _set(settings, settings.cookie("registration"), value, lifetimes.CONFIRM_LINK.in_seconds)


def no_registration(settings: Settings) -> Header:
    """Remove the registration cookie."""
    return _set(settings, settings.cookie("registration"), "", 0)


def read_registration(request: Request, settings: Settings) -> str | None:
    """Return the registration cookie."""
    return request.cookie(settings.cookie("registration"))


def passkey(settings: Settings, value: str) -> Header:
    """Set the cookie that an answer to a passkey's challenge must come with."""
    return _set(settings, settings.cookie("passkey"), value, lifetimes.PASSKEY_CHALLENGE.in_seconds)


def read_passkey(request: Request, settings: Settings) -> str | None:
    """Return the cookie of a passkey's challenge."""
    return request.cookie(settings.cookie("passkey"))


def waiting(settings: Settings, value: str) -> Header:
    """Set the cookie of a sign-in that waits for its second factor."""
    return _set(settings, settings.cookie("waiting"), value, lifetimes.WAITING_SIGN_IN.in_seconds)


def no_waiting(settings: Settings) -> Header:
    """Remove that cookie."""
    return _set(settings, settings.cookie("waiting"), "", 0)


def read_waiting(request: Request, settings: Settings) -> str | None:
    """Return that cookie."""
    return request.cookie(settings.cookie("waiting"))


def _set(settings: Settings, name: str, value: str, seconds: int | None) -> Header:
    age = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if settings.secure else ""
    return b"set-cookie", f"{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}".encode()
