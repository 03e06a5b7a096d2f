"""Our own forms lead to our own pages, whatever their `next` says (T016)."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.in_process.browsers import path, query
from tests.support.in_process.story import Member, Story


@pytest.fixture
def ada(sqlite_url: str, tmp_path: Path) -> Generator[Member]:
    house = Story(sqlite_url, tmp_path)
    yield house.member()
    house.close()


INNER = [
    "//evil.tld",
    "/\\evil.tld",
    "/%09/evil.tld",
    "/\t/evil.tld",
    "https:evil.tld",
    "https://evil.tld",
    "\\\\evil",
    "/..//evil.tld",
    "javascript:x",
    "/a?x=\r\ny",
]


@pytest.mark.parametrize("target", INNER)
def test_t016_no_form_leads_to_another_site(ada: Member, target: str) -> None:
    for answer in (
        ada.post("/session/end", next=target),
        ada.sign_in("nobody", next=target),
        ada.sign_in("ada", next=target),
        ada.post("/session/end", page=f"/login?next={quote(target, safe='')}"),
    ):
        location = answer.headers["location"]
        assert location.startswith("/"), location
        assert not location.startswith(("//", "/\\")), location
        assert "evil" not in location.partition("?")[0], location


def test_t016_a_flow_that_is_none_leads_nowhere_else(ada: Member) -> None:
    answer = ada.sign_in("ada", flow="//evil.tld")
    assert path(answer) == "/oauth2/authorize"
    assert query(answer) == {"flow": "//evil.tld"}
    assert ada.get(answer.headers["location"]).status_code == 400
