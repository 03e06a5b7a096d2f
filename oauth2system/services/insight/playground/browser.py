"""The part of a run in the person's browser: authorize, decide, come back to the callback, sign out."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from oauth2system.i18n import N_, Message
from oauth2system.protocol import scopes
from oauth2system.runtime.call import Call
from oauth2system.services.clients import playground
from oauth2system.services.insight.playground import back_channel, exchanges, signing
from oauth2system.services.insight.playground.exchanges import Step
from oauth2system.services.insight.playground.runs import FlowKind, Run, Sender
from oauth2system.services.insight.playground.wire import WireAnswer, WireRequest

_REFUSED = N_("The request was refused. The person sees a page that says so; nothing is sent to your site.")
_ARRIVED = N_("The request is good. Where the browser goes next stands in Location.")
# Where a request can lead besides the callback, and what that means for the run.
_PAGES = {
    "/account/email_confirm": N_(
        "The run ends here: the person has to confirm their email address first. No site sees an account without one."
    ),
    "/login": N_("The run ends here: the person would have to sign in again, which the playground cannot do for them."),
    "/login/second_factor": N_("The run ends here: the app asks for a second factor, which the playground has not."),
}
_ELSEWHERE = N_("The run ends here: the browser shows a page of this server.")


async def begin(call: Call, run: Run, *, at: str = "") -> None:
    """Send the browser to the authorization endpoint; `at` is appended to the redirect URI, which makes it wrong."""
    run.facts.waits = run.facts.code = run.facts.value = ""
    query = _write_request(call, run, at)
    if run.client.require_signed_request_object and run.kind is FlowKind.CODE:
        query = signing.sign_request(call, run, query)
    must_push = run.client.require_pushed_authorization_requests or run.client.is_fapi
    if must_push and run.kind is FlowKind.CODE:
        pushed = await back_channel.push(call, run, query)
        if not pushed:
            return
        query = {"client_id": run.client.id, "request_uri": pushed}
    sent = WireRequest("GET", "/oauth2/authorize", query)
    title = N_("Your site sends the browser to the authorization endpoint")
    hides = {query["request_uri"]: "urn:…"} if "request_uri" in query else {}
    step = Step(title, Sender.BROWSER, sent, _ARRIVED, _REFUSED, hides=hides)
    _follow(call, run, await exchanges.send(call, run, step))


def _write_request(call: Call, run: Run, at: str) -> dict[str, str]:
    """Return the parameters of the request that this app would send."""
    client, facts = run.client, run.facts
    if run.kind is FlowKind.SIMPLE:
        asked = scopes.write(client.scopes & scopes.SIMPLE)
        return {"client_id": client.id, "scope": asked, "state": facts.state}
    challenge = urlsafe_b64encode(sha256(facts.verifier.encode()).digest()).rstrip(b"=").decode()
    return {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": f"{call.settings.public_url}{playground.PATH}{at}",
        "scope": scopes.write(client.scopes),
        "state": facts.state,
        **({"nonce": facts.nonce} if scopes.OPENID in client.scopes else {}),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }


def _follow(call: Call, run: Run, answered: WireAnswer) -> None:
    """Take what a redirect says: the answer for the callback, or the page of ours that comes first."""
    to = urlsplit(answered.header("location"))
    said = dict(parse_qsl(to.query))
    if f"{to.scheme}://{to.netloc}{to.path}" == f"{call.settings.public_url}{playground.PATH}":
        run.facts.waits = ""
        _arrive(run, said)
    elif to.path == "/consent" and "flow" in said:
        run.facts.waits = said["flow"]
    elif to.path:
        run.facts.waits = ""
        run.ending = _PAGES.get(to.path, _ELSEWHERE)


def _arrive(run: Run, said: dict[str, str]) -> None:
    """Take the answer that came to the callback."""
    if "code" not in said:
        run.ending = N_("The run ends here: your site gets this refusal, and shows the visitor that nothing happened.")
    elif run.kind is FlowKind.SIMPLE:
        run.facts.value = said["oauth_token"]
    else:
        run.facts.code = said["code"]


async def approve(call: Call, run: Run) -> None:
    """Click **Authorize** on the consent page."""
    worked = N_("The person agreed. The decision is kept, and the browser goes on with the request.")
    await _decide(call, run, "authorize", N_("The person clicks Authorize on the consent page"), worked)


async def deny(call: Call, run: Run) -> None:
    """Click **Cancel** on the consent page."""
    worked = N_("The person does not agree. Your site gets access_denied, and no code.")
    await _decide(call, run, "cancel", N_("The person clicks Cancel on the consent page"), worked)


async def _decide(call: Call, run: Run, decision: str, title: Message, worked: Message) -> None:
    flow = run.facts.waits
    form = {"flow": flow, "account": run.person_id, "decision": decision}
    sent = WireRequest("POST", "/consent", form=form, headers={"origin": call.settings.public_url})
    answered = await exchanges.send(call, run, Step(title, Sender.BROWSER, sent, worked, worked))
    if urlsplit(answered.header("location")).path == "/oauth2/authorize":  # the decision is kept, and the flow goes on
        again = WireRequest("GET", "/oauth2/authorize", {"flow": flow})
        step = Step(N_("The browser continues the request"), Sender.BROWSER, again, _ARRIVED, _REFUSED)
        answered = await exchanges.send(call, run, step)
    _follow(call, run, answered)


async def sign_out(call: Call, run: Run) -> None:
    """Send the browser to the end of its session here (OpenID Connect RP-Initiated Logout §2)."""
    query = {"id_token_hint": run.facts.id_token, "client_id": run.client.id}
    if run.client.post_logout_redirect_uris:
        query["post_logout_redirect_uri"] = run.client.post_logout_redirect_uris[0]
    worked = N_(
        "The session of this run is over, and its tokens with it. You stay signed in here. If the app has an address "
        "for logout notices, its server gets one."
    )
    step = Step(
        N_("Your site sends the browser to sign out here, too"),
        Sender.BROWSER,
        WireRequest("GET", "/oauth2/end_session", query),
        worked,
        _REFUSED,
    )
    answered = await exchanges.send(call, run, step)
    if answered.status < 400:  # noqa: PLR2004  (HTTP: no error)
        run.signed_out = True
        run.facts.id_token = ""


async def allow_device(call: Call, run: Run) -> None:
    """Type the code of the device, and click **Authorize**."""
    worked = N_("The person allowed the device. It learns that with its next question.")
    await _answer_device(call, run, "authorize", N_("The person types the code and clicks Authorize"), worked)


async def deny_device(call: Call, run: Run) -> None:
    """Type the code of the device, and click **Cancel**."""
    worked = N_("The person refused the device. It learns that with its next question.")
    await _answer_device(call, run, "cancel", N_("The person types the code and clicks Cancel"), worked)


async def _answer_device(call: Call, run: Run, decision: str, title: Message, worked: Message) -> None:
    form = {"user_code": run.facts.user_code, "account": run.person_id, "decision": decision}
    sent = WireRequest("POST", "/device", form=form, headers={"origin": call.settings.public_url})
    answered = await exchanges.send(call, run, Step(title, Sender.BROWSER, sent, worked, worked))
    if "notice=" in answered.header("location"):
        run.facts.has_answered = True
    else:
        run.ending = N_("The run ends here: this person cannot answer a device. Their email address is not confirmed.")
