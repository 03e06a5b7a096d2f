"""The sign-in and sign-out forms, as a browser sees them."""

import asyncio
from pathlib import Path

import pytest
from passlib.context import CryptContext  # pyright: ignore[reportMissingTypeStubs]  (passlib has no types)

from oauth2system.services.accounts import saved_forms
from oauth2system.services.admin import people
from oauth2system.services.sessions import browser_sessions, password_hashing, sign_in
from oauth2system.web.app import Web
from tests.support.in_process.browsers import PASSWORD, House, path, query
from tests.support.in_process.door import Door


def test_somebody_signs_in_by_username_or_address_in_any_letter_case(house: House) -> None:
    house.person("ada", email="Ada@example.org")
    for typed in ("ada", "ADA", " ada ", "ada@example.org", "Ada@Example.Org", "\uff41da"):
        browser = house.browser()
        answer = browser.sign_in(typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert browser.signed_in_as == "ada"


def test_an_unconfirmed_account_can_sign_in(house: House) -> None:
    browser = house.browser()
    browser.register("ada")
    for typed in ("ada", "ada@example.org"):
        assert path(browser.sign_in(typed)) == "/account"
        assert browser.signed_in_as == "ada"


def test_a_wrong_password_comes_back_with_what_was_typed(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.sign_in("ada", "wrong password", next="/apps")
    assert path(answer) == "/login"
    assert query(answer)["error"] == "credentials"
    assert query(answer)["next"] == "/apps"
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert kept.values == {"login": "ada", "next": "/apps"}
    assert browser.session is None


@pytest.mark.parametrize("fields", [{}, {"login": "ada"}, {"password": PASSWORD}, {"login": "", "password": ""}])
def test_t104_a_form_without_its_fields_signs_nobody_in(house: House, fields: dict[str, str]) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.post("/session", **fields)
    assert (path(answer), query(answer)["error"]) == ("/login", "incomplete")
    assert browser.session is None


def test_a_sign_in_goes_on_to_where_it_was_asked_for(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    assert browser.sign_in(next="/apps?page=2").headers["location"] == "/apps?page=2"
    assert browser.sign_in(flow="of_x&y").headers["location"] == "/oauth2/authorize?flow=of_x%26y"


def test_without_script_the_page_s_own_address_says_where_to_go_on(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    answer = browser.post("/session", page="/login?flow=of_x", login="ada", password=PASSWORD)
    assert answer.headers["location"] == "/oauth2/authorize?flow=of_x"
    answer = browser.post("/session", page="/login?next=/apps", login="ada", password="wrong password")
    assert query(answer)["next"] == "/apps"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%2f/evil", "x", "/a\tb"],
)
def test_t016_a_sign_in_never_leaves_this_site(house: House, wanted: str) -> None:
    house.person("ada")
    assert house.browser().sign_in(next=wanted).headers["location"] == "/"


def test_t112_the_session_cookie_has_every_guard(database_url: str, tmp_path: Path) -> None:
    house = House(database_url, tmp_path, PUBLIC_URL="https://id.example.org", SMTP_URL="smtp://localhost")
    house.person("ada")
    cookies = house.browser().sign_in().headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["__Host-session", "__Host-device"]
    for cookie in cookies:
        name_and_value, *flags = cookie.split("; ")
        assert {flag.split("=")[0] for flag in flags} == {"Path", "Max-Age", "HttpOnly", "SameSite", "Secure"}
        assert {"Path=/", "SameSite=Lax"} <= set(flags)
        assert len(name_and_value) < 200
    house.close()


def test_signing_out_ends_the_session_and_clears_the_tab(house: House) -> None:
    house.person("ada")
    browser, other = house.browser(), house.browser()
    browser.sign_in()
    other.sign_in()
    stolen = browser.caller
    answer = browser.post("/session/end")
    assert (path(answer), query(answer)) == ("/login", {"notice": "signed_out"})
    assert answer.headers["clear-site-data"] == '"storage"'
    assert browser.session in {None, ""}
    assert not house.is_alive(stolen)
    assert other.signed_in_as == "ada"


def test_t116_signing_out_everywhere_ends_every_session(house: House) -> None:
    house.person("ada")
    house.person("bob")
    browsers = [house.browser() for _ in range(3)]
    for browser in browsers:
        browser.sign_in()
    bob = house.browser()
    bob.sign_in("bob")
    answer = browsers[0].post("/session/end", everywhere="1")
    assert query(answer) == {"notice": "signed_out_everywhere"}
    assert [browser.signed_in_as for browser in browsers] == [None, None, None]
    assert bob.signed_in_as == "bob"


def test_t116_ending_all_other_sessions_keeps_this_one_and_everybody_else_s(house: House) -> None:
    house.person("ada")
    house.person("bob")
    browsers = [house.browser() for _ in range(3)]
    for browser in browsers:
        browser.sign_in()
    bob = house.browser()
    bob.sign_in("bob")
    (left,) = house.ask(browser_sessions.end_others, caller=browsers[1].caller)
    assert left.is_this
    assert [browser.signed_in_as for browser in browsers] == [None, "ada", None]
    assert bob.signed_in_as == "bob"


def test_signing_out_twice_is_no_error(house: House) -> None:
    browser = house.browser()
    for _ in range(2):
        assert path(browser.post("/session/end")) == "/login"


def test_signing_out_to_change_the_account_goes_back_to_the_flow(house: House) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    assert browser.post("/session/end", flow="of_x").headers["location"] == "/oauth2/authorize?flow=of_x"
    assert browser.signed_in_as is None


def test_t105_signing_in_as_somebody_else_ends_the_first_session(house: House) -> None:
    house.person("ada")
    house.person("bob")
    browser = house.browser()
    browser.sign_in("ada")
    ada = browser.caller
    browser.sign_in("bob")
    assert browser.signed_in_as == "bob"
    assert not house.is_alive(ada)


def test_t116_sessions_are_listed_and_ended_one_by_one(house: House) -> None:
    house.person("ada")
    house.person("bob")
    here, there, bob = house.browser("192.0.2.1"), house.browser("192.0.2.2"), house.browser("192.0.2.3")
    for browser, name in ((here, "ada"), (there, "ada"), (bob, "bob")):
        browser.sign_in(name)
        house.later(seconds=1)
    listed = house.ask(browser_sessions.list_sessions, caller=here.caller)
    assert [(one.ip, one.is_this) for one in listed] == [("192.0.2.2", False), ("192.0.2.1", True)]
    house.ask(browser_sessions.end_session, listed[0].handle, caller=here.caller)
    assert there.signed_in_as is None
    assert here.signed_in_as == "ada"


def test_an_account_that_was_disabled_meanwhile_gets_no_session(house: House) -> None:
    house.person("ada")
    caller = house.browser().caller
    attempt = house.ask(sign_in.find, "ada", None, caller=caller)
    match = sign_in.compare(attempt, PASSWORD)
    house.ask(people.disable, "ada")
    with pytest.raises(Exception, match="Wrong username or password"):
        house.ask(sign_in.finish, attempt, match, caller=caller)
    assert house.look("SELECT COUNT(*) FROM sessions") == [(0,)]


def test_an_older_hash_is_replaced_at_sign_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    weaker = CryptContext(["argon2"], argon2__memory_cost=8192, argon2__time_cost=1, argon2__parallelism=1)
    with monkeypatch.context() as patch:
        patch.setattr(password_hashing, "_hasher", weaker)
        house.person("ada")
    before = house.look("SELECT password_hash FROM users")[0][0]
    house.browser().sign_in()
    after = house.look("SELECT password_hash FROM users")[0][0]
    assert before != after
    assert "m=19456,t=2,p=1" in after
    assert path(house.browser().sign_in()) == "/account"


def test_a_sign_in_that_cannot_be_hashed_now_is_asked_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.person("ada")
    monkeypatch.setattr("oauth2system.runtime.runner.SLOW_QUEUE", 0)
    answer = house.browser().sign_in()
    assert query(answer)["error"] == "throttled"
    assert int(answer.headers["retry-after"]) > 0


def test_answers_are_never_stored(house: House) -> None:
    house.person("ada")
    for answer in (house.browser().sign_in(), house.browser().sign_in("ada", "wrong password")):
        assert answer.headers["cache-control"] == "no-store"


def test_the_laptop_s_mailbox_shows_messages_newest_first_with_links(house: House) -> None:
    browser = house.browser("127.0.0.1")
    browser.register("ada")
    house.deliver()
    house.later(seconds=1)
    browser.post("/account/password_reset", email="ada@example.org")
    house.deliver()
    answer = asyncio.run(browser.send("GET", "/dev/mailbox"))
    assert answer.status_code == 200
    assert answer.text.index("Choose a new password") < answer.text.index("Confirm your email address")
    assert '<a href="http://localhost:8000/account/email_confirm?token=oe_' in answer.text
    assert "<script" not in answer.text


def test_t149_there_is_no_mailbox_where_others_reach_us(database_url: str, tmp_path: Path) -> None:
    house = House(database_url, tmp_path, PUBLIC_URL="https://id.example.org", SMTP_URL="smtp://localhost")
    assert asyncio.run(house.browser("127.0.0.1").send("GET", "/dev/mailbox")).status_code == 404
    house.close()


def test_t149_there_is_no_mailbox_where_the_network_reaches_a_laptop(database_url: str, tmp_path: Path) -> None:
    for host, status in (("0.0.0.0", 404), ("192.0.2.7", 404), ("::", 404), ("127.0.0.1", 200), ("::1", 200)):
        house = House(database_url, tmp_path, HOST=host)
        assert asyncio.run(house.browser("127.0.0.1").send("GET", "/dev/mailbox")).status_code == status
        house.close()


def test_t149_the_mailbox_answers_this_machine_alone_and_under_its_own_name(house: House) -> None:
    def status(peer: str, host: str) -> int:
        door = Door(Web(house.runner))
        return door.get("/dev/mailbox", headers={"host": host}, peer=peer).status_code

    assert status("127.0.0.1", "localhost:8000") == 200
    assert status("::1", "localhost:8000") == 200
    assert status("192.0.2.7", "localhost:8000") == 404
    for host in ("evil.example:8000", "evil.example", "localhost:8000.evil.example", "127.0.0.1:9000", ""):
        assert status("127.0.0.1", host) == 404


def test_t126_a_message_in_the_mailbox_is_text_whatever_it_holds(house: House) -> None:
    folder = house.settings.var / "mail"
    folder.mkdir(parents=True)
    raw = 'To: x@example.org\nSubject: <script>alert(1)</script>\n\n<img src=x> http://a.example/"onclick=x <b>\n'
    (folder / "20260101T000000-1.eml").write_text(raw)
    text = asyncio.run(house.browser("127.0.0.1").send("GET", "/dev/mailbox")).text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert '<a href="http://a.example/">http://a.example/</a>' in text
