"""From the page that a visitor sees to the entry that the app's owner reads: one short reference names both."""

import json
import re

import httpx
import pytest

from oauth2system import log
from oauth2system.runtime import app_log
from tests.support.in_process.door import Person, person
from tests.support.in_process.oauth_apps import CB, OPERATOR, App, House

OTHER = "https://elsewhere.example/cb"
NOBODY = Person("", "", "", "")


def reference_on(page: httpx.Response) -> str:
    """Return the reference that a page shows, empty without one."""
    found = re.search(r"under the reference <code>([A-Z2-7]{8})</code>", page.text)
    return found[1] if found else ""


def references_of(house: House, app: App) -> list[str]:
    """Return the references on the app's page."""
    house.runner.now(OPERATOR, app_log.write)
    return [one.reference for one in house.runner.now(OPERATOR, app_log.list_views, app.id)]


def test_first_use_21_the_owner_finds_what_a_visitor_quotes(house: House) -> None:
    app = house.app()
    first = reference_on(house.authorize(app, NOBODY, redirect_uri=OTHER))
    assert references_of(house, app) == [first]
    assert reference_on(house.authorize(app, NOBODY, redirect_uri=OTHER)) == first, "equal refusals are one entry"
    other = reference_on(house.authorize(app, NOBODY, redirect_uri=f"{CB}x"))
    assert {first, other} == set(references_of(house, app))
    assert first != other


def test_only_the_signed_in_owner_gets_the_link_to_it(house: House) -> None:
    app, grace = house.app(), person(house.runner, "grace")
    page = house.authorize(app, redirect_uri=OTHER)
    address = f"/apps/{app.id}/activity?reference={reference_on(page)}"
    assert f'href="{address}"' in page.text
    for who in (NOBODY, grace):
        assert "/apps/" not in house.authorize(app, who, redirect_uri=OTHER).text


def test_a_page_about_no_app_promises_no_details(house: House) -> None:
    for query in ("client_id=1", "client_id=1&client_id=2", "response_type=code", "flow=x"):
        page = house.door.get(f"/oauth2/authorize?{query}", cookie=house.ada.cookie)
        assert page.status_code == 400
        assert "For the site&#x27;s developer:" in page.text
        assert "reference" not in page.text


def test_the_log_has_the_same_reference_and_no_address(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_anonymous", log.LineBudget())  # the tests before may have used this minute's lines up
    app = house.app()
    page = house.authorize(app, redirect_uri=OTHER)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "page.refused" in line]
    assert [(one["reason"], one["client"], one["reference"]) for one in lines] == [
        ("REDIRECT_URI_FOREIGN", app.id, reference_on(page))
    ]
    assert OTHER not in str(lines)


def test_sign_out_has_one_too(house: House) -> None:
    app = house.app()
    page = house.door.get(f"/oauth2/end_session?client_id={app.id}&post_logout_redirect_uri={OTHER}")
    assert [reference_on(page)] == references_of(house, app)


SIGN_OUT = "/oauth2/end_session?post_logout_redirect_uri="


def test_a_link_to_sign_out_that_names_no_app_says_so(house: House) -> None:
    """It used to say that the address is not registered, and it is."""
    app = house.app(post_logout_redirect_uris=(OTHER,))
    unnamed = house.door.get(f"{SIGN_OUT}{OTHER}")
    assert (unnamed.status_code, "does not say which app" in unnamed.text) == (400, True)
    assert "not registered" not in unnamed.text
    unknown = house.door.get(f"{SIGN_OUT}{OTHER}&client_id=1")
    assert (unknown.status_code, "No app is known" in unknown.text) == (400, True)
    wrong = house.door.get(f"{SIGN_OUT}{CB}&client_id={app.id}")
    assert (wrong.status_code, "not registered for it" in wrong.text) == (400, True)
