"""What a page of the way in says about its flow: the site, and whether it can still be answered."""

from dataclasses import dataclass

from oauth2system.i18n import N_, Message
from oauth2system.protocol.authorization.response import origin_of
from oauth2system.protocol.clients.client import Client, match_redirect
from oauth2system.protocol.reasons.pages import PageReason
from oauth2system.runtime.context import Context
from oauth2system.services.authorization import authorize, flows
from oauth2system.services.authorization.flows import FlowStage, OpenedFlow, Pending
from oauth2system.services.authorization.request_checks import is_unchanged
from oauth2system.services.pictures import addresses
from oauth2system.storage.tables import clients


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow as a page shows it; `home` is the address of the app's site, if it has one."""

    stage: FlowStage
    handle: str = ""
    app_name: str = ""
    home: str = ""
    hint: str = ""
    asks_anew: bool = False
    logo: str = ""
    pending: Pending | None = None
    client: Client | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the person can still answer."""
        return self.stage is FlowStage.OPEN


def view(ctx: Context, handle: str, browser: str | None) -> FlowView:
    """Return the flow that an address names, as the browser with this cookie may see it."""
    sight = flows.look(ctx, handle, browser)
    client = clients.find(ctx.db, sight.client_id) if sight.client_id else None
    if client is None:
        return FlowView(FlowStage.APP_GONE if sight.pending else sight.stage, handle)
    stage = _find_stage(sight, client)
    pending = sight.pending if stage is FlowStage.OPEN else None
    return FlowView(
        stage=stage,
        handle=handle,
        app_name=client.name,
        logo=addresses.logo(client.logo, 64),
        home=_find_home(sight.redirect_uri) if match_redirect(client, sight.redirect_uri) else "",
        hint=flows.read_login_hint(pending) if pending else "",
        asks_anew=authorize.asks_anew(ctx, pending, client) if pending else False,
        pending=pending,
        client=client,
    )


def _find_stage(sight: OpenedFlow, client: Client) -> FlowStage:
    """Return how the request stands, by the app as it is now."""
    if sight.pending is None:
        return sight.stage
    if client.disabled:
        return FlowStage.SWITCHED_OFF
    return FlowStage.OPEN if is_unchanged(client, sight.pending.flow.request) else FlowStage.APP_CHANGED


def _find_home(redirect_uri: str) -> str:
    origin = origin_of(redirect_uri)
    return origin if origin.startswith(("https://", "http://")) else ""


def explain_stage(stage: FlowStage) -> Message:
    """Return one sentence about a flow that cannot go on; it says only what is known."""
    return {
        FlowStage.AGREED: N_("You have already answered this request, and you agreed. See it under Your connections."),
        FlowStage.REFUSED: N_("You have already answered this request: you did not agree. Nothing was shared."),
        FlowStage.EXPIRED: N_("This request has expired: it was open for half an hour. Start again from the site."),
        FlowStage.FAILED: N_(
            "This request has ended: your sign-in was not what the site asked for. Nothing was shared."
        ),
        FlowStage.DOUBLED: N_(
            "This request was opened more than once, and completed elsewhere. Start again from the site."
        ),
        FlowStage.GONE: Message(PageReason.FLOW_EXPIRED.public),
        FlowStage.APP_GONE: N_("This app is no longer there. It was deleted after this request began."),
        FlowStage.APP_CHANGED: N_("This app was changed after this request began. Start again from the site."),
        FlowStage.NEVER: N_("The address may have been copied incompletely. Open the link on the site again."),
        FlowStage.SWITCHED_OFF: N_("This app is not available any more."),
        FlowStage.ELSEWHERE: N_(
            "This sign-in was begun in another browser. Go on there, or start again from the site."
        ),
        FlowStage.NO_COOKIES: Message(PageReason.FLOW_WITHOUT_COOKIE.public),
        FlowStage.OPEN: Message(""),
    }[stage]
