"""One frozen Settings, read from OAUTH2SYSTEM_* variables, a `.env` file and *_FILE secrets."""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_

PREFIX = "OAUTH2SYSTEM_"
LARGEST_FACTOR = 1e9
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may decide; see docs/settings.md."""

    public_url: str
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    smtp_url: str | None = field(repr=False)
    mail_from: str
    secret_key: bytes = field(repr=False)
    registration: str
    host: str
    port: int
    rate_limit_factor: float
    fetch_allow: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    allow_http_redirects: bool
    dynamic_registration: str
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
    def site_names(self) -> tuple[str, ...]:
        """Return the names of this site that no password may equal."""
        return self.public_host, self.public_url, "oauth2system"

    @property
    def on_loopback(self) -> bool:
        """Return whether only this machine can reach us: the laptop conveniences are on."""
        return self.public_host in LOOPBACK_HOSTS

    @property
    def shows_mailbox(self) -> bool:
        """Return whether messages go to var/mail and /dev/mailbox instead of a mail server."""
        return self.smtp_url is None and self.on_loopback

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
    """Read the settings; raise Misconfigured with one plain line for the first unusable value."""
    folder = folder or Path.cwd()
    found = given(environ, folder=folder)
    ask = _Asker({**found, f"{PREFIX}PORT": found.get(f"{PREFIX}PORT") or found.get("PORT", "")})
    var = folder / ask.text("VAR_DIR", "var")
    port = ask.whole_number("PORT", 8000, 1, 65535)
    public_url = _origin(ask.text("PUBLIC_URL", f"http://localhost:{port}"))
    return Settings(
        public_url=public_url,
        database_url=_database(ask.secret("DATABASE_URL"), var),
        redis_url=ask.secret("REDIS_URL"),
        smtp_url=ask.secret("SMTP_URL"),
        mail_from=ask.text("MAIL_FROM", f"no-reply@{urlsplit(public_url).hostname}"),
        secret_key=_secret_key(ask.secret("SECRET_KEY"), var),
        registration=ask.one_of("REGISTRATION", "open", ("open", "invite", "closed")),
        host=ask.text("HOST", "127.0.0.1"),
        port=port,
        rate_limit_factor=ask.number("RATE_LIMIT_FACTOR", 1.0),
        fetch_allow=ask.words("FETCH_ALLOW"),
        trusted_proxies=tuple(_network(word) for word in ask.words("TRUSTED_PROXIES")),
        allow_http_redirects=ask.one_of("ALLOW_HTTP_REDIRECTS", "false", ("true", "false")) == "true",
        dynamic_registration=ask.one_of("DYNAMIC_REGISTRATION", "token", ("off", "token", "open")),
        var=var,
    )


def given(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> dict[str, str]:
    """Return the variables as they were given: what the environment says goes before the `.env` file."""
    in_file = _read_env_file((folder or Path.cwd()) / ".env")
    return {**in_file, **(os.environ if environ is None else environ)}


class _Asker:
    """Reads one variable at a time and says in one line what is wrong with it."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = found

    def text(self, name: str, default: str) -> str:
        return self._found.get(PREFIX + name, "").strip() or default

    def secret(self, name: str) -> str | None:
        path = self._found.get(f"{PREFIX}{name}_FILE", "").strip()
        if not path:
            return self.text(name, "") or None
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise Misconfigured(
                N_(
                    "{name} cannot be read: {why}. Check the path and its mode.",
                    name=f"{PREFIX}{name}_FILE",
                    why=error.strerror,
                )
            ) from error

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(self.text(name, "").replace(",", " ").split())

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default).lower()
        if value not in allowed:
            raise Misconfigured(
                N_(
                    "{name} is {value}; it can be {allowed}.",
                    name=PREFIX + name,
                    value=repr(value),
                    allowed=", ".join(allowed),
                )
            )
        return value

    def whole_number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not least <= int(value) <= most:
            raise Misconfigured(
                N_(
                    "{name} is {value}; it must be a whole number from {least} to {most}.",
                    name=PREFIX + name,
                    value=repr(value),
                    least=least,
                    most=most,
                )
            )
        return int(value)

    def number(self, name: str, default: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 < number < LARGEST_FACTOR:
            raise Misconfigured(
                N_("{name} is {value}; it must be a number above 0.", name=PREFIX + name, value=repr(value))
            )
        return number


def _origin(url: str) -> str:
    """Return the public URL as an origin, the form the issuer is compared in (RFC 8414 §2)."""
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.path or parts.query or parts.fragment or parts.username:
        raise Misconfigured(
            N_("OAUTH2SYSTEM_PUBLIC_URL is {url}; write it like https://id.example.org, with no path.", url=repr(url))
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise Misconfigured(
            N_(
                "OAUTH2SYSTEM_PUBLIC_URL is {url}; anywhere but on this machine it must begin with https://.",
                url=repr(url),
            )
        )
    return url.lower()


def _database(url: str | None, var: Path) -> str:
    if url is None:
        return f"sqlite:///{var / 'oauth2system.db'}"
    for spelling in ("postgresql://", "postgres://", "postgresql+psycopg://"):
        if url.startswith(spelling):
            return "postgresql+psycopg://" + url.removeprefix(spelling)
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return url
    raise Misconfigured(N_("OAUTH2SYSTEM_DATABASE_URL must begin with postgresql:// or sqlite:///."))


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError as error:
        raise Misconfigured(
            N_("OAUTH2SYSTEM_TRUSTED_PROXIES has {word}, which is neither an address nor a network.", word=repr(word))
        ) from error


def _secret_key(given: str | None, var: Path) -> bytes:
    """Return the key that encrypts what must be read back; make it once when none is given."""
    value = given if given is not None else _own_secret_key(var / "secret_key")
    if len(value) < 32:  # noqa: PLR2004  (256 bits of hex or base64 are longer still)
        raise Misconfigured(N_("OAUTH2SYSTEM_SECRET_KEY is too short; make one with: openssl rand -hex 32"))
    return value.encode()


def _own_secret_key(path: Path) -> str:
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


def _read_env_file(path: Path) -> dict[str, str]:
    """Read KEY=value lines; comments, blank lines, `export` and quotes are understood."""
    if not path.is_file():
        return {}
    pairs: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            N_("{path} cannot be read; it must be plain UTF-8 text and ours to read.", path=path)
        ) from error
    for line in lines:
        key, mark, value = line.strip().removeprefix("export ").partition("=")
        if mark and not key.startswith("#"):
            pairs[key.strip()] = value.strip().strip("\"'")
    return pairs
