"""Whether what the settings name can be reached (database, mail server, Redis), and which jobs fail: for `check`."""

from collections.abc import Iterator
from threading import Thread

from redis import Redis
from redis.exceptions import RedisError

from oauth2system.errors import Busy
from oauth2system.i18n import N_
from oauth2system.runtime import outbox
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.context import Context
from oauth2system.runtime.outbox import Failed, Undeliverable
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import admission
from oauth2system.services.delivery import smtp
from oauth2system.services.keys import signing_keys
from oauth2system.services.server import job_failures
from oauth2system.services.server.config_check import Problem
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.setting_types.mail import Mailbox, MailServer
from oauth2system.settings import Settings
from oauth2system.storage.database import migrations
from oauth2system.storage.database.migrations import Schema
from oauth2system.storage.database.transactions import Database
from oauth2system.storage.tables import users

PATIENCE_S = 5.0
# For all steps of handing in a mail together.
MAIL_PATIENCE_S = 12.0


def find_problems(settings: Settings) -> list[Problem]:
    """Try each of them once, briefly."""
    return [*_check_database(settings), *_mail_server(settings), *_check_redis(settings)]


def _check_database(settings: Settings) -> Iterator[Problem]:
    runner = Runner(settings, Database(settings.database_url))
    has_administrator, failing = False, list[Problem]()
    mode = settings.registration
    try:
        found = migrations.look(runner.database)
        if found is Schema.CURRENT:
            runner.now(SYSTEM, signing_keys.require_readable)
            has_administrator = runner.now(SYSTEM, _has_administrator)
            mode = runner.now(SYSTEM, admission.find_mode)
            failing += runner.now(SYSTEM, job_failures.find_problems)
            failing += runner.now(SYSTEM, _find_given_up)
    except Busy as busy:
        yield Problem(N_("The database cannot be used: {why}", why=busy), N_("Check OAUTH2SYSTEM_DATABASE_URL."))
        return
    except signing_keys.UnreadableKey as unreadable:
        yield Problem(unreadable.message)
        return
    finally:
        runner.close()
    yield from failing
    if not has_administrator and mode in {RegistrationMode.INVITE, RegistrationMode.CLOSED}:
        yield Problem(
            N_("Nobody can register, and this site has no administrator who could invite or create accounts."),
            N_("Open the set-up link that `serve` prints, or use: user create NAME --email … --confirmed --admin"),
            refuses=False,
        )
    # `serve` migrates by itself; only what it would refuse is an error.
    fix = migrations.fix_for(found)
    if fix and found in {Schema.UNKNOWN, Schema.BROKEN}:
        yield Problem(fix)


def _find_given_up(ctx: Context) -> list[Problem]:
    """Return a warning when mails or logout notices could not be delivered."""
    found = outbox.count_backlog(ctx)
    if not found.given_up:
        return []
    why = found.last_error or ""
    what = N_("Mails or notices that were given up: {count}. The last error: {why}", count=found.given_up, why=why)
    return [Problem(what, N_("Look for outbox.given_up in the log."), refuses=False)]


def _has_administrator(ctx: Context) -> bool:
    return users.has_admin(ctx.db)


def _mail_server(settings: Settings) -> Iterator[Problem]:
    """Do all that comes before a mail: a greeting alone proves neither the password nor the sender."""
    server = settings.mail_server
    if server is None:
        return
    why = _why_no_mail(server, settings.mail_from)
    if why is not None:
        yield Problem(
            N_("No mail can be sent by {host}:{port}: {why}.", host=server.host, port=server.port, why=why),
            N_("Check OAUTH2SYSTEM_SMTP_URL and OAUTH2SYSTEM_MAIL_FROM; mails wait until it works."),
            refuses=False,
        )


def _why_no_mail(server: MailServer, sender: Mailbox) -> str | None:
    """Return what the mail server refuses, None if nothing; ends in time even if it answers byte by byte."""
    found: list[str] = []

    def prove() -> None:
        try:
            smtp.prove(server, sender, PATIENCE_S)
        except (Failed, Undeliverable) as error:
            found.append(str(error))

    proving = Thread(target=prove, daemon=True)
    proving.start()
    proving.join(MAIL_PATIENCE_S)
    if proving.is_alive():
        return f"it has not answered within {MAIL_PATIENCE_S:g} s"
    return found[0] if found else None


def _check_redis(settings: Settings) -> Iterator[Problem]:
    if settings.redis_url is None:
        return
    try:
        # redis leaves both untyped
        patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S}
        with Redis.from_url(settings.redis_url, **patience) as redis:  # pyright: ignore[reportUnknownMemberType]  (redis is only partly typed)
            redis.ping()  # pyright: ignore[reportUnknownMemberType]  (redis is only partly typed)
    except (RedisError, OSError, ValueError) as error:
        yield Problem(
            N_("Redis does not answer ({why}).", why=type(error).__name__), N_("Check OAUTH2SYSTEM_REDIS_URL.")
        )
