"""What is wrong with a configuration, each fault with its fix; the dangerous ones stop the start (T149)."""

import difflib
import ipaddress
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from oauth2system import env_file
from oauth2system.i18n import N_, Message, join, languages
from oauth2system.setting_types.choices import DynamicRegistration
from oauth2system.setting_types.hosts import Network, is_loopback
from oauth2system.settings import NAMES, PREFIX, SECRETS, Settings
from oauth2system.storage.database.engine import location

FEWEST_DIFFERENT_CHARACTERS = 10
LARGE_FACTOR = 100
# Where Docker and Podman mount secrets, readable by all of a container that has one inhabitant.
SECRET_MOUNT = Path("/run/secrets")
_NOTHING = Message("")
_TEXTBOOK = ("changeme", "change-me", "example", "secret", "password", "insecure", "default")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `refuses`: with it, the service does not start."""

    what: Message
    fix: Message = _NOTHING
    refuses: bool = True

    @property
    def message(self) -> Message:
        """Return what is wrong and how to fix it, in one line."""
        return join((self.what, self.fix)) if self.fix else self.what


@dataclass(frozen=True, slots=True)
class Setup:
    """What is to be judged: the settings, what they were read from, and how it is to be served."""

    settings: Settings
    given: Mapping[str, str]
    workers: int = 1
    folder: Path = Path()


def find_problems(setup: Setup) -> list[Problem]:
    """Say everything that is wrong, what refuses the start first."""
    found = [problem for rule in _RULES for problem in rule(setup)]
    return sorted(found, key=lambda problem: not problem.refuses)


def _several_workers(setup: Setup) -> Iterator[Problem]:
    if setup.workers > 1 and setup.settings.redis_url is None:
        yield Problem(
            N_("{count} workers cannot share the pages' state without Redis.", count=setup.workers),
            N_("Set OAUTH2SYSTEM_REDIS_URL, or serve with one worker."),
        )


def _check_mail(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if settings.mail_server is None and not settings.shows_mailbox:
        yield Problem(
            N_("There is no mail server, so nobody can confirm an email or reset a password."),
            N_("Set OAUTH2SYSTEM_SMTP_URL, like smtp://user:password@mail.example.org:587."),
            refuses=not settings.on_loopback,
        )


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
        yield Problem(_report_readable(path), N_("Run: chmod 600 {path}", path=path), refuses=not mounted)


def _env_file(setup: Setup) -> Iterator[Problem]:
    path = setup.folder / env_file.NAME
    if not _others_read(path):
        return
    in_file = env_file.read(setup.folder)
    secrets = [name for name in SECRETS if in_file.get(PREFIX + name)]
    if secrets:
        refuses = "SECRET_KEY" in secrets
        yield Problem(_report_readable(path), N_("Run: chmod 600 {path}", path=path), refuses=refuses)


def _database_file(setup: Setup) -> Iterator[Problem]:
    path = location(setup.settings.database_url)
    if path is not None and _others_read(Path(path)):
        yield Problem(_report_readable(Path(path)), N_("Run: chmod 600 {path}", path=path), refuses=False)


def _others_read(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(mode & (stat.S_IRWXG | stat.S_IRWXO))


def _report_readable(path: Path) -> Message:
    return N_("Other accounts of this machine can read {path}.", path=path)


def _check_proxies(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if _is_everything(settings.trusted_proxies):
        yield Problem(
            N_("OAUTH2SYSTEM_TRUSTED_PROXIES trusts the whole internet, so anybody can claim any address."),
            N_("Name the address of your proxy only."),
        )
    if settings.secure and not settings.trusted_proxies:
        yield Problem(
            N_("A proxy must add https, and without its address all visitors look like one."),
            N_("Set OAUTH2SYSTEM_TRUSTED_PROXIES to the address of your proxy."),
            refuses=False,
        )
    elif settings.secure and is_loopback(settings.host) and not _trusts_this_machine(settings):
        yield Problem(
            N_(
                "Only this machine reaches {host}, and it is not a trusted proxy: all visitors look like one.",
                host=settings.host,
            ),
            N_("Add 127.0.0.1 to OAUTH2SYSTEM_TRUSTED_PROXIES, or set OAUTH2SYSTEM_HOST to what the proxy reaches."),
            refuses=False,
        )


def _is_everything(networks: Iterable[Network]) -> bool:
    """Return whether networks cover all of IPv4 or IPv6, by themselves or together."""
    found = list(networks)
    old = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv4Network))
    new = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv6Network))
    return any(network.prefixlen == 0 for network in (*old, *new))


def _trusts_this_machine(settings: Settings) -> bool:
    local = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
    return any(address in network for network in settings.trusted_proxies for address in local)


def _check_listening(setup: Setup) -> Iterator[Problem]:
    settings = setup.settings
    if settings.on_loopback and not is_loopback(settings.host):
        yield Problem(
            N_(
                "The service listens to the network as {host}, but its links point to this machine only.",
                host=settings.host,
            ),
            N_("Set OAUTH2SYSTEM_PUBLIC_URL to the address people use, or OAUTH2SYSTEM_HOST to 127.0.0.1."),
            refuses=False,
        )
    if settings.on_loopback and settings.secure and settings.public_port == settings.port:
        yield Problem(
            N_("Browsers ask {url} for TLS, and this server answers http on that port.", url=settings.public_url),
            N_(
                "Set OAUTH2SYSTEM_PUBLIC_URL to http://localhost:{port}, or to the port of a proxy.", port=settings.port
            ),
            refuses=False,
        )
    if settings.on_loopback and not settings.secure and settings.public_port != settings.port:
        yield Problem(
            N_(
                "Links point to {url}, but the service listens on port {port}.",
                url=settings.public_url,
                port=settings.port,
            ),
            N_("Make OAUTH2SYSTEM_PUBLIC_URL and OAUTH2SYSTEM_PORT agree, unless something in between does."),
            refuses=False,
        )


def _check_wide_open(setup: Setup) -> Iterator[Problem]:
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
    if settings.dynamic_registration is DynamicRegistration.OPEN:
        yield Problem(
            N_("OAUTH2SYSTEM_DYNAMIC_REGISTRATION is open: anybody may register apps."),
            N_("Use `token`, unless that is what you want."),
            refuses=False,
        )


def _check_fetching(setup: Setup) -> Iterator[Problem]:
    if _is_everything(setup.settings.fetch_allow.networks):
        yield Problem(
            N_("OAUTH2SYSTEM_FETCH_ALLOW lets anybody's app make us call into your network."),
            N_("Name single hosts or networks."),
        )


def _check_connections(setup: Setup) -> Iterator[Problem]:
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
    return bool(host) and not is_loopback(host or "")


def _check_names(setup: Setup) -> Iterator[Problem]:
    """A misspelt setting is a setting that does nothing."""
    in_file = env_file.read(setup.folder)
    for name in sorted({*setup.given, *in_file} - NAMES - {"PORT"}):
        # The environment holds much that is not ours; the file is only for this server.
        if name not in in_file and PREFIX not in f"{name.upper()}_":
            continue
        yield Problem(N_("{name} is not a setting.", name=ascii(name)[1:-1]), _suggest(name), refuses=False)


def _suggest(name: str) -> Message:
    """Name the setting that was probably meant, whatever marks and small letters are in the name."""
    plain = name.encode("ascii", "ignore").decode().upper()
    guesses = (plain, PREFIX + plain)
    near = [one for guess in guesses for one in difflib.get_close_matches(guess, sorted(NAMES), 1, cutoff=0.8)]
    return N_("Did you mean {name}?", name=near[0]) if near else N_("See docs/settings.md.")


def _check_language(setup: Setup) -> Iterator[Problem]:
    wanted, offered = setup.settings.language, languages()
    if wanted is not None and _take_primary(wanted) not in map(_take_primary, offered):
        yield Problem(
            N_("OAUTH2SYSTEM_LANGUAGE is {wanted}, and there is no translation into that.", wanted=wanted),
            N_("It can be: {offered}.", offered=", ".join(offered)),
            refuses=False,
        )


def _take_primary(tag: str) -> str:
    return tag.lower().replace("-", "_").partition("_")[0]


_RULES: tuple[Callable[[Setup], Iterator[Problem]], ...] = (
    _several_workers,
    _check_mail,
    _secret_key,
    _key_files,
    _env_file,
    _database_file,
    _check_proxies,
    _check_listening,
    _check_wide_open,
    _check_fetching,
    _check_connections,
    _check_names,
    _check_language,
)
