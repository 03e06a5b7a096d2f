"""The part of a run that the app's own server (or device) does: push, exchange, read, refresh, revoke."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oauth2system.i18n import N_, Message
from oauth2system.protocol import scopes
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.runtime.call import Call
from oauth2system.services.clients import playground
from oauth2system.services.insight.playground import exchanges, signing, wire
from oauth2system.services.insight.playground.exchanges import Step
from oauth2system.services.insight.playground.runs import Run, Sender
from oauth2system.services.insight.playground.wire import WireAnswer, WireRequest

_TOKEN = "/oauth2/token"  # noqa: S105  (a path)
_REFUSED = N_("This server refused. Your program gets the error below and must be able to deal with it.")
_TOKENS = N_("Your server has the tokens. It keeps them to itself; the browser never sees them.")
# Looks like a secret of this server, and is none.
WRONG_SECRET = f"ok_{'A' * 54}"
_WRONG_VERIFIER = "a-verifier-that-belongs-to-some-other-request-0000"


_NONCE = N_("This server names a nonce for the proof. Your program sends the request again with it, which is next.")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows in place of the right secret or key, and whether it proves the key of its tokens."""

    secret: str = ""
    key: SigningKey | None = None
    proves: bool = True


async def push(call: Call, run: Run, request: Mapping[str, str]) -> str:
    """Push the authorization request, as this app must; returns what stands for it, or an empty text (RFC 9126 §2)."""
    title, worked = N_("Your server pushes the request"), N_("The request is kept here. The browser carries its name.")
    answered = await _post(call, run, "/oauth2/par", request, title=title, worked=worked)
    return str(answered.members.get("request_uri", ""))


async def redeem(call: Call, run: Run, *, verifier: str = "", shown: Shown | None = None) -> None:
    """Exchange the code for tokens; with what is not the right one, or without a proof that is needed, fail."""
    title, code = N_("Your server exchanges the code for tokens"), run.facts.code or run.facts.used_code
    form = {
        "grant_type": CODE_GRANT,
        "code": code,
        "redirect_uri": f"{call.settings.public_url}{playground.PATH}",
        "code_verifier": verifier or run.facts.verifier,
    }
    if _keep_tokens(run, await _post(call, run, _TOKEN, form, title=title, worked=_TOKENS, shown=shown)):
        run.facts.used_code, run.facts.code = code, ""


async def redeem_wrong_secret(call: Call, run: Run) -> None:
    """Exchange the code with a secret that is not the app's; the code stays good."""
    await redeem(call, run, shown=Shown(secret=WRONG_SECRET))


async def redeem_wrong_key(call: Call, run: Run) -> None:
    """Exchange the code with an assertion of a key that is not the app's; the code stays good."""
    await redeem(call, run, shown=Shown(key=await signing.make_wrong_key(call, run)))


async def redeem_without_proof(call: Call, run: Run) -> None:
    """Exchange the code without showing the key to which the tokens are to be bound; the code stays good."""
    await redeem(call, run, shown=Shown(proves=False))


async def redeem_wrong_verifier(call: Call, run: Run) -> None:
    """Exchange the code with the verifier of another request."""
    await redeem(call, run, verifier=_WRONG_VERIFIER)


async def replay(call: Call, run: Run) -> None:
    """Exchange the code a second time: that revokes what the first time issued."""
    await redeem(call, run)
    run.facts.used_code = ""


async def refresh(call: Call, run: Run) -> None:
    """Exchange the refresh token for new tokens."""
    title = N_("Your server asks for new tokens with the refresh token")
    form = {"grant_type": REFRESH_GRANT, "refresh_token": run.facts.refresh_token}
    worked = N_("New tokens. The refresh token was used up; the answer has its successor.")
    _keep_tokens(run, await _post(call, run, _TOKEN, form, title=title, worked=worked))


async def ask_for_itself(call: Call, run: Run, *, secret: str = "") -> None:
    """Ask for a token of the app's own, without any person."""
    title = N_("Your server asks for a token of its own")
    worked = N_("Your server has a token that stands for the app itself. No person is behind it.")
    form = {"grant_type": CLIENT_CREDENTIALS}
    _keep_tokens(run, await _post(call, run, _TOKEN, form, title=title, worked=worked, shown=Shown(secret)))


async def ask_wrong_secret(call: Call, run: Run) -> None:
    """Ask for a token of the app's own with a secret that is not the app's."""
    await ask_for_itself(call, run, secret=WRONG_SECRET)


async def start_device(call: Call, run: Run) -> None:
    """Ask for the two codes of a device (RFC 8628 §3.1)."""
    title = N_("The device asks for its codes")
    worked = N_("The device shows the user code and the address to the person, and begins to ask.")
    asked = {"scope": scopes.write(run.client.scopes)}
    answered = await _post(call, run, "/oauth2/device_authorization", asked, title=title, worked=worked)
    members = answered.members
    run.facts.device_code = str(members.get("device_code", ""))
    run.facts.user_code = str(members.get("user_code", ""))


async def poll(call: Call, run: Run) -> None:
    """Ask whether the person has answered the device (RFC 8628 §3.4)."""
    title = N_("The device asks whether the person has answered")
    form = {"grant_type": DEVICE_GRANT, "device_code": run.facts.device_code}
    refused = N_("Not yet, or not at all: the error says which. authorization_pending means to ask again later.")
    answered = await _post(call, run, _TOKEN, form, title=title, worked=_TOKENS, refused=refused)
    if _keep_tokens(run, answered) or answered.members.get("error") in {"access_denied", "expired_token"}:
        run.facts.device_code = ""


async def fetch_user(call: Call, run: Run) -> None:
    """Read the person with the access token."""
    path = "/oauth2/userinfo" if scopes.OPENID in run.client.scopes else "/api/user"
    token, bound = run.facts.access_token, signing.is_bound(run.client)
    sent = WireRequest("GET", path, headers={"authorization": f"{'DPoP' if bound else 'Bearer'} {token}"})
    worked = N_("What the person allowed your app to know.")
    step = Step(N_("Your server reads who the person is"), Sender.SITE, sent, worked, _REFUSED, "person")
    await _send(call, run, step, proves=bound)


async def fetch_by_value(call: Call, run: Run, *, secret: str = "") -> None:
    """Read the person with the value of the simple flow (decision 0017)."""
    value = run.facts.value or run.facts.used_value
    query = {"oauth_token": value, "client_id": run.client.id, "client_secret": secret or run.secret}
    title = N_("Your server fetches the user with the value")
    worked = N_("What the person allowed your app to know. The value was used up.")
    hides = {secret: "…"} if secret else {}
    sent = WireRequest("GET", "/api/user", query)
    answered = await exchanges.send(call, run, Step(title, Sender.SITE, sent, worked, _REFUSED, "person", hides))
    if "id" in answered.members:
        run.facts.value, run.facts.used_value = "", value


async def fetch_wrong_secret(call: Call, run: Run) -> None:
    """Read the person with a secret that is not the app's; the value stays good."""
    await fetch_by_value(call, run, secret=WRONG_SECRET)


async def fetch_again(call: Call, run: Run) -> None:
    """Read the person with the same value a second time."""
    await fetch_by_value(call, run)
    run.facts.used_value = ""


async def introspect(call: Call, run: Run) -> None:
    """Ask whether the access token is accepted (RFC 7662 §2)."""
    title = N_("Your server asks whether the access token is accepted")
    worked = N_("What this server knows about the token at this moment.")
    await _post(call, run, "/oauth2/introspect", {"token": run.facts.access_token}, title=title, worked=worked)


async def revoke(call: Call, run: Run) -> None:
    """Revoke the tokens (RFC 7009 §2)."""
    token = run.facts.refresh_token or run.facts.access_token
    worked = N_("The token is revoked: from now on it is refused. Ask about the access token to see it.")
    title = N_("Your server revokes the token")
    answered = await _post(call, run, "/oauth2/revoke", {"token": token}, title=title, worked=worked)
    if answered.status < 400:  # noqa: PLR2004  (HTTP: no error)
        run.facts.refresh_token = ""


async def _post(  # noqa: PLR0913  (a request has these parts)
    call: Call,
    run: Run,
    path: str,
    form: Mapping[str, str],
    *,
    title: Message,
    worked: Message,
    shown: Shown | None = None,
    refused: Message = _REFUSED,
) -> WireAnswer:
    """Post a form as the app, authenticated by the method that it registered."""
    client, shown = run.client, shown or Shown()
    secret = shown.secret or run.secret
    headers: dict[str, str] = {}
    match client.token_endpoint_auth_method:
        case "client_secret_basic":
            headers = {"authorization": wire.basic(client.id, secret)}
        case "client_secret_post":
            form = {**form, "client_id": client.id, "client_secret": secret}
        case "private_key_jwt" | "client_secret_jwt":
            form = {**form, **signing.assert_client(call, run, secret, shown.key)}
        case _:
            form = {**form, "client_id": client.id}
    sent = WireRequest("POST", path, form=form, headers=headers)
    hides = {secret: "…", _WRONG_VERIFIER: "…"}
    step = Step(title, Sender.SITE, sent, worked, refused, hides=hides)
    return await _send(call, run, step, proves=path == _TOKEN and shown.proves and signing.is_bound(client))


async def _send(call: Call, run: Run, step: Step, *, proves: bool) -> WireAnswer:
    """Send a request, with a proof where tokens are bound; the first one learns the nonce for it (RFC 9449 §8)."""
    if not proves:
        return await exchanges.send(call, run, step)
    token = run.facts.access_token if step.sent.form is None else ""
    first = replace(step, sent=signing.prove(call, run, step.sent, token))
    if not run.facts.dpop_nonce:
        first = replace(first, refused=_NONCE)
    answered = await exchanges.send(call, run, first)
    run.facts.dpop_nonce = answered.header("dpop-nonce") or run.facts.dpop_nonce
    if "use_dpop_nonce" not in f"{answered.members.get('error')} {answered.header('www-authenticate')}":
        return answered
    again = signing.renew(call, run, step.sent)
    return await exchanges.send(call, run, replace(step, sent=signing.prove(call, run, again, token)))


def _keep_tokens(run: Run, answered: WireAnswer) -> bool:
    """Keep the tokens of an answer; False for an answer without any."""
    found, facts = answered.members, run.facts
    if "access_token" not in found:
        return False
    facts.access_token = found["access_token"]
    facts.refresh_token = found.get("refresh_token", "")
    facts.id_token = found.get("id_token", facts.id_token)
    return True
