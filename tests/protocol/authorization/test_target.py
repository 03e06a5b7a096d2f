"""Where an authorization answer may go."""

import pytest

from oauth2system.protocol.authorization.response import FormPost, Redirect
from oauth2system.protocol.authorization.target import standard_parts
from oauth2system.protocol.authorization.validate import Target, client_id_of, is_simple, looks_simple, trust, validate
from oauth2system.protocol.errors import AccessDenied, InvalidScope, OAuthError, Untrusted
from oauth2system.protocol.params import Params, parse_query
from oauth2system.protocol.reasons.authorization import AuthorizationReason
from oauth2system.protocol.reasons.pages import PageReason
from tests.protocol.clients.test_client import TRICKS
from tests.protocol.given import C1, CB, F1, ISSUER, N1, OFFER, P1, S1, asks, client_with, query_of, simple_asks

DENIED = AccessDenied(AuthorizationReason.CONSENT_DENIED)
UNKNOWN = InvalidScope(AuthorizationReason.SCOPE_UNKNOWN)


def page_of(params: Params, client: object, method: str = "GET") -> Untrusted:
    with pytest.raises(Untrusted) as caught:
        trust(params, client, OFFER, method=method)  # type: ignore[arg-type]  (values of any type)
    return caught.value


@pytest.mark.parametrize("mode", [None, "query", "fragment", "form_post"])
@pytest.mark.parametrize("uri", [trick for trick in TRICKS if trick])
def test_t001_to_t013_a_foreign_redirect_uri_is_a_page_in_every_mode(uri: str, mode: str | None) -> None:
    page = page_of(asks(redirect_uri=uri, response_mode=mode), C1)
    assert page.code == "invalid_request"
    assert (page.sent, page.registered) == (uri, CB)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (CB + "/", PageReason.REDIRECT_URI_UNREGISTERED),
        ("http://localhost:5000/cb", PageReason.REDIRECT_URI_UNREGISTERED),
        ("com.example.app:/cb", PageReason.REDIRECT_URI_UNREGISTERED),
        ("https://[::1/cb", PageReason.REDIRECT_URI_UNREGISTERED),
        ("https://evil.tld/cb", PageReason.REDIRECT_URI_FOREIGN),
        (CB.replace("://", "://evil.tld/"), PageReason.REDIRECT_URI_FOREIGN),
        (CB.replace("/cb", "@evil.tld/cb"), PageReason.REDIRECT_URI_FOREIGN),
    ],
)
def test_t001_an_address_at_a_foreign_host_is_not_just_registered(uri: str, reason: PageReason) -> None:
    """It may be an attack: the advice to register what was sent would help the attacker."""
    assert page_of(asks(redirect_uri=uri), C1).reason is reason
    assert ("yours?" in reason.repair) == (reason is PageReason.REDIRECT_URI_FOREIGN)


@pytest.mark.parametrize(
    "change", [{"scope": "unknown"}, {"response_type": "bad"}, {"claims": "{"}, {"prompt": "none login"}]
)
def test_t012_the_redirect_check_comes_before_every_redirecting_error(change: dict[str, str]) -> None:
    page_of(asks(redirect_uri="https://evil.tld/", **change), C1)


def test_t017_two_registered_and_none_sent_is_a_page() -> None:
    page_of(asks(redirect_uri=None, scope="email"), client_with(C1, redirect_uris=(CB, CB + "2")))


def test_openid_needs_a_redirect_uri_even_when_one_is_registered() -> None:
    page_of(asks(redirect_uri=None), C1)


def test_a_fapi_client_names_its_only_redirect_uri_without_openid_too() -> None:
    page_of(asks(redirect_uri=None, scope="email"), client_with(C1, profile="fapi2"))


def test_plain_oauth_may_leave_out_the_only_redirect_uri() -> None:
    target = trust(asks(redirect_uri=None, scope="email"), C1, OFFER)
    assert (target.redirect_uri, target.uri_was_sent) == (CB, False)


@pytest.mark.parametrize("raw", [b"scope=identify", b"client_id=", b"client_id=101&client_id=101"])
def test_t018_a_missing_or_repeated_client_id_is_a_page(raw: bytes) -> None:
    with pytest.raises(Untrusted):
        client_id_of(parse_query(raw))
    page_of(parse_query(raw), C1)


def test_t018_unknown_and_disabled_clients_look_the_same() -> None:
    unknown, disabled = page_of(asks(), None), page_of(asks(), client_with(C1, disabled=True))
    assert (unknown.code, unknown.description, unknown.status) == (disabled.code, disabled.description, disabled.status)
    assert unknown.detail != disabled.detail


def test_t022_a_repeated_redirect_uri_is_a_page() -> None:
    page_of(
        parse_query(
            b"client_id=101&response_type=code&redirect_uri=https://app.example/cb&redirect_uri=https://app.example/cb"
        ),
        C1,
    )


def test_t019_success_denial_and_invalid_scope_carry_the_issuer() -> None:
    target = trust(asks(), C1, OFFER)
    for answer in (target.answer("abc"), target.refuse(DENIED), target.refuse(UNKNOWN)):
        assert dict(query_of(answer))["iss"] == ISSUER


def test_a_success_has_the_code_the_state_and_the_issuer() -> None:
    assert query_of(trust(asks(), C1, OFFER).answer("abc")) == [("code", "abc"), ("state", "xyz"), ("iss", ISSUER)]


def test_an_error_has_no_code() -> None:
    assert query_of(trust(asks(), C1, OFFER).refuse(DENIED)) == [
        ("error", "access_denied"),
        ("error_description", "The person did not agree."),
        ("state", "xyz"),
        ("iss", ISSUER),
    ]


@pytest.mark.parametrize(
    "state", [" ", "a b&c=d%25", "ünï\u2028", "\r\nLocation: x", '"><script>alert(1)</script>', "x" * 2048]
)
def test_t021_the_state_comes_back_byte_for_byte(state: str) -> None:
    answer = trust(asks(state=state), C1, OFFER).answer("abc")
    assert dict(query_of(answer))["state"] == state
    assert isinstance(answer, Redirect)
    assert answer.url.isascii()
    assert "\n" not in answer.url


@pytest.mark.parametrize("raw", [b"", b"&state="])
def test_t021_an_absent_state_is_not_invented(raw: bytes) -> None:
    params = parse_query(b"client_id=101&response_type=code&redirect_uri=https://app.example/cb&scope=email" + raw)
    assert "state" not in dict(query_of(trust(params, C1, OFFER).answer("abc")))


@pytest.mark.parametrize("state", ["state=" + "x" * 2049, "state=a&state=b", "state=a&state=a"])
@pytest.mark.parametrize("rest", ["&response_type=code&redirect_uri=https://app.example/cb", ""])
def test_a_state_that_no_answer_could_repeat_brings_no_target(state: str, rest: str) -> None:
    with pytest.raises(Untrusted):
        trust(parse_query(f"client_id=101&scope=email&{state}{rest}".encode()), C1, OFFER)


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({}, "query"),
        ({"response_mode": "fragment"}, "fragment"),
        ({"response_mode": "form_post"}, "form_post"),
        ({"response_mode": "jwt"}, "query"),
        ({"response_type": None}, "query"),
        ({"response_type": "code id_token"}, "fragment"),
        ({"response_type": "token", "response_mode": "web_message"}, "fragment"),
        ({"response_type": "code id_token", "response_mode": "query"}, "fragment"),
    ],
)
def test_an_error_travels_as_a_success_would(change: dict[str, str | None], mode: str) -> None:
    assert trust(asks(**change), C1, OFFER).mode == mode


def test_a_form_is_never_posted_to_a_private_scheme() -> None:
    client = client_with(N1, redirect_uris=("com.example.app:/cb",))
    assert (
        trust(asks(client, redirect_uri="com.example.app:/cb", response_mode="form_post"), client, OFFER).mode
        == "query"
    )


def test_t015_form_post_carries_the_state_unchanged() -> None:
    state = '"><script>alert(1)</script>'
    answer = trust(asks(state=state, response_mode="form_post"), C1, OFFER).answer("abc")
    assert answer == FormPost(CB, (("code", "abc"), ("state", state), ("iss", ISSUER)))


def test_a_target_is_read_back_as_it_was_kept() -> None:
    target = trust(asks(), C1, OFFER)
    assert Target.from_json(target.to_json()) == target


def test_t071_the_simple_answer_is_exactly_the_founding_texts() -> None:
    target = trust(simple_asks(), S1, OFFER)
    assert target.answer("abc") == Redirect(CB + "?code=abc&oauth_token=abc")
    assert trust(simple_asks(state="s"), S1, OFFER).answer("abc") == Redirect(CB + "?code=abc&oauth_token=abc&state=s")


def test_the_simple_answer_keeps_a_registered_query() -> None:
    client = client_with(S1, simple_redirect_uri=CB + "?a=1")
    assert trust(simple_asks(), client, OFFER).answer("abc") == Redirect(CB + "?a=1&code=abc&oauth_token=abc")


def test_a_simple_refusal_says_so() -> None:
    answer = trust(simple_asks(state="s"), S1, OFFER).refuse(DENIED)
    assert query_of(answer) == [
        ("error", "access_denied"),
        ("error_description", "The person did not agree."),
        ("state", "s"),
    ]


def test_the_issuer_joins_the_simple_answer_where_the_app_wants_it() -> None:
    answer = trust(simple_asks(), client_with(S1, simple_iss=True), OFFER).answer("abc")
    assert query_of(answer) == [("code", "abc"), ("oauth_token", "abc"), ("iss", ISSUER)]


@pytest.mark.parametrize(
    "scope", ["identify email", "identify+email", "identify%2Bemail", "identify%20email", "email", "identify"]
)
def test_every_spelling_of_the_two_scopes_is_simple(scope: str) -> None:
    assert is_simple("GET", simple_asks(scope=scope), S1)
    assert validate(simple_asks(scope=scope), S1, trust(simple_asks(scope=scope), S1, OFFER), OFFER).scopes <= {
        "identify",
        "email",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "code"},
        {"redirect_uri": CB},
        {"request": "x"},
        {"request_uri": "x"},
        {"code_challenge": "x"},
        {"nonce": "x"},
        {"response_mode": "query"},
        {"prompt": "none"},
        {"claims": "{}"},
        {"max_age": "1"},
        {"dpop_jkt": "x"},
        {"resource": "https://x"},
        {"scope": None},
        {"scope": "openid"},
        {"scope": "openid email"},
        {"scope": "identify admin"},
        {"scope": "+"},
    ],
)
def test_t082_anything_more_takes_the_standard_path(change: dict[str, str | None]) -> None:
    assert not looks_simple("GET", simple_asks(**change))
    assert not is_simple("GET", simple_asks(**change), S1)


@pytest.mark.parametrize("method", ["POST", "HEAD", "get"])
def test_t082_only_get_is_simple(method: str) -> None:
    assert not is_simple(method, simple_asks(), S1)


def test_t022_a_repeated_standard_parameter_is_not_simple() -> None:
    assert not looks_simple("GET", parse_query(b"client_id=105&scope=identify&nonce=a&nonce=b"))
    assert not looks_simple("GET", parse_query(b"client_id=105&scope=identify&scope=email"))


@pytest.mark.parametrize(
    "client",
    [
        client_with(S1, simple_flow=False),
        client_with(S1, is_public=True),
        client_with(S1, profile="fapi2"),
        client_with(S1, simple_redirect_uri=None, redirect_uris=(CB, CB + "2")),
        P1,
        F1,
    ],
)
def test_t083_a_client_that_may_not_use_the_simple_flow_gets_a_page_and_the_owner_a_repair(client: object) -> None:
    page = page_of(simple_asks(), client)
    assert page.detail
    assert page.repair


def test_a_simple_link_by_post_without_response_type_is_an_error_the_client_hears() -> None:
    params = simple_asks()
    target = trust(params, S1, OFFER, method="POST")
    with pytest.raises(OAuthError) as caught:
        validate(params, S1, target, OFFER)
    assert caught.value.code == "invalid_request"


def test_a_link_that_mixes_simple_and_standard_parts_names_them_where_no_address_is_known() -> None:
    client = client_with(S1, redirect_uris=(CB, CB + "2"))
    page = page_of(simple_asks(nonce="n", code_challenge="c"), client)
    assert page.reason is PageReason.SIMPLE_LINK_NOT_SIMPLE
    assert page.params["names"] == "code_challenge and nonce"
    assert standard_parts(asks(), client) is None
    assert standard_parts(simple_asks(scope="identify groups"), client) == "scope=groups"
    assert standard_parts(simple_asks(scope=None), client) == ""
