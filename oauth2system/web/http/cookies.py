"""The cookies we set: names, flags and lives (T112)."""

from oauth2system.policy import lifetimes
from oauth2system.settings import Settings
from oauth2system.web.http.message import Header, Request

# Ties a pending authorization to the browser that began it.
BROWSER = "browser"


def session(settings: Settings, value: str) -> Header:
    """Set the session cookie."""
    return _set(settings, settings.session_cookie, value, lifetimes.SESSION.in_seconds)


def no_session(settings: Settings) -> Header:
    """Take the session cookie away."""
    return _set(settings, settings.session_cookie, "", 0)


def device(settings: Settings, value: str) -> Header:
    """Set what tells a device that has signed in before; see services/sessions/known_browsers.py."""
    return _set(settings, settings.cookie("device"), value, lifetimes.KNOWN_BROWSER.in_seconds)


def read_device(request: Request, settings: Settings) -> str | None:
    """Return the device cookie."""
    return request.cookie(settings.cookie("device"))


def registration(settings: Settings, value: str) -> Header:
    """Set what lets the browser that registered be signed in by the link in its mail."""
    return _set(settings, settings.cookie("registration"), value, lifetimes.CONFIRM_LINK.in_seconds)


def no_registration(settings: Settings) -> Header:
    """Take the registration cookie away."""
    return _set(settings, settings.cookie("registration"), "", 0)


def read_registration(request: Request, settings: Settings) -> str | None:
    """Return the registration cookie."""
    return request.cookie(settings.cookie("registration"))


def _set(settings: Settings, name: str, value: str, seconds: int) -> Header:
    secure = "; Secure" if settings.secure else ""
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}".encode()
