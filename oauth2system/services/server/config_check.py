"""What is wrong with a configuration, each fault with its fix; the dangerous ones stop the start (T149)."""

import difflib
import ipaddress
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from oauth2system.errors import Misconfigured
from oauth2system.i18n import N_, Message, join
from oauth2system.services.delivery import smtp
from oauth2system.settings import LOOPBACK_HOSTS, PREFIX, Settings
from oauth2system.storage.database.engine import location

FEWEST_DIFFERENT_CHARACTERS = 10
LARGE_FACTOR = 100
# Where Docker and Podman mount secrets, readable by all of a container that has one inhabitant.
SECRET_MOUNT = Path("/run/secrets")
_NOT_FIELDS = frozenset(
    {"VAR_DIR", "LANGUAGE", "DATABASE_URL_FILE", "REDIS_URL_FILE", "SMTP_URL_FILE", "SECRET_KEY_FILE"}
)
_NOTHING = Message("")
_SECRETS = ("SECRET_KEY", "DATABASE_URL", "SMTP_URL", "REDIS_URL")
_TEXTBOOK = ("changeme", "change-me", "example", "secret", "password", "insecure", "default")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `refuses`: with it, the service does not start."""

    what: Message
    mend: Message = _NOTHING
    refuses: bool = True

    @property
    def message(self) -> Message:
        """Return what is wrong and how to fix it, in one line."""
        return join((self.what, self.mend)) if self.mend else self.what


@dataclass(frozen=True, slots=True)
class Setup:
    """What is to be judged: the settings, what they were read from, and how it is to be served."""

    settings: Settings
    given: Mapping[str, str]
    workers: int = 1
    folder: Path = Path()


def problems(setup: Setup) -> list[Problem]:
    """Say everything that is wrong, what refuses the start first."""
    found = [problem for rule in _RULES for problem in rule(setup)]
    return sorted(found, key=lambda problem: not problem.refuses)


def _several_workers(setup: Setup) -> Iterator[Problem]:
    if setup.workers > 1 and setup.settings.redis_url is None:
        yield Problem(
            N_("{count} workers cannot share the pages' state without Redis.", count=setup.workers),
            N_("Set OAUTH2SYSTEM_REDIS_URL, or serve with one worker."),
        )


def _mail(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if settings.smtp_url is None and not settings.on_loopback:
        yield Problem(
            N_("There is no mail server, so nobody can confirm an email or reset a password."),
            N_("Set OAUTH2SYSTEM_SMTP_URL, like smtp://user:password@mail.example.org:587."),
        )
    if settings.smtp_url is not None:
        try:
            smtp.read_url(settings.smtp_url)
        except Misconfigured as reason:
            yield Problem(reason.message)


def _secret_key(setup: Setup) -> Iterator[Problem]:
    key = setup.settings.secret_key.decode()
    if len(set(key)) < FEWEST_DIFFERENT_CHARACTERS or any(word in key.lower() for word in _TEXTBOOK):
        yield Problem(N_("OAUTH2SYSTEM_SECRET_KEY can be guessed."), N_("Make one with: openssl rand -hex 32"))


def _key_files(setup: Setup) -> Iterator[Problem]:
    """A reader of the key can decrypt everything (T085)."""
    by_name = setup.given.get(f"{PREFIX}SECRET_KEY_FILE", "").strip()
    direct = setup.given.get(f"{PREFIX}SECRET_KEY", "").strip()
    path = Path(by_name) if by_name else setup.settings.var / "secret_key"
    if (by_name or not direct) and _others_read(path):
        mounted = SECRET_MOUNT in path.parents
        yield Problem(_others(path), N_("Run: chmod 600 {path}", path=path), refuses=not mounted)


def _env_file(setup: Setup) -> Iterator[Problem]:
    path = setup.folder / ".env"
    if not _others_read(path):
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    told = [name for name in _SECRETS if f"{PREFIX}{name}=" in text]
    if told:
        refuses = "SECRET_KEY" in told
        yield Problem(_others(path), N_("Run: chmod 600 {path}", path=path), refuses=refuses)


def _database_file(setup: Setup) -> Iterator[Problem]:
    path = location(setup.settings.database_url)
    if path is not None and _others_read(Path(path)):
        yield Problem(_others(Path(path)), N_("Run: chmod 600 {path}", path=path), refuses=False)


def _others_read(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


def _others(path: Path) -> Message:
    return N_("Other accounts of this machine can read {path}.", path=path)


def _proxies(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield Problem(
            N_("OAUTH2SYSTEM_TRUSTED_PROXIES trusts the whole internet, so anybody can claim any address."),
            N_("Name the address of your proxy only."),
        )
    if settings.secure and not settings.trusted_proxies:
        yield Problem(
            N_("Nothing here speaks https, so a proxy must; without its address all visitors look like one."),
            N_("Set OAUTH2SYSTEM_TRUSTED_PROXIES to the address of your proxy."),
            refuses=False,
        )


def _listening(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if settings.on_loopback and not _is_loopback(settings.host):
        yield Problem(
            N_(
                "The service listens to the network as {host}, but its links point to this machine only.",
                host=settings.host,
            ),
            N_("Set OAUTH2SYSTEM_PUBLIC_URL to the address people use, or OAUTH2SYSTEM_HOST to 127.0.0.1."),
            refuses=False,
        )
    port = urlsplit(settings.public_url).port
    if settings.on_loopback and not settings.secure and (port or 80) != settings.port:
        yield Problem(
            N_(
                "Links point to {url}, but the service listens on port {port}.",
                url=settings.public_url,
                port=settings.port,
            ),
            N_("Make OAUTH2SYSTEM_PUBLIC_URL and OAUTH2SYSTEM_PORT agree, unless something in between does."),
            refuses=False,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_HOSTS


def _wide_open(setup: Setup) -> Iterator[Problem]:
    """Switches that are meant for a laptop or a closed network."""
    settings = setup.settings
    if settings.on_loopback:
        return
    if settings.allow_http_redirects:
        yield Problem(
            N_("OAUTH2SYSTEM_ALLOW_HTTP_REDIRECTS lets apps receive sign-ins unencrypted."),
            N_("Leave it off anywhere but in a closed network."),
            refuses=False,
        )
    if settings.rate_limit_factor > LARGE_FACTOR:
        yield Problem(
            N_("OAUTH2SYSTEM_RATE_LIMIT_FACTOR is so large that guessing passwords is hardly slowed."),
            N_("Use a load test's factor for the load test only."),
            refuses=False,
        )
    if settings.dynamic_registration == "open":
        yield Problem(
            N_("OAUTH2SYSTEM_DYNAMIC_REGISTRATION is open: anybody may register apps."),
            N_("Use `token`, unless that is what you want."),
            refuses=False,
        )


def _fetching(setup: Setup) -> Iterator[Problem]:
    for word in setup.settings.fetch_allow:
        if word.endswith("/0") or word == "*":
            yield Problem(
                N_("OAUTH2SYSTEM_FETCH_ALLOW lets anybody's app make us call into your network."),
                N_("Name single hosts or networks."),
            )


def _connections(setup: Setup) -> Iterator[Problem]:
    """Names and passwords that cross a network in the open."""
    database = urlsplit(setup.settings.database_url)
    sslmode = parse_qs(database.query).get("sslmode", [""])[0]
    if _is_remote(database.hostname) and sslmode not in {"require", "verify-ca", "verify-full"}:
        yield Problem(
            N_("The way to PostgreSQL may be unencrypted."),
            N_("Add ?sslmode=verify-full (or require) to OAUTH2SYSTEM_DATABASE_URL."),
            refuses=False,
        )
    redis = urlsplit(setup.settings.redis_url or "")
    if _is_remote(redis.hostname) and not redis.password:
        yield Problem(
            N_("Redis has no password; anybody who can write into it can run code in this service."),
            N_("Give Redis a password and put it into OAUTH2SYSTEM_REDIS_URL."),
            refuses=False,
        )


def _is_remote(host: str | None) -> bool:
    return bool(host) and not _is_loopback(host or "")


def _names(setup: Setup) -> Iterator[Problem]:
    """A misspelt setting is a setting that does nothing."""
    known = {field.name.upper() for field in fields(Settings)} - {"VAR"} | _NOT_FIELDS
    for name in sorted(setup.given):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in known:
            continue
        near = difflib.get_close_matches(name.removeprefix(PREFIX), sorted(known), 1)
        mend = N_("Did you mean {name}?", name=PREFIX + near[0]) if near else N_("See docs/settings.md.")
        yield Problem(N_("{name} is not a setting.", name=name), mend, refuses=False)


_RULES: tuple[Callable[[Setup], Iterator[Problem]], ...] = (
    _several_workers,
    _mail,
    _secret_key,
    _key_files,
    _env_file,
    _database_file,
    _proxies,
    _listening,
    _wide_open,
    _fetching,
    _connections,
    _names,
)
