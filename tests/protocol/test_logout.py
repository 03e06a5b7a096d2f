"""Sign-out."""

import pytest

from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.errors import OAuthError, Untrusted
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.logout import SignOut, client_id_of, frame_urls, hint_of, judge, logout_claims
from oauth2system.protocol.params import Params, parse_query
from oauth2system.protocol.tokens.id_token import Hint
from tests.protocol import keys
from tests.protocol.given import C1, ISSUER, NOW, client_with

BYE = "https://app.example/bye?a=1"
CLIENT = client_with(C1, post_logout_redirect_uris=(BYE,))
HINT = Hint("1", (C1.id,), "sid-1")
T = int(NOW.timestamp())


def leave(
    hint: Hint | None = HINT,
    client: Client | None = CLIENT,
    subject: str | None = "1",
    sid: str | None = "sid-1",
    **params: str,
) -> SignOut:
    return judge(Params(params), client, hint, subject=subject, sid=sid)


def test_the_hint_of_this_very_session_signs_out_and_goes_on() -> None:
    assert leave(post_logout_redirect_uri=BYE, state="a b") == SignOut(
        ask=False, client_id="101", url=BYE + "&state=a%20b"
    )
    assert leave(post_logout_redirect_uri=BYE).url == BYE
    assert leave(Hint("1", (C1.id,), None)) == SignOut(ask=False, client_id="101")


@pytest.mark.parametrize(
    ("hint", "subject", "sid", "ask"),
    [
        (None, "1", "sid-1", True),
        (Hint("2", (C1.id,), None), "1", "sid-1", True),
        (HINT, "1", "sid-2", True),
        (HINT, None, None, False),
        (None, None, None, False),
    ],
)
def test_anything_less_asks_the_person_who_is_signed_in(
    hint: Hint | None, subject: str | None, sid: str | None, ask: bool
) -> None:
    assert leave(hint, CLIENT, subject, sid).ask is ask


def test_after_asking_the_browser_still_goes_where_the_client_registered() -> None:
    assert leave(None, post_logout_redirect_uri=BYE) == SignOut(ask=True, client_id="101", url=BYE)


@pytest.mark.parametrize("uri", [BYE + "x", "https://app.example/bye", "https://evil.example", BYE.upper()])
@pytest.mark.parametrize("client", [CLIENT, None, client_with(CLIENT, disabled=True)])
def test_an_address_that_is_not_registered_is_a_page(uri: str, client: Client | None) -> None:
    with pytest.raises(Untrusted):
        leave(HINT, client, post_logout_redirect_uri=uri)


def test_a_registered_address_of_nobody_known_is_a_page() -> None:
    for client in (None, client_with(CLIENT, disabled=True)):
        with pytest.raises(Untrusted):
            leave(HINT, client, post_logout_redirect_uri=BYE)


def test_a_state_that_is_too_long_is_refused_and_not_left_out() -> None:
    with pytest.raises(Untrusted):
        leave(post_logout_redirect_uri=BYE, state="x" * 3000)


@pytest.mark.parametrize(
    ("raw", "hint", "found"),
    [
        (b"", None, None),
        (b"client_id=5", None, "5"),
        (b"", HINT, "101"),
        (b"client_id=101", HINT, "101"),
        (b"", Hint("1", (), None), None),
        (b"client_id=102", Hint("1", ("101", "102"), None), "102"),
    ],
)
def test_which_client_asks(raw: bytes, hint: Hint | None, found: str | None) -> None:
    assert client_id_of(parse_query(raw), hint) == found


def test_another_client_than_the_hints_is_a_page() -> None:
    with pytest.raises(Untrusted):
        client_id_of(parse_query(b"client_id=999"), HINT)


def test_t022_repeated_parameters_are_refused() -> None:
    with pytest.raises(OAuthError):
        client_id_of(parse_query(b"state=1&state=2"), None)


def test_a_hint_is_ours_or_a_page() -> None:
    claims = {"iss": ISSUER, "sub": "1", "aud": C1.id, "sid": "sid-1"}
    assert hint_of(Params({"id_token_hint": jose.sign(keys.EC, claims)}), keys.PUBLIC, ISSUER) == HINT
    assert hint_of(Params({}), keys.PUBLIC, ISSUER) is None
    for forged in keys.forgeries(claims).values():
        if forged:
            with pytest.raises(Untrusted):
                hint_of(Params({"id_token_hint": forged}), keys.PUBLIC, ISSUER)


def test_a_logout_token_has_one_event_and_never_a_nonce() -> None:
    assert logout_claims(C1, issuer=ISSUER, subject="1", sid="s", jti="j", now=NOW) == {
        "iss": ISSUER,
        "sub": "1",
        "aud": "101",
        "iat": T,
        "exp": T + 120,
        "jti": "j",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "sid": "s",
    }


def test_frames_tell_the_session_where_it_is_wanted() -> None:
    plain = client_with(C1, frontchannel_logout_uri="https://app.example/fcl?a=1")
    full = client_with(plain, frontchannel_logout_session_required=True)
    assert frame_urls([C1, plain, full], ISSUER, "s") == [
        "https://app.example/fcl?a=1",
        "https://app.example/fcl?a=1&iss=https%3A%2F%2Fid.example&sid=s",
    ]
