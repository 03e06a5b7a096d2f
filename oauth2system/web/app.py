"""Every HTTP route of the server on one screen, and the ASGI app that answers them.

A route is found by path, then by method, in two dicts, without patterns. `form(...)` marks routes that only our own
pages may post to; see docs/inventory.md.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from itertools import count
from secrets import token_hex
from typing import Any

from oauth2system.i18n import SOURCE_LANGUAGE, speak
from oauth2system.policy import quotas
from oauth2system.policy.budgets import networks
from oauth2system.runtime.runner import Runner
from oauth2system.services.insight.playground.wire import OwnDoor
from oauth2system.web import errors
from oauth2system.web.accounts import (
    accounts,
    deletion,
    export,
    language,
    new_sign_ins,
    passkeys,
    second_factor,
    session,
)
from oauth2system.web.authorization import authorize, device, end_session, pushed_requests
from oauth2system.web.clients import registration
from oauth2system.web.connections.whole_answers import SEND_WHOLE
from oauth2system.web.http.content_policy import security_headers
from oauth2system.web.http.cors import (
    allow_any_site,
    allow_registered_sites,
    preflight,
    preflight_for_all,
    preflight_registration,
)
from oauth2system.web.http.guards import Proxies, form
from oauth2system.web.http.in_memory_limits import Places, Reads, most
from oauth2system.web.http.languages import language_of
from oauth2system.web.http.message import Answer, Endpoint, Messages, Receive, Request, Send
from oauth2system.web.insight import activity, usage
from oauth2system.web.pictures import served, uploads
from oauth2system.web.server import dev_mailbox, health, wellknown
from oauth2system.web.server.ready_documents import ReadyDocuments
from oauth2system.web.tokens import simple_flow, token, userinfo

# The routes with a name in their path.
MANAGED = "/oauth2/register/{client_id}"
_MANAGED_START = "/oauth2/register/"
AVATAR, LOGO = "/avatars/{name}.webp", "/logos/{name}.webp"
OPENAPI = "/openapi.json"
ALIVE = "/healthz"
METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")

ROUTES: dict[str, dict[str, Endpoint]] = {
    "/device": {"POST": form(device.decide)},
    "/oauth2/authorize": {"GET": authorize.authorize, "POST": authorize.post_authorize},
    "/oauth2/par": {"POST": pushed_requests.push},
    "/oauth2/register": {"POST": allow_any_site(registration.register), "OPTIONS": preflight_registration},
    MANAGED: {
        "GET": allow_any_site(registration.show), "PUT": allow_any_site(registration.change),
        "DELETE": allow_any_site(registration.delete), "OPTIONS": preflight_registration,
    },
    "/oauth2/token": {"POST": allow_registered_sites(token.token), "OPTIONS": preflight},
    "/oauth2/userinfo": {
        **{name: allow_registered_sites(userinfo.userinfo) for name in ("GET", "POST")}, "OPTIONS": preflight,
    },
    "/oauth2/device_authorization": {"POST": device.authorization},
    "/oauth2/end_session": {"GET": end_session.end_session, "POST": end_session.post_end_session},
    "/oauth2/introspect": {"POST": token.introspect},
    "/oauth2/revoke": {"POST": allow_registered_sites(token.revoke), "OPTIONS": preflight},
    "/oauth2/jwks": {"GET": wellknown.jwks, "HEAD": wellknown.jwks, "OPTIONS": preflight_for_all},
    **{
        path: {"GET": wellknown.metadata, "HEAD": wellknown.metadata, "OPTIONS": preflight_for_all} for path in METADATA
    },
    OPENAPI: {"GET": wellknown.openapi_json, "HEAD": wellknown.openapi_json, "OPTIONS": preflight_for_all},
    "/api/user": {"GET": simple_flow.user, "POST": simple_flow.user, "HEAD": simple_flow.user_head},
    "/consent": {"POST": form(authorize.consent)},
    "/session": {"POST": form(session.sign_in)},
    "/session/passkey": {"POST": form(passkeys.sign_in)},
    "/session/passkey/options": {"POST": form(passkeys.ask_to_sign_in)},
    "/session/second_factor": {"POST": form(second_factor.prove)},
    "/session/second_factor/passkey": {"POST": form(second_factor.prove_by_passkey)},
    "/session/second_factor/passkey/options": {"POST": form(second_factor.ask_for_passkey)},
    "/session/state": {"GET": new_sign_ins.watch},
    "/session/end": {"POST": form(session.sign_out)},
    "/language": {"POST": form(language.choose)},
    "/session/leave": {"POST": form(end_session.confirm)},
    "/registration": {"POST": form(accounts.register)},
    "/registration/username": {"GET": accounts.judge_username},
    "/setup": {"POST": form(accounts.set_up)},
    "/setup/promote": {"POST": form(accounts.promote)},
    "/account/email_confirm": {"POST": form(accounts.confirm_email)},
    "/account/email_confirm/state": {"GET": accounts.confirmation_state},
    "/account/email_confirm/change": {"POST": form(accounts.correct_email)},
    "/account/email_confirm/resend": {"POST": form(accounts.resend_confirmation)},
    "/account/password_reset": {"POST": form(accounts.ask_reset)},
    "/account/password_reset/new": {"POST": form(accounts.reset)},
    "/account/password": {"POST": form(accounts.change_password)},
    "/account/terms": {"POST": form(accounts.accept_terms)},
    "/account/terms/decline": {"POST": form(deletion.decline_terms)},
    "/account/passkeys": {"POST": form(passkeys.add)},
    "/account/passkeys/options": {"POST": form(passkeys.ask_to_add)},
    "/account/username": {"GET": accounts.judge_own_username, "POST": form(accounts.change_username)},
    "/account/email": {"POST": form(accounts.change_email)},
    "/account/avatar": {"POST": form(uploads.upload_avatar)},
    "/account/avatar/remove": {"POST": form(uploads.remove_avatar)},
    "/account/authenticator": {"POST": form(second_factor.begin)},
    "/account/authenticator/confirm": {"POST": form(second_factor.confirm)},
    "/account/authenticator/passkey": {"POST": form(second_factor.add_first_passkey)},
    "/account/authenticator/passkey/options": {"POST": form(second_factor.ask_for_first_passkey)},
    "/account/authenticator/remove": {"POST": form(second_factor.remove)},
    "/account/recovery_codes": {"POST": form(second_factor.new_codes)},
    "/account/recovery_codes/saved": {"POST": form(second_factor.codes_saved)},
    "/account/recovery_codes/text": {"GET": second_factor.codes_text},
    "/account/trusted_browsers/forget": {"POST": form(second_factor.forget_trusted)},
    "/account/data/export": {"GET": export.export},
    new_sign_ins.PAGE: {"GET": new_sign_ins.ask, "POST": form(new_sign_ins.disown)},
    "/account/delete": {"POST": form(deletion.ask)},
    "/account/keep": {"GET": deletion.open_link, "POST": form(deletion.keep)},
    **{path: {"GET": served.show, "HEAD": served.show} for path in (AVATAR, LOGO)},
    "/apps/activity/export": {"GET": activity.export},
    "/apps/usage/export": {"GET": usage.export},
    "/apps/logo": {"POST": form(uploads.upload_logo)},
    "/apps/logo/remove": {"POST": form(uploads.remove_logo)},
    "/dev/mailbox": {"GET": dev_mailbox.show},
    ALIVE: {"GET": health.alive, "HEAD": health.alive},
    "/readyz": {"GET": health.ready, "HEAD": health.ready},
}  # fmt: skip

# Who calls each route that is no form of ours; its service checks their credentials (T119).
CALLERS: dict[str, str] = {
    "/oauth2/authorize": "any browser",
    "/oauth2/par": "an app, by its registered method",
    "/oauth2/register": "a program, as DYNAMIC_REGISTRATION says",
    MANAGED: "a program, for the app it registered",
    "/oauth2/token": "an app, by its registered method",
    "/oauth2/userinfo": "an app, with an access token for it",
    "/oauth2/device_authorization": "an app, by its registered method",
    "/oauth2/end_session": "any browser",
    "/oauth2/introspect": "a confidential app, by its registered method",
    "/oauth2/revoke": "an app, by its registered method, for its own tokens",
    "/oauth2/jwks": "anyone",
    **dict.fromkeys(METADATA, "anyone"),
    OPENAPI: "anyone",
    "/api/user": "an app, with its secret",
    "/registration/username": "any browser, about a name that is being typed",
    "/account/username": "a signed-in user, about a name for themselves",
    "/account/email_confirm/state": "the browser that registered, about itself",
    new_sign_ins.PAGE: "anyone with the link of a mail",
    "/session/state": "a signed-in user, about their own sessions",
    "/account/data/export": "a signed-in user, about themselves",
    **dict.fromkeys(("/apps/activity/export", "/apps/usage/export"), "a signed-in user, about an app of theirs"),
    "/account/keep": "anyone with the link of a mail",
    **dict.fromkeys((AVATAR, LOGO), "anyone who knows the address"),
    "/account/recovery_codes/text": "the browser that made them, for ten minutes",
    "/dev/mailbox": "anyone on this machine; elsewhere it is not there",
    ALIVE: "anyone",
    "/readyz": "anyone",
}

# Below these there are only routes: an unknown path is answered in JSON, never with a page.
RESERVED = ("/api/", "/oauth2/", "/.well-known/", "/_", *served.PLACES)

_ids = count(1)
_process = token_hex(4)


def request_id() -> str:
    """Return an id for one request, unique over processes and restarts."""
    return f"{_process}-{next(_ids):x}"


class Web:
    """The ASGI app of all routes; it runs and is tested without Reflex."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        runner.server.of(OwnDoor).app = self
        trusted = runner.settings.trusted_proxies
        self._proxies = Proxies(trusted) if trusted else None
        self._always = security_headers(runner.settings)
        self._documents = ReadyDocuments(runner, ROUTES, self._always)
        self._reads = Reads()
        factor = runner.settings.rate_limit_factor
        self._most = most(quotas.REQUESTS_OF_AN_ADDRESS, factor), most(quotas.REQUESTS_OF_A_NETWORK, factor)
        self._few = quotas.REQUESTS_UNCOUNTED
        self._open = 0
        self._unanswered = Places()

    def owns(self, path: str, method: str) -> bool:
        """Return whether a request is for a route; GET on a path that only takes forms is for its page."""
        methods = ROUTES.get(path)
        if methods is None:
            return path.startswith(RESERVED)
        return method in methods or ("GET" in methods or method not in {"GET", "HEAD"})

    def find_ready(self, scope: Mapping[str, Any]) -> Messages | None:
        """Return an answer that is ready; while requests are counted, each takes the full way (T151)."""
        return self._documents.find(scope) if self._open < self._few else None

    def verify_scope(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """Return the scope with the verified address of the caller and an id for the log."""
        believed = self._proxies.believe(scope) if self._proxies else dict(scope)
        believed["request_id"] = request_id()
        return believed

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; the composition root gives everything else to Reflex."""
        if scope["type"] == "http":
            await self.serve(scope, receive, send, self.answer)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def serve(
        self, scope: Mapping[str, Any], receive: Receive, send: Send, answer: Callable[[Request], Awaitable[Answer]]
    ) -> None:
        """Have a request answered and send the answer; an address that waits for too many gets no more (T151)."""
        request = Request(self.verify_scope(scope), receive, self._reads)
        places = () if self._open < self._few else tuple(zip(networks(request.peer), self._most, strict=False))
        if places and not self._unanswered.take(places):
            if request.path != ALIVE:
                await self.send(errors.too_many_at_once(request), scope, send)
                return
            places = ()
        self._open += 1
        try:
            await self.send(await answer(request), scope, send)
        finally:
            self._open -= 1
            if places:
                self._unanswered.give_back(places)

    def answer(self, request: Request) -> Awaitable[Answer]:
        """Return the endpoint's answer in the visitor's language; an exception becomes an answer too."""
        language = language_of(request)
        return self._answer(request) if language == SOURCE_LANGUAGE else self._answer_in(language, request)

    async def _answer_in(self, language: str, request: Request) -> Answer:
        with speak(language):
            return await self._answer(request)

    async def _answer(self, request: Request) -> Answer:
        try:
            methods = ROUTES.get(request.path) or _named(request.path)
            if methods is None and request.path.startswith(wellknown.PLACE):
                return await wellknown.unknown_document(request, self._runner)
            if methods is None:
                return errors.answer_unknown(request)
            endpoint = methods.get(request.method)
            if endpoint is None:
                return errors.wrong_method(request, ", ".join(sorted(methods)))
            return await endpoint(request, self._runner)
        except Exception as error:  # noqa: BLE001  (nothing may reach the person but an answer)
            return errors.answer(error, request)

    async def send(self, answer: Answer, scope: Mapping[str, Any], send: Send) -> None:
        """Send an answer with the headers that every answer has; HEAD has no body."""
        if answer.pieces is not None:
            await self._send_pieces(answer, answer.pieces, send)
            return
        start, body = answer.messages(scope["method"], self._always)
        whole = scope.get(SEND_WHOLE)
        if whole is None or not whole(start["status"], start["headers"], body["body"]):
            await send(start)
            await send(body)

    async def _send_pieces(self, answer: Answer, pieces: Generator[bytes], send: Send) -> None:
        """Send a long answer piece by piece, each when the one before has left."""
        headers = [*answer.headers, *self._always]
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            pieces.close()


def _named(path: str) -> dict[str, Endpoint] | None:
    """Return the methods of a path that ends in the id of an app or in the name of a picture."""
    if path.startswith(served.PLACES):
        return ROUTES[AVATAR] if served.name_of(path) else None
    last = path.removeprefix(_MANAGED_START)
    return ROUTES[MANAGED] if last.isdecimal() and path.startswith(_MANAGED_START) else None


async def _live(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop when no Reflex app is there to do so."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
