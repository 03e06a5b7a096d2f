"""Refusals and faults as HTTP answers: JSON for programs, a page for people."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from oauth2system import log
from oauth2system.errors import Busy, NotFound, NotPermitted, Refusal, TooManyAttempts
from oauth2system.i18n import N_, Message, _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.protocol.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidToken,
    OAuthError,
    Untrusted,
    public_text,
)
from oauth2system.protocol.reasons.reason import Noted
from oauth2system.services.sessions.step_up import StepUpNeeded
from oauth2system.web.http import forms
from oauth2system.web.http.message import NO_STORE, Answer, Header, Request, TooLarge, TooSlow, json, redirect
from oauth2system.web.http.scriptless_page import show_problem

NO_REFERRER: Header = (b"referrer-policy", b"no-referrer")
HEADERS: tuple[Header, ...] = (*NO_STORE, NO_REFERRER)
CLOSE: Header = (b"connection", b"close")
BUSY_SECONDS = b"2"

# Below these live the endpoints that programs call; the others are visited by people.
MACHINE = ("/api/", "/oauth2/", "/.well-known/")
VISITED = frozenset({"/oauth2/authorize", "/oauth2/end_session"})
PLAIN = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})


def is_machine(path: str) -> bool:
    """Return whether the callers of this path read JSON rather than a page."""
    return (path.startswith(MACHINE) and path not in VISITED) or path in PLAIN


def answer(error: Exception, request: Request) -> Answer:
    """Turn what an endpoint raised into an answer: a refusal with its sentence, a fault with its id."""
    for kind, answer_to in _ANSWERS:
        if isinstance(error, kind):
            return answer_to(error, request)
    return _answer_crash(error, request)


def _oauth(error: OAuthError, request: Request) -> Answer:
    if not is_machine(request.path):
        return _on_page(error, request)
    extra = [(name.lower().encode(), value.encode("ascii")) for name, value in (error.headers or {}).items()]
    if error.status == HTTPStatus.UNAUTHORIZED or isinstance(error, InsufficientScope):
        extra += _challenge(error, request, extra)
    return json(error.to_dict(), error.status, [*HEADERS, *extra])


def _challenge(error: OAuthError, request: Request, extra: list[Header]) -> list[Header]:
    """Return the WWW-Authenticate header: RFC 6749 §5.2 for a client, RFC 6750 §3 for a token."""
    if any(name == b"www-authenticate" for name, _value in extra):
        return []
    challenge = 'Bearer realm="api"'
    if isinstance(error, InvalidClient):
        basic = (request.header(b"authorization") or "").lower().startswith("basic")
        challenge = 'Basic realm="api", charset="UTF-8"' if basic or request.method == "POST" else challenge
    elif isinstance(error, InvalidToken | InsufficientScope):
        challenge += f', error="{error.code}", error_description="{error.description}"'
    return [(b"www-authenticate", challenge.encode("ascii"))]


def _answer_untrusted(error: Untrusted, request: Request) -> Answer:
    return _on_page(error, request)


def _on_page(error: OAuthError | Untrusted, request: Request) -> Answer:
    """Return the page for a refusal, with a link to the details for the app's developer."""
    noted = error.noted
    log.anonymous(
        "page.refused",
        reason=error.reason.name,
        client=noted.client_id if noted else None,
        reference=noted.reference if noted else None,
        request_id=request.source.request_id,
    )
    return show_problem(
        error.status, _("This link does not work"), _(error.message), *_for_developer(error.code, noted)
    )


def _for_developer(code: str, noted: Noted | None) -> Iterator[Html]:
    if noted is None:
        words = html.sentence(_("For the site's developer: {code}"), code=html.code(code))
        yield html.p(words, class_name="quiet small")
        return
    words = html.sentence(
        _("For the site's developer: {code}. The details are on the app's page, under the reference {reference}."),
        code=html.code(code),
        reference=html.code(noted.reference),
    )
    yield html.p(words, class_name="quiet small")
    if noted.is_for_owner:
        address = f"/apps/{noted.client_id}/activity?{urlencode({'reference': noted.reference})}"
        yield html.a(_("Open the details on your app's page"), href=address, class_name="button whole")


def _answer_not_found(_error: NotFound, request: Request) -> Answer:
    return answer_unknown(request)


def _answer_not_permitted(error: NotPermitted, request: Request) -> Answer:
    return _answer_in_words(request, HTTPStatus.FORBIDDEN, "access_denied", N_("You may not do this"), error.message)


def _answer_step_up(error: StepUpNeeded, request: Request) -> Answer:
    """Lead a page to the sign-in page and back (T093); what was sent to another address is refused."""
    if request.method == "GET" and not is_machine(request.path):
        query = request.scope["query_string"].decode("latin-1")
        return redirect(forms.lead_to_step_up(f"{request.path}?{query}" if query else request.path))
    return _answer_in_words(request, HTTPStatus.FORBIDDEN, "access_denied", N_("Confirm that it is you"), error.message)


def _answer_refused(error: Refusal, request: Request) -> Answer:
    return _answer_in_words(request, HTTPStatus.BAD_REQUEST, "invalid_request", N_("This did not work"), error.message)


def _too_large(_error: TooLarge, request: Request) -> Answer:
    title, sentence = N_("Too much at once"), N_("What was sent is larger than this page takes.")
    return _answer_in_words(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request", title, sentence)


def _too_slow(_error: TooSlow, request: Request) -> Answer:
    """Answer 408: the rest of the body may still come, so the connection ends (RFC 9110 §15.5.9)."""
    log.anonymous("body.too_slow", request_id=request.source.request_id, path=request.path)
    title, sentence = N_("Please try again"), N_("What you sent did not arrive in time. Send it again.")
    return _answer_in_words(request, HTTPStatus.REQUEST_TIMEOUT, "invalid_request", title, sentence).with_headers(CLOSE)


def answer_misdirected(request: Request) -> Answer:
    """Answer 421: a server for this machine alone was asked under another name (RFC 9110 §15.5.20)."""
    log.anonymous("request.misdirected", request_id=request.source.request_id)
    title = N_("This server is for this machine only")
    sentence = N_("It answers under the name that OAUTH2SYSTEM_PUBLIC_URL gives it.")
    return _answer_in_words(request, HTTPStatus.MISDIRECTED_REQUEST, "invalid_request", title, sentence)


def too_many_at_once(request: Request) -> Answer:
    """Answer 429: this address waits for too many other answers."""
    log.anonymous("requests.too_many", request_id=request.source.request_id)
    title, sentence = N_("Please wait"), N_("Too many requests at once come from your address. Try again in a moment.")
    said = _answer_in_words(request, HTTPStatus.TOO_MANY_REQUESTS, "temporarily_unavailable", title, sentence)
    return said.with_headers((b"retry-after", BUSY_SECONDS), CLOSE)


def _answer_throttled(error: TooManyAttempts, request: Request) -> Answer:
    said = _answer_in_words(
        request, HTTPStatus.TOO_MANY_REQUESTS, "temporarily_unavailable", N_("Please wait"), error.message
    )
    return said.with_headers((b"retry-after", str(error.retry_after).encode()))


def answer_unknown(request: Request) -> Answer:
    """Answer 404: it does not exist, or belongs to somebody else."""
    return _answer_in_words(
        request, HTTPStatus.NOT_FOUND, "not_found", N_("Page not found"), N_("There is nothing at this address.")
    )


def wrong_method(request: Request, allowed: str) -> Answer:
    """Answer 405 with the allowed methods, or 204 to OPTIONS."""
    allow = (b"allow", allowed.encode())
    if request.method == "OPTIONS":
        return Answer(HTTPStatus.NO_CONTENT, b"", [allow, *HEADERS])
    title, sentence = (
        N_("This link does not work"),
        N_("Open the page from its link again; it cannot be called this way."),
    )
    return _answer_in_words(request, HTTPStatus.METHOD_NOT_ALLOWED, "invalid_request", title, sentence).with_headers(
        allow
    )


def _busy(error: Busy, request: Request) -> Answer:
    """Answer 503: the database did not answer in time, and nothing was changed (T153)."""
    log.anonymous(
        "busy", request_id=request.source.request_id, path=request.path, trouble=error.trouble, why=str(error)
    )
    title, sentence = N_("Please try again"), N_("We are busy right now. Nothing was changed; try again in a moment.")
    busy = _answer_in_words(request, HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", title, sentence)
    return busy.with_headers((b"retry-after", BUSY_SECONDS))


def _gone(_error: ConnectionError, _request: Request) -> Answer:
    return Answer(HTTPStatus.BAD_REQUEST)  # the caller has closed the connection


def _answer_crash(error: Exception, request: Request) -> Answer:
    """Answer 500 with an id; the log has the details under that id."""
    request_id = request.source.request_id
    log.crash("crashed", error, request_id=request_id, method=request.method, path=request.path)
    if is_machine(request.path):
        sentence = f"Something broke here. If you ask for help, mention request {request_id}."
        return json({"error": "server_error", "error_description": sentence}, 500, HEADERS)
    sentence = _("Something broke on our side. Look whether it was done, then try again in a moment.")
    return show_problem(HTTPStatus.INTERNAL_SERVER_ERROR, _("Something broke"), sentence, request_id=request_id)


def _answer_in_words(request: Request, status: int, code: str, title: Message, sentence: Message) -> Answer:
    """Answer a person in their language, a program in English: the description is ASCII (RFC 6749 §5.2)."""
    if is_machine(request.path):
        return json({"error": code, "error_description": public_text(sentence)}, status, HEADERS)
    return show_problem(status, _(title), _(sentence))


# The first kind that fits is used, so the general ones are last.
_ANSWERS: tuple[tuple[type[Exception], Callable[[Any, Request], Answer]], ...] = (
    (OAuthError, _oauth),
    (Untrusted, _answer_untrusted),
    (NotFound, _answer_not_found),
    (NotPermitted, _answer_not_permitted),
    (StepUpNeeded, _answer_step_up),
    (TooManyAttempts, _answer_throttled),
    (Refusal, _answer_refused),
    (TooLarge, _too_large),
    (TooSlow, _too_slow),
    (Busy, _busy),
    (ConnectionError, _gone),
)
