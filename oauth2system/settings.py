"""One frozen Settings, read from OAUTH2SYSTEM_* variables, `.env` and *_FILE secrets; `setting_types/` parses them."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from oauth2system import env_file
from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_, Message
from oauth2system.setting_types.choices import DynamicRegistration, Language, RegistrationMode, read_language
from oauth2system.setting_types.hosts import (
    DEFAULT_PORTS,
    LOOPBACK_HOSTS,
    Host,
    Network,
    Origin,
    RangeUrl,
    Reachable,
    Unusable,
    is_loopback,
    make_origin,
    read_host,
    read_networks,
    read_origin,
    read_range_url,
    read_reachable,
)
from oauth2system.setting_types.mail import Mailbox, MailServer, domain_of, read_mail_server, read_mailbox
from oauth2system.setting_types.stores import DatabaseUrl, RedisUrl, read_database_url, read_file, read_redis_url

PREFIX = "OAUTH2SYSTEM_"
# Each of these can also be given as a file, by its name with _FILE.
SECRETS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY")
# The name of every variable that is read.
NAMES = frozenset(
    PREFIX + name
    for name in (
        *("VAR_DIR", "PORT", "PUBLIC_URL", "HOST", "MAIL_FROM", "REGISTRATION", "DYNAMIC_REGISTRATION"),
        *("RATE_LIMIT_FACTOR", "FETCH_ALLOW", "TRUSTED_PROXIES", "ALLOW_HTTP_REDIRECTS", "LANGUAGE"),
        *("ALLOW_PLAIN_SCHEMES", "BREACHED_PASSWORDS_URL", "PLACES_DATABASE"),
        *SECRETS,
        *(f"{secret}_FILE" for secret in SECRETS),
    )
)
LARGEST_FACTOR = 1e9
SHORTEST_KEY = 32  # 256 bits of hex or base64 are longer still
# Platforms that run other people's programs say so where to listen.
_ALSO = {f"{PREFIX}PORT": "PORT"}
# Control characters, and the lone surrogates that bytes other than UTF-8 become in the environment.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may decide; see docs/settings.md."""

    public_url: Origin
    database_url: DatabaseUrl = field(repr=False)
    redis_url: RedisUrl | None = field(repr=False)
    mail_server: MailServer | None
    mail_from: Mailbox
    secret_key: bytes = field(repr=False)
    registration: RegistrationMode | None  # None: an administrator decides on a page (services/admin/settings.py)
    host: Host
    port: int
    rate_limit_factor: float
    fetch_allow: Reachable
    trusted_proxies: tuple[Network, ...]
    allow_http_redirects: bool
    allow_plain_schemes: bool
    dynamic_registration: DynamicRegistration
    language: Language | None
    breached_passwords_url: RangeUrl | None
    places_database: Path | None
    var: Path

    @property
    def secure(self) -> bool:
        """Return whether browsers reach us over TLS: decides the cookie's name and flags."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Return the host name of the public URL, without a port."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def public_port(self) -> int:
        """Return the port of the public URL, which it names only where it is not its scheme's own."""
        parts = urlsplit(self.public_url)
        return parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def site_names(self) -> tuple[str, ...]:
        """Return the names of this site that no password may equal."""
        return self.public_host, self.public_url, "oauth2system"

    @property
    def on_loopback(self) -> bool:
        """Return whether only this machine can reach us: the laptop conveniences are on."""
        return self.public_host in LOOPBACK_HOSTS

    @property
    def shows_mailbox(self) -> bool:
        """Return whether messages go to var/mail and /dev/mailbox: only where nobody else reaches us (T149)."""
        return self.mail_server is None and self.on_loopback and is_loopback(self.host)

    @property
    def session_cookie(self) -> str:
        """Return the session cookie's name."""
        return self.cookie("session")

    def cookie(self, name: str) -> str:
        """Return the full name of one of our cookies.

        `__Host-` binds it to this very host and needs TLS. Loopback has none, and cookies there know no
        ports: a plain `session` would be overwritten by the next site on this machine.
        """
        return f"__Host-{name}" if self.secure else f"oauth2system_{name}"


def load(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read the settings; raises Misconfigured, in one line that names the setting, for the first unusable value."""
    folder = folder or Path.cwd()
    ask = _Asker(given(environ, folder=folder))
    var = folder / ask.read("VAR_DIR", Path, "var")
    port = ask.whole_number("PORT", 8000, 1, 65535)
    public_url = ask.read("PUBLIC_URL", read_origin, make_origin("http", Host("localhost"), port))
    sender = f"no-reply@{domain_of(Host(urlsplit(public_url).hostname or 'localhost'))}"
    return Settings(
        public_url=public_url,
        database_url=ask.secret("DATABASE_URL", read_database_url)
        or DatabaseUrl(f"sqlite:///{var / 'oauth2system.db'}"),
        redis_url=ask.secret("REDIS_URL", read_redis_url),
        mail_server=ask.secret("SMTP_URL", read_mail_server),
        mail_from=ask.read("MAIL_FROM", read_mailbox, sender),
        secret_key=ask.secret("SECRET_KEY", _read_key) or _read_own_key(var),
        registration=ask.choice("REGISTRATION", RegistrationMode.OPEN) if ask.has("REGISTRATION") else None,
        host=ask.read("HOST", read_host, "127.0.0.1"),
        port=port,
        rate_limit_factor=ask.number("RATE_LIMIT_FACTOR", 1.0),
        fetch_allow=ask.read("FETCH_ALLOW", read_reachable, ""),
        trusted_proxies=ask.read("TRUSTED_PROXIES", read_networks, ""),
        allow_http_redirects=ask.switch("ALLOW_HTTP_REDIRECTS", default=False),
        allow_plain_schemes=ask.switch("ALLOW_PLAIN_SCHEMES", default=False),
        dynamic_registration=ask.choice("DYNAMIC_REGISTRATION", DynamicRegistration.TOKEN),
        language=ask.read("LANGUAGE", read_language, ""),
        breached_passwords_url=ask.read("BREACHED_PASSWORDS_URL", read_range_url, ""),
        places_database=ask.read("PLACES_DATABASE", lambda text: read_file(folder, text), ""),
        var=var,
    )


def given(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> dict[str, str]:
    """Return the variables as they were given: the environment takes precedence over the `.env` file."""
    return {**env_file.read(folder or Path.cwd()), **(os.environ if environ is None else environ)}


class _Asker:
    """Reads one variable at a time; refuses it in one line that names it, and that quotes no secret."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = found

    def has(self, name: str) -> bool:
        """Return whether a setting was given at all."""
        return bool(self._given(name)[1])

    def read(self, name: str, parse: Callable[[str], T], default: str) -> T:
        """Read a setting that is no secret."""
        name, value = self._given(name)
        try:
            return parse(value or default)
        except Unusable as error:
            raise _refuse(name, value or default, error.why) from error

    def secret(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Read a secret, or the file that holds it; None when there is none."""
        name, value = self._secret(name)
        try:
            return parse(value) if value else None
        except Unusable as error:
            raise Misconfigured(N_("{name} cannot be used: {why}.", name=name, why=error.why)) from error

    def choice(self, name: str, default: Choice) -> Choice:
        """Read one word of an enumeration, in capital or small letters."""
        name, value = self._given(name)
        try:
            return type(default)(value.lower() or default)
        except ValueError as error:
            allowed = ", ".join(type(default))
            raise _refuse(name, value, N_("it can be {allowed}", allowed=allowed)) from error

    def switch(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        name, value = self._given(name)
        if value.lower() not in {"true", "false", ""}:
            raise _refuse(name, value, N_("it can be {allowed}", allowed="true, false"))
        return value.lower() == "true" if value else default

    def whole_number(self, name: str, default: int, least: int, most: int) -> int:
        """Read a whole number within its limits."""
        name, value = self._given(name)
        if not value:
            return default
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
            why = N_("it must be a whole number from {least} to {most}", least=least, most=most)
            raise _refuse(name, value, why)
        return int(value)

    def number(self, name: str, default: float) -> float:
        """Read a number above 0."""
        name, value = self._given(name)
        try:
            number = float(value or default)
        except ValueError:
            number = -1.0
        if not 0 < number < LARGEST_FACTOR:
            raise _refuse(name, value, N_("it must be a number above 0"))
        return number

    def _given(self, name: str) -> tuple[str, str]:
        """Return the name under which a setting was given, and its text, which is one line."""
        name = PREFIX + name
        for one in (name, _ALSO.get(name, name)):
            if value := self._found.get(one, "").strip():
                return one, _one_line(one, value)
        return name, ""

    def _secret(self, name: str) -> tuple[str, str]:
        name_of_file, path = self._given(f"{name}_FILE")
        if not path:
            return self._given(name)
        try:
            return name_of_file, _one_line(name_of_file, Path(path).read_text(encoding="utf-8-sig").strip())
        except OSError as error:
            why = N_("cannot be read: {why}. Check the path and its mode.", why=error.strerror)
        except UnicodeDecodeError:
            why = N_("names a file that is not UTF-8 text.")
        raise Misconfigured(N_("{name} {why}", name=name_of_file, why=why))


def _refuse(name: str, value: str, why: Message) -> Misconfigured:
    return Misconfigured(N_("{name} is {value}: {why}.", name=name, value=repr(value), why=why))


def _one_line(name: str, value: str) -> str:
    """Return a value that is one line of UTF-8 text; anything else is a slip of the pen or of a tool."""
    if _NOT_TEXT.search(value):
        raise Misconfigured(N_("{name} cannot be used: it is not one line of UTF-8 text.", name=name))
    return value


def _read_key(text: str) -> bytes:
    """Return the key that encrypts what must be read back."""
    if len(text) < SHORTEST_KEY:
        raise Unusable(N_("it is too short; make one with: openssl rand -hex 32"))
    return text.encode()


def _read_own_key(var: Path) -> bytes:
    """Return our own key, made at the first start."""
    path = var / "secret_key"
    try:
        return _read_key(_read_secret_key_file(path))
    except OSError as error:
        raise Misconfigured(N_("{path} cannot be used: {why}.", path=path, why=error.strerror)) from error
    except (UnicodeDecodeError, Unusable) as error:
        raise Misconfigured(
            N_("{path} is damaged. Put the key back from where it is stored, apart from the backups.", path=path)
        ) from error


def _read_secret_key_file(path: Path) -> str:
    """Read our key file, made by whichever process comes first: linking a finished file is atomic."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        # On disk before anything is encrypted with it: a power cut must not leave an empty key.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
