"""The cookies we set: names, flags and lives (T112)."""

from oauth2system.services.sessions.sessions import ABSOLUTE
from oauth2system.settings import Settings
from oauth2system.web.http.message import Header, Request

_DAY = 24 * 60 * 60
_SESSION_LIVES = int(ABSOLUTE.total_seconds())
_DEVICE_LIVES = 365 * _DAY
_REGISTRATION_LIVES = _DAY


def session(settings: Settings, value: str) -> Header:
    """Set the session cookie."""
    return _set(settings, settings.session_cookie, value, _SESSION_LIVES)


def no_session(settings: Settings) -> Header:
    """Take the session cookie away."""
    return _set(settings, settings.session_cookie, "", 0)


def device(settings: Settings, value: str) -> Header:
    """Set what tells a device that has signed in before; see services/sessions/known_browsers.py."""
    return _set(settings, settings.cookie("device"), value, _DEVICE_LIVES)


def read_device(request: Request, settings: Settings) -> str | None:
    """Return the device cookie."""
    return request.cookie(settings.cookie("device"))


def registration(settings: Settings, value: str) -> Header:
    """Set what lets the browser that registered be signed in by the link in its mail."""
    return _set(settings, settings.cookie("registration"), value, _REGISTRATION_LIVES)


def no_registration(settings: Settings) -> Header:
    """Take the registration cookie away."""
    return _set(settings, settings.cookie("registration"), "", 0)


def read_registration(request: Request, settings: Settings) -> str | None:
    """Return the registration cookie."""
    return request.cookie(settings.cookie("registration"))


def _set(settings: Settings, name: str, value: str, seconds: int) -> Header:
    secure = "; Secure" if settings.secure else ""
    return b"set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}".encode()
