"""Each reason is provoked over HTTP: its code is on the wire, and the app's owner reads it, or it says why not."""

import re
import shutil
from collections.abc import Generator
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from oauth2system.protocol.errors import public_text
from oauth2system.protocol.reasons.reason import Reason
from oauth2system.protocol.reasons.registry import REASONS
from oauth2system.runtime import app_log
from tests.support.in_process.door import runner_on
from tests.support.in_process.oauth_apps import Clock, House
from tests.support.servers.recording_server import sink
from tests.web.reasons import authorization, clients, grants, metadata, pages, requests, tokens
from tests.web.reasons.bench import Bench, Provoked

ROOMS = (requests, authorization, pages, clients, grants, tokens, metadata)
PROVOKED: dict[Reason, Provoked] = {reason: how for room in ROOMS for reason, how in room.PROVOKED.items()}
CANNOT: dict[Reason, str] = {reason: why for room in ROOMS for reason, why in room.CANNOT.items()}


@pytest.fixture(scope="module")
def bench(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Bench]:
    """Open one bench for all, on SQLite alone: what a reason is decided by is the same on any database."""
    folder, clock = tmp_path_factory.mktemp("bench"), Clock()
    url = f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'bench.db')}"
    given = {"FETCH_ALLOW": "127.0.0.1", "RATE_LIMIT_FACTOR": "1000", "DYNAMIC_REGISTRATION": "token"}
    with sink() as place, runner_on(url, folder, clock=clock, **given) as runner:
        yield Bench(House.open(runner), clock, place, folder)


def test_every_reason_is_provoked_or_says_why_it_cannot_be() -> None:
    assert PROVOKED.keys() | CANNOT.keys() == set(REASONS.values())
    assert PROVOKED.keys() & CANNOT.keys() == set()
    assert len(CANNOT) <= 15


@pytest.mark.parametrize("reason", PROVOKED, ids=[reason.name for reason in PROVOKED])
def test_a_reason_is_on_the_wire_and_in_the_owners_record(bench: Bench, reason: Reason) -> None:
    how = PROVOKED[reason]
    bench.forget()
    answer = how.how(bench)
    if how.is_answered:
        code, sentence = said(answer)
        assert code == reason.error, answer.text
        assert any(fits(sentence, template) for template in (reason.public, reason.sentence)), sentence
    noted = bench.noted()
    assert ((reason.name, reason.error) in noted) == (how.unnoted == ""), noted
    for row in bench.read_by_owners(reason.name):
        assert row["code"] == reason.error
        assert fits(row["detail"], reason.sentence)
        assert row["repair"]
        assert len(row["reference"]) == app_log.REFERENCE_LENGTH


def said(answer: httpx.Response) -> tuple[str, str]:
    """Return the code and the sentence of a refusal: of a redirect, of a page, or of JSON."""
    if answer.status_code == 303:
        back = dict(parse_qsl(re.split("[?#]", answer.headers["location"], maxsplit=1)[1]))
        return back["error"], back["error_description"]
    if answer.headers["content-type"].startswith("text/html"):
        return page(answer)
    told = answer.json()
    return told["error"], told["error_description"]


def page(answer: httpx.Response) -> tuple[str, str]:
    found = re.search(r"<code[^>]*>(\w+)</code>", answer.text)
    return found[1] if found else "", answer.text


def fits(sentence: str, template: str) -> bool:
    """Tell whether a sentence was made of this one, whatever stands in its places."""
    pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(public_text(template)))
    return re.search(pattern, sentence, re.DOTALL) is not None
