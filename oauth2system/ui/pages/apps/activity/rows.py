"""The entries of an app's log, as its page shows them."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from oauth2system.i18n import N_, _, ngettext, translate
from oauth2system.protocol.clients.redirect_uris import LOOPBACK_HOSTS
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.events.acts import LogOutcome
from oauth2system.services.apps.views import UNREGISTERED
from oauth2system.services.insight.activity import Activity
from oauth2system.ui import words
from oauth2system.ui.differences import Differing, compare, name_part

OUTCOMES = (
    (LogOutcome.DONE.value, N_("Worked")),
    (LogOutcome.REFUSED.value, N_("Refused")),
    (LogOutcome.VISITOR.value, N_("Visitor")),
)
STAGES = (
    ("authorize", N_("Authorization request")),
    ("par", N_("Pushed request")),
    ("token", N_("Token request")),
    ("api/user", N_("User of the simple flow")),
    ("userinfo", N_("Userinfo")),
    ("introspect", N_("Introspection")),
    ("revoke", N_("Revocation")),
    ("device_authorization", N_("Device")),
    ("end_session", N_("Sign-out")),
    ("backchannel_logout", N_("Logout notice")),
    ("register", N_("Registration")),
    ("logo", N_("Logo")),
)
# The parts in which two addresses may differ.
PARTS = {
    "scheme": N_("The scheme differs."),
    "host": N_("The host differs."),
    "port": N_("The port differs."),
    "slash": N_("Only a slash at the end differs."),
    "case": N_("Only capital and small letters differ."),
    "path": N_("The path differs."),
    "query": N_("The query differs."),
}


def make_row(one: EventView, activity: Activity) -> dict[str, str]:
    """Return an entry; of an address that was compared, with what differs."""
    is_compared = one.reason in UNREGISTERED
    compared = compare(one.sent, one.registered if is_compared else "")
    nearest = compared.nearest if is_compared else Differing(one.registered, "", "")
    part = name_part(one.sent, f"{nearest.before}{nearest.middle}{nearest.after}") if is_compared else ""
    return {
        "key": f"{one.reference} {one.first_at}",
        "outcome": one.outcome,
        "outcome_words": _(dict(OUTCOMES)[one.outcome]) if one.outcome in dict(OUTCOMES) else one.outcome,
        "stage": _(dict(STAGES)[one.stage]) if one.stage in dict(STAGES) else one.stage,
        "code": one.code,
        "reference": one.reference,
        "detail": translate(one.detail),
        "sent": one.sent,
        **_parts("sent", compared.sent),
        **_parts("nearest", nearest),
        "part": _(PARTS[part]) if part else "",
        "others": compared.others,
        "offer": _offer(one, activity),
        "host": urlsplit(one.sent).netloc if is_compared else "",
        "repair": translate(one.repair),
        "when": _say_when(one.last_at),
        "times": _say_times(one),
    }


def matches(row: dict[str, str], search: str) -> bool:
    """Return whether an entry has this text, in the words that its reader sees."""
    texts = (row["detail"], row["repair"], row["sent"], row["nearest_before"], row["others"], row["code"], row["stage"])
    whole = " ".join((*texts, f"{row['nearest_before']}{row['nearest_differs']}{row['nearest_after']}"))
    return search.casefold() in whole.casefold()


def _parts(name: str, text: Differing) -> dict[str, str]:
    return {f"{name}_before": text.before, f"{name}_differs": text.middle, f"{name}_after": text.after}


def _say_when(moment: datetime) -> str:
    time = words.clock(moment)
    if moment.date() == datetime.now(UTC).date():
        return time
    return _("{day}, {time}").format(day=words.day(moment), time=time)


def _say_times(one: EventView) -> str:
    """Say how often it happened, and within how long; nothing for once."""
    if one.times == 1:
        return ""
    seconds = int((one.last_at - (one.first_at or one.last_at)).total_seconds())
    if seconds < words.MINUTE:
        return ngettext("{n} time within a minute", "{n} times within a minute", one.times).format(n=one.times)
    return _("{n} times within {span}").format(n=one.times, span=words.span(seconds))


def _offer(one: EventView, activity: Activity) -> str:
    """Return whether an address that was sent may be registered, is registered by now, or neither."""
    if one.reason not in UNREGISTERED:
        return ""
    if one.sent in activity.redirect_uris:
        return "done"
    if one.sent not in activity.offered_uris:
        return ""
    hosts = {urlsplit(uri).hostname for uri in activity.redirect_uris} | LOOPBACK_HOSTS
    return "near" if urlsplit(one.sent).hostname in hosts else "far"
