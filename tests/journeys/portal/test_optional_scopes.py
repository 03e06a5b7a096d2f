"""A person leaves out what an app calls optional: the site gets what was granted, and the app's page says it."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.browsers.populated_server import World, world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]

CB = "https://garden.example/signed-in"


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("optional")) as made:
        yield made


def test_what_a_person_unticks_the_site_does_not_get_and_the_owner_reads_it(browser: Browser, here: World) -> None:
    given = ("--owner", "grace", "--redirect-uri", CB, "--optional-scope", "email")
    app = here.server.ask("app", "create", "Herbarium", *given)
    asked = {"client_id": app["client_id"], "scope": "identify email"}
    with here.visit(browser, "grace") as (owner, complaints), here.visit(browser, "ada") as (page, _heard):
        owner.goto(f"/apps/{app['client_id']}/activity")
        page.route(f"{CB}**", lambda route: route.fulfill(body="signed in"))
        page.goto(f"/oauth2/authorize?{urlencode(asked)}")
        page.get_by_role("checkbox", name="ada@example.org").uncheck()
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{CB}**")
        value = parse_qs(urlsplit(page.url).query)["oauth_token"][0]
        sent = {"oauth_token": value, "client_id": app["client_id"], "client_secret": app["client_secret"]}
        person = httpx.get(f"{here.url}/api/user", params=sent, trust_env=False).json()
        assert (person["username"], "email" in person) == ("ada", False)
        expect(owner.get_by_text("A visitor left out something that your app calls optional.")).to_be_visible()
        expect(owner.get_by_text("Your app fetched a user.")).to_be_visible()
        owner.goto(f"/apps/{app['client_id']}/consent")
        expect(owner.get_by_role("checkbox", name="email")).to_be_checked()
        assert complaints == []
