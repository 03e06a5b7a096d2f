"""Pages in a real browser: on slow lines, with the longest values, in the chosen theme, and at wrong addresses."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers.accessibility import Scales
from tests.support.browsers.populated_server import PASSWORD, PHONE, World, arrive, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MOST_BYTES = 200_000
SMALL = 360
REFERENCE = ("/docs/reference", "/docs/reference/tokens", "/docs/reference/more")


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("look")) as made:
        yield made


@pytest.mark.parametrize(
    "path", ["/login", "/registration", "consent", "/", "/apps", "/docs/fapi2", "protocol", *REFERENCE]
)
def test_a_cold_page_weighs_at_most_200_kb(browser: Browser, here: World, path: str) -> None:
    addresses = {
        "consent": f"/oauth2/authorize?client_id={here.asking_id}&scope=identify+email",
        "protocol": f"/apps/{here.client_id}/protocol",
    }
    address = addresses.get(path, path)
    with here.visit(browser, "grace" if path in {*addresses, "/apps"} else "") as (page, _complaints):
        scales = Scales(page)
        arrive(page, address)
        page.wait_for_load_state("networkidle")
        assert len(scales.answers) > 5, "nothing was measured"
        assert scales.total <= MOST_BYTES, f"{scales.total:.0f} bytes in {len(scales.answers)} answers"


def test_the_longest_unbroken_value_of_every_field_fits_a_phone(browser: Browser, here: World) -> None:
    name, scope = "m" * 32, "identify+email"
    email = f"{'e' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 57}.org"
    uri = f"https://{'h' * 63}.example/{'p' * 1900}"
    person = ("user", "create", name, "--email", email, "--display-name", "M" * 64, "--confirmed", "--admin")
    here.server.ask(*person, "--password-stdin", given=PASSWORD)
    made = here.server.ask("app", "create", "M" * 64, "--owner", name, "--redirect-uri", uri, f"{uri}/2")
    client_id = made["client_id"]
    with here.visit(browser, name, width=SMALL) as (page, complaints):
        sent = f"/oauth2/authorize?client_id={client_id}&response_type=code&redirect_uri={uri[:290]}"
        page.goto(sent)
        assert _is_wider(page) == []
        complaints.clear()
        arrive(page, f"/apps/{client_id}/consent")
        page.get_by_label("Description").fill("W" * 300)
        assert _is_wider(page) == []
        arrive(page, f"/apps/{client_id}/secrets")
        page.get_by_label("What is it for?").fill("L" * 40)
        page.get_by_role("button", name="New secret").click()
        page.locator(".once").wait_for()
        page.locator("details").evaluate_all("all => all.forEach(it => it.open = true)")
        assert _is_wider(page) == []
        for path in (
            *("/apps", "/account", "/admin"),
            *(f"/apps/{client_id}{part}" for part in ("", "/connect", "/protocol", "/playground")),
            "/account/connections",
            "/account/data",
            f"/oauth2/authorize?client_id={client_id}&scope={scope}",
        ):
            arrive(page, path)
            assert _is_wider(page) == [], path


def _is_wider(page: Page) -> list[str]:
    """Return what stands out of the window on the right, but for what scrolls by itself."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
             .filter(it => it.getBoundingClientRect().right > innerWidth && !it.closest("pre"))
             .map(it => `${it.tagName}.${it.className} ${it.textContent.slice(0, 40)}`).slice(-3)
             .concat(`${document.documentElement.scrollWidth} wide`)"""
    )


def test_the_chosen_theme_is_remembered_and_there_before_the_page(browser: Browser, here: World) -> None:
    with here.visit(browser, scheme="light") as (page, _complaints):
        arrive(page, "/login")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        page.wait_for_function("light => getComputedStyle(document.body).backgroundColor !== light", arg=light)
        page.add_init_script(
            "addEventListener('DOMContentLoaded', () => { window.early = document.documentElement.className })"
        )
        page.reload()
        assert page.evaluate("window.early") == "dark"


def test_the_system_s_wish_for_dark_is_met_even_without_script(browser: Browser, here: World) -> None:
    seen = set[str]()
    for scheme in ("light", "dark"):
        with here.visit(browser, scheme=scheme, script=False) as (page, _complaints):
            page.goto("/login")
            seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(seen) == 2


def test_nothing_moves_for_whoever_wants_no_motion(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, _complaints):
        arrive(page, "/login?error=credentials")
        slowest = page.evaluate("Math.max(...document.getAnimations().map(it => it.effect.getTiming().duration), 0)")
        assert slowest <= 10


def test_an_unknown_address_gets_our_own_page(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, _complaints):
        answer = page.goto("/nowhere")
        assert answer is not None
        assert answer.status == 404
        page.get_by_role("heading", name="There is nothing at this address").wait_for()


def test_the_server_s_own_error_page_wears_the_same_dress(browser: Browser, here: World) -> None:
    with here.visit(browser) as (page, complaints):
        page.goto("/oauth2/authorize?client_id=1")
        page.get_by_role("heading", level=1).wait_for()
        font = page.evaluate("getComputedStyle(document.body).fontFamily")
        assert font.startswith("Figtree")
        assert [text for text in complaints if "400" not in text] == []


def test_the_reference_names_every_address_and_opens_by_keyboard(browser: Browser, here: World) -> None:
    shown: set[str] = set()
    with here.visit(browser, width=PHONE) as (page, _complaints):
        written = page.request.get("/openapi.json").json()["paths"]
        for path in REFERENCE:
            arrive(page, path)
            shown |= {" ".join(text.split()[:2]) for text in page.locator(".endpoint > summary").all_inner_texts()}
        first = page.locator(".endpoint").first
        assert not first.locator(".inside").is_visible()
        first.locator("summary").focus()
        page.keyboard.press("Enter")
        first.locator(".inside").wait_for()
    asked_by_people = {"get", "put", "post", "delete"}
    told = {
        f"{method.upper()} {path}" for path, methods in written.items() for method in methods.keys() & asked_by_people
    }
    assert shown == told
