"""What can be done next in a run: the steps of its flow, and the failures, as one table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from oauth2system.i18n import N_, Message
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, Client
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.call import Call
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import writes
from oauth2system.services.insight.playground import back_channel, browser, signing
from oauth2system.services.insight.playground.runs import FlowKind, Run
from oauth2system.storage.tables import device_codes, ephemeral


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: its button, when it is offered, and what it sends. A failure is provoked on purpose."""

    name: str
    label: Message
    offered: Callable[[Run], bool]
    act: Callable[[Call, Run], Awaitable[None]]
    fails: bool = False


def why_not(client: Client, kind: FlowKind) -> Message | None:
    """Return why this app's playground cannot run a flow; None where it can."""
    grant = {FlowKind.CODE: CODE_GRANT, FlowKind.DEVICE: DEVICE_GRANT, FlowKind.CLIENT: CLIENT_CREDENTIALS}.get(kind)
    simple_is_off = kind is FlowKind.SIMPLE and not client.simple_flow
    problems = (
        (client.disabled, N_("An administrator has disabled this app.")),
        (simple_is_off, N_("The simple flow is switched off for this app.")),
        (
            grant and not client.may_use(grant),
            N_("The app is not registered for this flow. Switch it on under Protocol."),
        ),
    )
    return next((words for applies, words in problems if applies), None)


def list_offered(run: Run) -> tuple[Action, ...]:
    """Return what can be done now."""
    return () if run.ending else tuple(one for one in ACTIONS if one.offered(run))


def _begins(*kinds: FlowKind) -> Callable[[Run], bool]:
    return lambda run: run.kind in kinds and not run.exchanges


def _has_secret(run: Run) -> bool:
    return run.client.takes_secret


def _can_sign_out(run: Run) -> bool:
    return bool(run.facts.id_token) and not run.signed_out


async def expire_code(call: Call, run: Run) -> None:
    """End the life of the code at once, then exchange it."""
    await call(end_life, run.facts.code)
    await back_channel.redeem(call, run)
    run.facts.code = ""


async def expire_device(call: Call, run: Run) -> None:
    """End the life of the device code at once, then ask for the tokens."""
    await call(end_device_life, run.facts.device_code)
    await back_channel.poll(call, run)


async def expire_value(call: Call, run: Run) -> None:
    """End the life of the value of the simple flow at once, then use it."""
    await call(end_life, run.facts.value)
    await back_channel.fetch_by_value(call, run)
    run.facts.value = ""


@writes
def end_life(ctx: Context, value: str) -> None:
    """Let a code or value of this run expire now instead of in a minute or two."""
    read = token_format.read(Kind.CODE, value) or token_format.read(Kind.SIMPLE, value)
    if read is not None:
        ephemeral.prolong(ctx.db, read[0], ctx.now_ms)


@writes
def end_device_life(ctx: Context, code: str) -> None:
    """Let a device code of this run expire now instead of in ten minutes."""
    read = token_format.read(Kind.DEVICE, code)
    if read is not None:
        device_codes.end(ctx.db, read[0], ctx.now_ms)


async def _begin_wrong(call: Call, run: Run) -> None:
    await browser.begin(call, run, at="/other")
    run.ending = N_("The run ends here: this address is not registered, so nothing is ever sent to it.")


ACTIONS = (
    Action("begin", N_("Send the person to sign in"), _begins(FlowKind.CODE, FlowKind.SIMPLE), browser.begin),
    Action("wrong_address", N_("With a wrong redirect URI"), _begins(FlowKind.CODE), _begin_wrong, fails=True),
    Action("device", N_("Ask for the codes"), _begins(FlowKind.DEVICE), back_channel.start_device),
    Action("client", N_("Ask for a token"), _begins(FlowKind.CLIENT), back_channel.ask_for_itself),
    Action(
        "client_wrong_secret",
        N_("With a wrong secret"),
        _begins(FlowKind.CLIENT),
        back_channel.ask_wrong_secret,
        fails=True,
    ),
    Action("approve", N_("Authorize"), lambda run: bool(run.facts.waits) and not run.person_denies, browser.approve),
    Action("deny", N_("The person cancels"), lambda run: bool(run.facts.waits), browser.deny, fails=True),
    Action("redeem", N_("Exchange the code"), lambda run: bool(run.facts.code), back_channel.redeem),
    Action(
        "wrong_secret",
        N_("With a wrong secret"),
        lambda run: bool(run.facts.code) and _has_secret(run),
        back_channel.redeem_wrong_secret,
        fails=True,
    ),
    Action(
        "wrong_key",
        N_("With a wrong key"),
        lambda run: bool(run.facts.code) and run.client.token_endpoint_auth_method == "private_key_jwt",  # noqa: S105  (the name of a method)
        back_channel.redeem_wrong_key,
        fails=True,
    ),
    Action(
        "without_proof",
        N_("Without the DPoP proof"),
        lambda run: bool(run.facts.code) and signing.is_bound(run.client),
        back_channel.redeem_without_proof,
        fails=True,
    ),
    Action(
        "wrong_verifier",
        N_("With a wrong verifier"),
        lambda run: bool(run.facts.code),
        back_channel.redeem_wrong_verifier,
        fails=True,
    ),
    Action("expired", N_("With an expired code"), lambda run: bool(run.facts.code), expire_code, fails=True),
    Action("fetch", N_("Fetch the user"), lambda run: bool(run.facts.value), back_channel.fetch_by_value),
    Action(
        "fetch_wrong_secret",
        N_("With a wrong secret"),
        lambda run: bool(run.facts.value),
        back_channel.fetch_wrong_secret,
        fails=True,
    ),
    Action("fetch_expired", N_("With an expired value"), lambda run: bool(run.facts.value), expire_value, fails=True),
    Action(
        "fetch_again",
        N_("With the same value again"),
        lambda run: bool(run.facts.used_value),
        back_channel.fetch_again,
        fails=True,
    ),
    Action(
        "allow",
        N_("The person authorizes"),
        lambda run: bool(run.facts.device_code) and not run.facts.has_answered and not run.person_denies,
        browser.allow_device,
    ),
    Action(
        "refuse",
        N_("The person cancels"),
        lambda run: bool(run.facts.device_code) and not run.facts.has_answered,
        browser.deny_device,
        fails=True,
    ),
    Action(
        "device_expired",
        N_("With an expired code"),
        lambda run: bool(run.facts.device_code),
        expire_device,
        fails=True,
    ),
    Action("poll", N_("Ask for the tokens"), lambda run: bool(run.facts.device_code), back_channel.poll),
    Action(
        "user",
        N_("Fetch the user"),
        lambda run: bool(run.facts.access_token) and run.kind is not FlowKind.CLIENT,
        back_channel.fetch_user,
    ),
    Action("refresh", N_("Refresh"), lambda run: bool(run.facts.refresh_token), back_channel.refresh),
    Action(
        "introspect",
        N_("Check the token"),
        lambda run: bool(run.facts.access_token) and not run.client.is_public,
        back_channel.introspect,
    ),
    Action("revoke", N_("Revoke"), lambda run: bool(run.facts.access_token), back_channel.revoke),
    Action("sign_out", N_("Sign out"), _can_sign_out, browser.sign_out),
    Action(
        "replay",
        N_("Exchange the same code again"),
        lambda run: bool(run.facts.used_code),
        back_channel.replay,
        fails=True,
    ),
)
