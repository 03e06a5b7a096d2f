"""The lines of what was refused to an app, as its page shows them."""

from urllib.parse import urlsplit

from oauth2system.i18n import _
from oauth2system.protocol.clients.redirect_uris import LOOPBACK_HOSTS
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime.app_log import RefusalView
from oauth2system.services.apps.views import App
from oauth2system.ui import words
from oauth2system.ui.differences import Differing, compare

# What is no endpoint of ours under its own name.
STAGES = {"backchannel_logout": "backchannel_logout_uri", "logo": "logo_uri"}
# Refusals whose sent address is compared with the registered ones.
COMPARED = {PageReason.REDIRECT_URI_UNREGISTERED.name}


def refusal(one: RefusalView, app: App) -> dict[str, str]:
    """Return a refusal; of an address that was compared, with what differs."""
    compared = compare(one.sent, one.registered if one.reason in COMPARED else "")
    return {
        "stage": f"/{one.stage}" if one.stage.startswith("api/") else STAGES.get(one.stage, f"/oauth2/{one.stage}"),
        "code": one.code,
        "reference": one.reference,
        "detail": _(one.detail),
        "sent": one.sent,
        "registered": one.registered,
        **_parts("sent", compared.sent),
        **_parts("nearest", compared.nearest if one.reason in COMPARED else Differing(one.registered, "", "")),
        "others": compared.others,
        "offer": _offer(one, app),
        "repair": _(one.repair),
        "when": words.times(one.times, one.last_at),
    }


def _parts(name: str, text: Differing) -> dict[str, str]:
    return {f"{name}_before": text.before, f"{name}_differs": text.middle, f"{name}_after": text.after}


def _offer(one: RefusalView, app: App) -> str:
    """Return how an address that was sent may be registered: at once, after a question, it is there, or not at all.

    Anybody can send a request with an address of theirs, so a host that is new to the app is asked about.
    """
    if one.reason not in COMPARED:
        return ""
    if one.sent in app.redirect_uris:
        return "done"
    if one.sent not in app.offered_uris:
        return ""
    hosts = {urlsplit(uri).hostname for uri in app.redirect_uris} | LOOPBACK_HOSTS
    return "near" if urlsplit(one.sent).hostname in hosts else "far"
