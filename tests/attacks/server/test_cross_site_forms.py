"""T107, T110: what another site's page sends in a visitor's browser changes nothing."""

import asyncio
from typing import Any

import pytest

from tests.support.in_process.browsers import PASSWORD, Browser, House

FORMS: dict[str, dict[str, str]] = {
    "/session": {"login": "eve", "password": PASSWORD},
    "/session/end": {"everywhere": "1"},
    "/registration": {"username": "new", "email": "new@example.org", "password": PASSWORD},
    "/setup": {"username": "new", "email": "new@example.org", "password": PASSWORD},
    "/account/email_confirm": {},
    "/account/email_confirm/resend": {"email": "ada@example.org"},
    "/account/password_reset": {"email": "ada@example.org"},
    "/account/password_reset/new": {"password": PASSWORD},
    "/account/password": {"current_password": PASSWORD, "password": "a quite different pass phrase"},
    "/account/email": {"email": "new@example.org", "password": PASSWORD},
    "/account/terms": {"terms": "1"},
    "/account/terms/decline": {"password": PASSWORD},
}
ORIGIN = "http://localhost:8000"

HOSTILE: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.tld", "sec-fetch-site": "cross-site"},
    "another site, without Fetch Metadata": {"origin": "https://evil.tld"},
    "an opaque origin": {"origin": "null"},
    "a sub-domain": {"origin": "http://evil.localhost:8000", "sec-fetch-site": "same-site"},
    "another port": {"origin": "http://localhost:8001", "sec-fetch-site": "same-site"},
    "another scheme": {"origin": "https://localhost:8000"},
    "our name as a prefix": {"origin": "http://localhost:8000.evil.tld"},
    "cross-site by Fetch Metadata alone": {"sec-fetch-site": "cross-site"},
    "same-site by Fetch Metadata alone": {"sec-fetch-site": "same-site"},
    "typed into the address bar": {"sec-fetch-site": "none"},
    "our origin, but cross-site": {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    "a foreign Referer": {"referer": "https://evil.tld/http://localhost:8000/"},
    "nothing at all, but a cookie": {},
}


def everything(house: House) -> list[Any]:
    tables = ("users", "sessions", "ephemeral", "outbox", "audit", "throttles")
    return [house.look(f"SELECT COUNT(*) FROM {table}") for table in tables] + house.look(
        "SELECT email, password_hash, email_confirmed_at FROM users ORDER BY id"
    )


def signed_in(house: House) -> Browser:
    house.person("ada")
    house.person("eve")
    browser = house.browser()
    browser.sign_in("ada")
    return browser


@pytest.mark.parametrize("form", FORMS)
def test_t110_a_form_from_elsewhere_is_refused_and_changes_nothing(house: House, form: str) -> None:
    browser = signed_in(house)
    session, before = browser.session, everything(house)
    for headers in HOSTILE.values():
        answer = asyncio.run(browser.send("POST", form, data=FORMS[form], headers=headers))
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert (browser.session, everything(house)) == (session, before)
    assert browser.signed_in_as == "ada"


def test_t110_two_origins_are_none(house: House) -> None:
    browser = signed_in(house)
    headers: Any = [("origin", ORIGIN), ("origin", "https://evil.tld")]
    answer = asyncio.run(browser.send("POST", "/session/end", headers=headers))
    assert answer.status_code == 403
    assert browser.signed_in_as == "ada"


@pytest.mark.parametrize("form", FORMS)
def test_t110_a_form_is_a_form_and_a_post(house: House, form: str) -> None:
    browser = signed_in(house)
    before = everything(house)
    ours = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
    sent: list[tuple[str, dict[str, Any]]] = [
        ("GET", {"params": FORMS[form]}),
        ("GET", {"params": FORMS[form], "headers": {"x-http-method-override": "POST"}}),
        ("PUT", {"data": FORMS[form], "headers": ours}),
        ("DELETE", {"headers": ours}),
    ]
    for method, more in sent:
        answer = asyncio.run(browser.send(method, form, **more))
        assert answer.status_code in {404, 405}
    if form not in {"/session/end", "/account/email_confirm/resend"}:  # these need no field
        for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
            content = "&".join(f"{name}={value}" for name, value in FORMS[form].items()) or "a=b"
            answer = asyncio.run(browser.send("POST", form, content=content, headers={**ours, "content-type": kind}))
            assert answer.status_code == 400
        assert everything(house) == before
    assert browser.signed_in_as == "ada"


def test_t107_a_visitor_is_not_signed_in_to_the_attacker_s_account(house: House) -> None:
    """Auto-submitted from evil.tld: an anonymous visitor has no cookie that could give the attack away."""
    house.person("eve")
    browser = house.browser()
    for headers in ({"origin": "https://evil.tld", "sec-fetch-site": "cross-site"}, {"origin": "null"}):
        answer = asyncio.run(browser.send("POST", "/session", data=FORMS["/session"], headers=headers))
        assert answer.status_code == 403
        assert browser.session is None
    assert house.look("SELECT COUNT(*) FROM sessions") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        b"login=ada&login=eve&password=x",
        b"login=ada&password=a%00b",
        b"login=%ff&password=x",
        b"login=%zz&password=x",
        b"&".join(b"a%d=1" % number for number in range(200)),
    ],
)
def test_t150_a_form_that_cannot_be_read_is_a_plain_refusal(house: House, body: bytes) -> None:
    browser = house.browser()
    headers = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    answer = asyncio.run(browser.send("POST", "/session", content=body, headers=headers))
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_t150_a_form_larger_than_any_of_ours_is_not_read(house: House) -> None:
    browser = house.browser()
    headers = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    answer = asyncio.run(browser.send("POST", "/registration", content=b"a=" + b"x" * 200_000, headers=headers))
    assert answer.status_code == 413
