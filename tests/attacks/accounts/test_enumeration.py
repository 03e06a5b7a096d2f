"""T086-T088: nobody learns from our answers whether an address or a name belongs to somebody."""

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from oauth2system.services.accounts import profile, saved_forms
from oauth2system.services.admin import people
from oauth2system.services.sessions import password_hashing
from oauth2system.storage.database.transactions import Db
from tests.support.in_process.browsers import PASSWORD, Browser, House, path, query

WRONG = "not the right password"


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """Collect every prepared statement: the same ones in the same order take the same time."""
    seen: list[str] = []
    run = Db._run  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    def noted(self: Db, sql: str, *more: Any, **named: Any) -> Any:
        seen.append(sql)
        return run(self, sql, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Db, "_run", noted)
        yield seen


def shown(answer: httpx.Response) -> tuple[int, str, dict[str, str], set[str]]:
    """Return all that a visitor can tell of an answer."""
    seen = {name: value for name, value in query(answer).items() if name != "form"}
    cookies = {cookie.partition("=")[0].rpartition("_")[2] for cookie in answer.headers.get_list("set-cookie")}
    return answer.status_code, path(answer), seen, cookies


@pytest.mark.parametrize(
    "email", ["ada@example.org", "ADA@Example.ORG", " ada@example.org ", "a.da@example.org", "ada+x@example.org"]
)
def test_t086_registering_a_taken_address_looks_like_registering_a_free_one(house: House, email: str) -> None:
    house.person("ada")
    free = house.browser().register("carol", "carol@example.org")
    assert shown(house.browser().register("bob", email)) == shown(free)


def test_t086_only_the_owner_s_mailbox_tells_of_it(house: House) -> None:
    house.person("ada")
    house.browser().register("bob", "Ada@example.org")
    mail = house.mail()[0]
    assert (mail.to, mail.subject) == ("Ada@example.org", "You already have an account")
    assert "ada" in mail.text
    assert "email_confirm" not in mail.text


def test_t086_the_same_statements_run_whether_or_not_the_address_is_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.person("ada")
    with statements(monkeypatch) as free:
        house.browser("192.0.2.2").register("bob", "bob@example.org")
    with statements(monkeypatch) as taken:
        house.browser("192.0.2.3").register("carol", "ada@example.org")
    assert free
    assert free == taken


def test_t086_an_account_on_a_taken_address_behaves_like_any_unconfirmed_one(house: House) -> None:
    """Otherwise signing in to what was just registered would tell what the form did not."""
    house.person("ada")
    for name, email in (("bob", "ada@example.org"), ("carol", "carol@example.org")):
        browser = house.browser()
        browser.register(name, email, password="another pass phrase")
        for login in (name, email):
            assert path(browser.sign_in(login, "another pass phrase")) == "/account"
            me = house.ask(profile.get_profile, caller=browser.caller)
            assert (me.username, me.email, me.email_confirmed) == (name, email, False)
        assert shown(browser.post("/account/email_confirm/resend")) == (
            303, "/account/email_confirm", {"sent": "1", "notice": "resent"}, {"registration"},
        )  # fmt: skip
        taken = house.ask(profile.username_problem, name, caller=house.browser().caller)
        assert taken == "This username is taken. Choose another."


def test_t086_the_owner_is_not_disturbed_by_such_an_account(house: House) -> None:
    house.person("ada")
    house.browser().register("bob", "ada@example.org", password="another pass phrase")
    owner = house.browser("192.0.2.2")
    assert path(owner.sign_in("ada@example.org")) == "/account"
    assert owner.signed_in_as == "ada"


@pytest.mark.parametrize("name", ["ada", "ADA", "Ada ", "\uff41\uff44\uff41"])
def test_t086_a_taken_name_is_refused_without_a_word_about_its_owner(house: House, name: str) -> None:
    house.person("ada", email="secret@example.org")
    answer = house.browser().register(name, "eve@example.org")
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert kept.problems == {"username": "This username is taken. Choose another."}
    assert "secret" not in answer.text + str(answer.headers)


def every_refusal(house: House) -> dict[str, Callable[[Browser], httpx.Response]]:
    """Return one refused sign-in of each kind; T087 wants to see no difference between them."""
    house.person("ada")
    house.person("dora")
    house.ask(people.disable, "dora")
    house.person("locked")
    for number in range(12):
        house.browser(f"198.51.100.{number}").sign_in("locked", WRONG)
    house.browser().register("una")
    return {
        "unknown": lambda b: b.sign_in("nobody.here", WRONG),
        "wrong": lambda b: b.sign_in("ada", WRONG),
        "disabled": lambda b: b.sign_in("dora", WRONG),
        "disabled, right password": lambda b: b.sign_in("dora", PASSWORD),
        "unconfirmed": lambda b: b.sign_in("una", WRONG),
        "locked": lambda b: b.sign_in("locked", WRONG),
        "locked, right password": lambda b: b.sign_in("locked", PASSWORD),
        "empty of sense": lambda b: b.sign_in("\u202e" * 50, WRONG),
        "too long": lambda b: b.sign_in("x" * 5000, "y" * 5000),
    }


def test_t087_every_refused_sign_in_looks_the_same(house: House) -> None:
    seen = {
        name: shown(refused(house.browser(f"203.0.113.{number}")))
        for number, (name, refused) in enumerate(every_refusal(house).items())
    }
    assert {repr(one) for one in seen.values()} == {repr((303, "/login", {"error": "credentials"}, set[str]()))}


def test_t087_every_refused_sign_in_does_the_same_work(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = every_refusal(house)
    worked: list[str] = []
    verify: Any = password_hashing._hasher.verify  # pyright: ignore[reportPrivateUsage]  (a test may look inside)

    class Counting:
        def verify(self, text: str, kept: str) -> bool:
            worked.append(kept[:30])
            return bool(verify(text, kept))

        def identify(self, kept: str) -> bool:
            return kept.startswith("$argon2id$")

        def needs_update(self, _kept: str) -> bool:
            return False

    monkeypatch.setattr(password_hashing, "_hasher", Counting())
    for number, refused in enumerate(refusals.values()):
        worked.clear()
        refused(house.browser(f"203.0.113.{number}"))
        assert worked == ["$argon2id$v=19$m=19456,t=2,p=1"]
    for email in ("ada@example.org", "dora@example.org", "una@example.org", "nobody@example.org"):
        worked.clear()
        house.browser("203.0.113.99").sign_in(email, WRONG)
        assert len(worked) == 2


def test_t087_the_times_of_unknown_and_wrong_cannot_be_told_apart(sqlite_url: str, tmp_path: Any) -> None:
    house = House(sqlite_url, tmp_path, RATE_LIMIT_FACTOR="1000")
    house.person("ada")
    browser = house.browser()
    took: dict[str, list[float]] = {"ada": [], "nobody": []}
    for _ in range(40):
        for login, times in took.items():
            begun = time.process_time()
            browser.sign_in(login, WRONG)
            times.append(time.process_time() - begun)
    house.close()
    # By processor time, of all threads: what else runs on the machine takes no part in it.
    known, unknown = (statistics.quantiles(times, n=4)[0] for times in took.values())
    assert 0.8 < known / unknown < 1.25


@pytest.mark.parametrize("form", ["/account/password_reset", "/account/email_confirm/resend"])
def test_t088_asking_for_a_link_looks_and_works_the_same_for_everybody(
    house: House, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    house.person("ada")
    house.person("dora")
    house.ask(people.disable, "dora")
    house.browser().register("una")
    house.mail()
    answers: list[tuple[Any, ...]] = []
    ran: list[list[str]] = []
    for number, name in enumerate(("nobody", "ada", "dora", "una")):
        with statements(monkeypatch) as seen:
            answers.append(shown(house.browser(f"203.0.113.{number}").post(form, email=f"{name}@example.org")))
        ran.append(seen)
    assert all(answer == answers[0] for answer in answers)
    assert all(seen == ran[0] for seen in ran)


def test_t088_only_who_is_known_and_welcome_gets_a_reset(house: House) -> None:
    house.person("ada")
    house.person("dora")
    house.ask(people.disable, "dora")
    for name in ("nobody", "ada", "dora"):
        house.browser().post("/account/password_reset", email=f"{name}@example.org")
    assert [mail.to for mail in house.mail()] == ["ada@example.org"]


def test_t088_a_mailbox_is_not_filled_by_strangers(house: House) -> None:
    house.person("ada")
    for number in range(30):
        answer = house.browser(f"203.0.113.{number}").post("/account/password_reset", email="ada@example.org")
        assert query(answer) == {"sent": "1"}
    assert len(house.mail("ada@example.org")) == 6


def test_t088_one_address_cannot_order_mails_without_end(house: House) -> None:
    browser = house.browser()
    answers = [browser.post("/account/password_reset", email=f"n{number}@example.org") for number in range(45)]
    assert [query(answer).get("error") for answer in answers[-5:]] == ["throttled"] * 5
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[-5:])
