"""Pushed authorization requests RFC 9126."""

import pytest

from oauth2system.protocol.authorization import pushed
from oauth2system.protocol.clients.authentication import AuthenticatedClient
from oauth2system.protocol.errors import InvalidDpopProof, InvalidRequest, InvalidRequestUri
from oauth2system.protocol.jose.dpop import DpopProof
from oauth2system.protocol.params import Params, parse_query
from oauth2system.protocol.tokens.format import Kind, digest, mint
from tests.protocol.given import C1, NOW, asks, judged

HANDLE = mint(Kind.PUSHED, 7, bytes(32))
CALLER = AuthenticatedClient(C1, "basic")
KEY = DpopProof("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", b"", NOW)


def test_a_reference_is_read_back() -> None:
    uri = pushed.reference(HANDLE)
    assert uri == "urn:ietf:params:oauth:request_uri:" + HANDLE
    assert pushed.is_reference(uri)
    assert pushed.read_reference(uri) == (7, digest(Kind.PUSHED, HANDLE))


@pytest.mark.parametrize("uri", ["https://evil.example/request", "", None, "urn:other:" + HANDLE])
def test_a_url_is_no_reference(uri: str | None) -> None:
    assert not pushed.is_reference(uri)


@pytest.mark.parametrize("end", ["", "guess", mint(Kind.CODE, 7, bytes(32)), HANDLE + "x"])
def test_t067_a_guessed_reference_is_unknown(end: str) -> None:
    with pytest.raises(InvalidRequestUri):
        pushed.read_reference(pushed.PREFIX + end)


def test_credentials_are_no_part_of_what_is_pushed() -> None:
    params = asks(C1, client_id=None, client_secret="x", client_assertion="y", client_assertion_type="z")
    assert pushed.check_pushed(params, CALLER) == Params(dict(asks().values))


def test_resources_survive_the_push() -> None:
    params = parse_query(b"client_id=101&resource=https://a&resource=https://b&state=1&state=2")
    kept = pushed.check_pushed(params, CALLER)
    assert kept.every("resource") == ("https://a", "https://b")
    assert "state" in kept.repeated


@pytest.mark.parametrize("change", [{"request_uri": "x"}, {"client_id": "999"}])
def test_t067_a_reference_inside_or_another_client_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        pushed.check_pushed(asks(C1, **change), CALLER)


def test_a_proof_at_the_push_binds_the_code() -> None:
    assert pushed.bind(judged(), None) == judged()
    assert pushed.bind(judged(), KEY).dpop_jkt == KEY.jkt
    assert pushed.bind(judged(dpop_jkt=KEY.jkt), KEY).dpop_jkt == KEY.jkt
    with pytest.raises(InvalidDpopProof):
        pushed.bind(judged(dpop_jkt="A" * 43), KEY)
