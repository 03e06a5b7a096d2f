"""Sends one request of a run and records it with its answer, as they went over the wire, without secrets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oauth2system.i18n import Message
from oauth2system.runtime.call import Call
from oauth2system.services.insight.playground import claims, wire
from oauth2system.services.insight.playground.redaction import HIDDEN, hide, shorten
from oauth2system.services.insight.playground.runs import Exchange, Run, Sender
from oauth2system.services.insight.playground.wire import WireAnswer, WireRequest

# Headers that say nothing about the protocol.
_NOT_SHOWN = frozenset(
    {"host", "content-length", "x-content-type-options", "x-frame-options", "strict-transport-security", "vary"}
)
_COOKIE = re.compile(r"^([^=;]+)=([^;]*)")


@dataclass(frozen=True, slots=True)
class Step:
    """A request that is about to be sent, and what its answers mean to the owner.

    `opens` names the object of a JSON answer, which is explained member by member.
    """

    title: Message
    sender: Sender
    sent: WireRequest
    worked: Message
    refused: Message
    opens: str = ""
    hides: Mapping[str, str] = field(default_factory=dict[str, str])


async def send(call: Call, run: Run, step: Step) -> WireAnswer:
    """Send a request of this run, record it, and return the answer."""
    inside = run.make_mark(step.sender)
    sent = _with_cookies(run, step) if step.sender is Sender.BROWSER else step.sent
    answered = await wire.send(call, inside, sent)
    _keep_cookies(run, answered)
    secrets = {**run.list_secrets(), **step.hides}
    refusal = inside.refusals[-1] if inside.refusals else None
    run.exchanges.append(
        Exchange(
            step.title,
            step.sender,
            hide(_write_request(sent), secrets),
            hide(_write_answer(answered), secrets),
            answered.status,
            step.refused if refusal or answered.status >= 400 else step.worked,  # noqa: PLR2004  (HTTP: an error)
            refusal.detail if refusal else None,
            refusal.repair if refusal and refusal.repair else None,
            _open(step.opens, answered.members, secrets),
        )
    )
    return answered


def _with_cookies(run: Run, step: Step) -> WireRequest:
    if not run.cookies:
        return step.sent
    cookies = "; ".join(f"{name}={value}" for name, value in run.cookies.items())
    sent = step.sent
    return WireRequest(sent.method, sent.path, sent.query, sent.form, {**sent.headers, "cookie": cookies})


def _keep_cookies(run: Run, answered: WireAnswer) -> None:
    """Keep what the answer gives to the browser of this run: it ties a request to the browser that began it."""
    for name, value in answered.headers:
        if name == "set-cookie" and (found := _COOKIE.match(value)) and found[2]:
            run.cookies[found[1]] = found[2]


def _write_request(sent: WireRequest) -> str:
    headers = (f"{name.title()}: {_hide_header(name, value)}" for name, value in sent.headers.items())
    lines = [f"{sent.method} {_break(sent.target, '?', '&')} HTTP/1.1", *headers]
    if sent.form is None:
        return "\n".join(lines)
    body = WireRequest("", "", sent.form).target[1:]
    return "\n".join([*lines, f"Content-Type: {wire.FORM}", "", _break(body, "&")])


def _write_answer(answered: WireAnswer) -> str:
    shown = [(name, value) for name, value in answered.headers if name not in _NOT_SHOWN]
    headers = (f"{name.title()}: {_hide_header(name, value)}" for name, value in shown)
    lines = [f"HTTP/1.1 {answered.status}", *headers]
    if not answered.body:
        return "\n".join(lines)
    members = answered.members
    body = json.dumps(members, indent=2, ensure_ascii=False) if members else "(an HTML page)"
    return "\n".join([*lines, "", body])


def _break(text: str, *marks: str) -> str:
    """Begin a new line before each of these marks: a long address is read by its parameters."""
    for mark in marks:
        text = text.replace(mark, f"\n  {mark}")
    return text


def _hide_header(name: str, value: str) -> str:
    match name.lower():
        case "authorization":
            scheme, _space, rest = value.partition(" ")
            return f"{scheme} {shorten(rest) if scheme in {'Bearer', 'DPoP'} else HIDDEN}"
        case "cookie":
            return "; ".join(f"{one.partition('=')[0]}={HIDDEN}" for one in value.split("; "))
        case "set-cookie":
            return _COOKIE.sub(rf"\1={HIDDEN}", value)
        case "location":
            return _break(value, "?", "&")
        case _:
            return value


def _open(name: str, members: dict[str, Any], secrets: Mapping[str, str]) -> tuple[claims.Decoded, ...]:
    """Return the answer, and each signed token in it, opened."""
    if not members:
        return ()
    tokens = (claims.open_token(one, members[one], secrets) for one in ("id_token", "access_token") if one in members)
    return (claims.explain(name or "answer", members, secrets), *(one for one in tokens if one))
