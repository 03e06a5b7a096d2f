"""The settings of this server, as administrators change them while it runs.

What the environment fixes cannot be changed here, and the page says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, cast

from oauth2system.errors import Invalid, NotPermitted
from oauth2system.i18n import N_
from oauth2system.policy import budgets, mail_domains
from oauth2system.runtime import audit, rate_limits
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, transacts
from oauth2system.services.accounts.terms import acceptance
from oauth2system.storage.lookups import factors
from oauth2system.storage.tables import server_settings
from oauth2system.storage.tables.server_settings import ServerSetting, ServerSettings


@dataclass(frozen=True, slots=True)
class ShownSettings:
    """The settings as they count, those that the environment fixes, and what a change replaced."""

    settings: ServerSettings
    fixed: frozenset[str] = frozenset()
    before: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@reads
def show(ctx: Context) -> ShownSettings:
    """Return the settings; raises NotPermitted for everyone but administrators and commands."""
    _require_operator(ctx)
    stored = server_settings.find(ctx.db)
    fixed = _fixed(ctx)
    return ShownSettings(server_settings.read({**asdict(stored), **fixed}), frozenset(fixed))


@transacts
def change(ctx: Context, changes: Mapping[str, Any]) -> ShownSettings:
    """Change these settings and record each; raises Invalid for a name or a value that cannot be used.

    The answer carries what was replaced, so that it can be undone.
    """
    shown = show(ctx)
    if ctx.session is not None:
        rate_limits.spend(ctx, budgets.CHANGE_SERVER, ctx.session.user_id)
    read = _read(shown, changes)
    old, new = asdict(shown.settings), asdict(read)
    changed = {name: new[name] for name in changes if new[name] != old[name]}
    _require_terms(changed, read)
    if "second_factor" in changed:
        _require_own_factor(ctx, read)
    for name, value in changed.items():
        server_settings.put(ctx.db, ServerSetting(name, value, ctx.now, ctx.actor))
        audit.record(ctx, "setting.changed", setting=name, old=_fact(old[name]), new=_fact(value))
    if "terms_version" in changed and ctx.session is not None:
        acceptance.record(ctx, ctx.session.user_id, read.terms_version)  # who sets them goes on without being asked
    return ShownSettings(server_settings.read(new), shown.fixed, {name: old[name] for name in changed})


def _read(shown: ShownSettings, changes: Mapping[str, Any]) -> ServerSettings:
    for name in changes:
        if name not in server_settings.NAMES:
            raise Invalid(form=N_("There is no such setting."))
        if name in shown.fixed:
            raise Invalid(**{name: N_("The environment of the server fixes this. It cannot be changed here.")})
    changes = dict(changes)
    if "mail_domains" in changes:
        changes["mail_domains"] = _domains(changes["mail_domains"])
    try:
        return server_settings.read({**asdict(shown.settings), **changes})
    except (ValueError, TypeError):
        return _refuse(changes)


def _require_terms(changed: Mapping[str, Any], new: ServerSettings) -> None:
    """Raise Invalid where people would have to accept terms without an address."""
    if new.terms_version and not new.terms_url:
        if "terms_version" in changed:
            raise Invalid(terms_version=N_("Give the address of the terms first."))
        raise Invalid(terms_url=N_("Remove the version first: people cannot accept what they cannot read."))


def _require_own_factor(ctx: Context, new: ServerSettings) -> None:
    """Raise Invalid for an administrator who demands a second factor of themselves and has none.

    Their own session would not count any more, at the next click.
    """
    if ctx.session is None or not new.demands_second_factor(is_admin=ctx.session.is_admin):
        return
    if not factors.find_held(ctx.db, ctx.session.user_id).any:
        raise Invalid(second_factor=N_("Set up a second factor for yourself first, on the Security page."))


def _domains(value: Any) -> tuple[str, ...]:
    """Return the mail domains of a text or a list; raises Invalid for `mail_domains`."""
    try:
        return mail_domains.read_domains(value if isinstance(value, str) else " ".join(value))
    except Invalid as error:
        raise Invalid(mail_domains=error.problems["mail_domain"]) from error
    except TypeError:
        raise Invalid(mail_domains=N_("This value cannot be used here.")) from None


def _refuse(changes: Mapping[str, Any]) -> ServerSettings:
    raise Invalid(**dict.fromkeys(changes, N_("This value cannot be used here."))) from None


def _fixed(ctx: Context) -> dict[str, Any]:
    """Return what the environment decides (docs/settings.md)."""
    return {} if ctx.settings.registration is None else {"registration": ctx.settings.registration}


def _fact(value: Any) -> str:
    """Return a value as the audit log has it."""
    return " ".join(map(str, cast("tuple[Any, ...]", value))) if isinstance(value, tuple) else str(value)


def _require_operator(ctx: Context) -> None:
    if not ctx.system and not (ctx.session is not None and ctx.session.is_admin):
        raise NotPermitted(N_("Only an administrator may do this."))
