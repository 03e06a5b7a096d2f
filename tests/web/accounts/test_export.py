"""A person's data: all of it to take along, nothing of anybody else, and gone when they say so."""

from oauth2system.services.accounts import saved_forms
from oauth2system.services.admin import people
from oauth2system.services.apps import apps
from tests.support import leaving
from tests.support.in_process.browsers import PASSWORD, House, path, query
from tests.support.leaving import download, unpack


def test_the_download_has_everything_about_the_person(house: House) -> None:
    browser = house.signed_in()
    house.ask(apps.create, "Garden Club", caller=browser.caller)
    answer = download(browser)
    assert answer.headers["content-disposition"] == 'attachment; filename="oauth2system-account.zip"'
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/zip", "no-store")
    files = unpack(answer)
    assert set(files) == {
        *("README.txt", "profile.json", "sessions.json", "trusted_browsers.json", "passkeys.json"),
        *("connections.json", "reads.json", "events.json", "apps.json"),
    }
    assert files["profile.json"]["email"] == "ada@example.org"
    assert files["profile.json"]["second_factors"] == {"authenticator": False, "passkeys": 0}
    assert [one["name"] for one in files["apps.json"]] == ["Garden Club"]
    assert len(files["sessions.json"]) == 1
    assert (files["connections.json"], files["reads.json"]) == ([], [])
    assert [one["event"] for one in files["events.json"]][:2] == ["account.created", "session.started"]
    assert house.events("account.exported") == 1


def test_the_readme_names_every_file_in_the_language_of_the_person(house: House) -> None:
    browser = house.signed_in()
    files = unpack(download(browser))
    assert [name for name in files if name != "README.txt" and name not in files["README.txt"]] == []
    assert "Passwords and other secrets are in none of these files." in files["README.txt"]


def test_t118_the_download_holds_no_secret_and_nobody_else(house: House) -> None:
    grace = house.signed_in("grace")
    theirs = house.ask(apps.create, "Night Sky Atlas", caller=grace.caller)
    browser = house.signed_in()
    secret = house.ask(apps.create, "Garden Club", caller=browser.caller).client_secret
    assert secret is not None
    house.person("boss", admin=True)
    boss = house.browser("203.0.113.77")
    boss.sign_in("boss")
    house.ask(people.send_link, "ada", caller=boss.caller)
    files = unpack(download(browser))
    text = str(files)
    for what in (secret, secret[-4:], browser.session or "-", "digest", "handle", "grace", theirs.client_id):
        assert what not in text
    [sent] = [one for one in files["events.json"] if one["event"] == "account.link_sent"]
    assert (sent["by"], "network" in sent, "facts" in sent) == ("others", False, False)
    assert "203.0.113" not in text


def test_whoever_is_not_signed_in_is_asked_to_be(house: House) -> None:
    answer = download(house.browser())
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccount%2Fdata")


def test_deleting_takes_everything_and_signs_out(house: House) -> None:
    browser = house.signed_in()
    house.ask(apps.create, "Garden Club", caller=browser.caller)
    answer = browser.post("/account/delete", password=PASSWORD)
    assert (path(answer), query(answer)["notice"]) == ("/login", "deletion_asked")
    assert not house.is_alive(browser.caller)
    leaving.let_two_weeks_pass(house)
    assert house.look("SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM clients)") == [(0, 0)]
    assert query(browser.sign_in())["error"] == "credentials"


def test_t093_a_stolen_session_alone_deletes_nothing(house: House) -> None:
    browser = house.signed_in()
    answer = browser.post("/account/delete", password="a guess that is wrong")
    assert (path(answer), query(answer)["error"]) == ("/account/data", "form")
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert kept.problems == {"password": "This is not your current password."}
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]
    assert house.is_alive(browser.caller)


def test_a_stranger_deletes_nobody(house: House) -> None:
    house.person("ada")
    house.browser().post("/account/delete", password=PASSWORD)
    assert house.look("SELECT COUNT(*) FROM users") == [(1,)]
