"""Pictures in a real browser: cut with the mouse, the finger or the keyboard, uploaded, shown and removed."""

from collections.abc import Generator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.support.browsers.accessibility import faults
from tests.support.browsers.populated_server import PHONE, World, arrive, world
from tests.support.pictures.hostile import BLUE, GREEN, RED, is_near, opened, saved

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look"), pytest.mark.timeout(300)]


def file_of(body: bytes, kind: str = "image/png") -> FilePayload:
    return {"name": "me.png", "mimeType": kind, "buffer": body}


def three_stripes() -> bytes:
    image = Image.new("RGB", (1200, 400), RED)
    image.paste(GREEN, (400, 0, 800, 400))
    image.paste(BLUE, (800, 0, 1200, 400))
    return saved(image)


@pytest.fixture(scope="module")
def here(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    del pages
    with world(tmp_path_factory.mktemp("pictures")) as made:
        yield made


@pytest.fixture(params=[PHONE, 1280], ids=["phone", "desktop"])
def page(browser: Browser, here: World, request: pytest.FixtureRequest) -> Generator[Page]:
    with here.visit(browser, "grace", width=request.param) as (visitor, complaints):
        arrive(visitor, "/account")
        yield visitor
        assert complaints == []


def address(page: Page) -> str:
    return page.get_by_alt_text("Your picture now").get_attribute("src") or ""


def shown(page: Page) -> Image.Image:
    return opened(page.request.get(address(page)).body()).convert("RGB")


def upload(page: Page) -> None:
    page.get_by_role("button", name="Upload picture").click()
    expect(page.get_by_text("Your picture is saved.")).to_be_visible()


def test_a_picture_is_cut_by_the_keyboard_uploaded_and_removed(page: Page) -> None:
    expect(page.get_by_text("A drawing stands for you")).to_be_visible()
    page.get_by_label("Picture", exact=True).set_input_files(file_of(three_stripes()))
    part = page.get_by_role("img", name="The part that is shown")
    part.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    assert faults(page) == []
    upload(page)
    assert is_near(shown(page).getpixel((128, 128)), BLUE)
    small = page.locator("header .face").get_attribute("src") or ""
    assert (small.partition("?")[0], small[-8:]) == (address(page).partition("?")[0], "?size=64")
    page.get_by_role("button", name="Remove picture").click()
    expect(page.get_by_text("Your picture is removed.")).to_be_visible()
    expect(page.get_by_text("A drawing stands for you")).to_be_visible()


def test_a_picture_that_is_chosen_before_the_script_comes_is_cut_too(browser: Browser, here: World) -> None:
    with here.visit(browser, "grace") as (page, complaints):
        asked: list[Route] = []
        page.route("**/picture.js*", lambda route: asked.append(route))  # noqa: PLW0108  (Playwright marks the function)
        page.goto("/account", wait_until="commit")
        field = page.get_by_label("Picture", exact=True)
        expect(page.get_by_text("A drawing stands for you")).to_be_visible()
        field.set_input_files(file_of(three_stripes()))
        assert len(asked) == 1
        expect(page.get_by_label("Zoom")).to_have_count(0)
        asked[0].continue_()
        expect(page.get_by_role("img", name="The part that is shown")).to_be_visible()
        assert complaints == []


def test_a_picture_is_dragged_and_enlarged(page: Page) -> None:
    image = Image.new("RGB", (900, 900), RED)
    image.paste(GREEN, (700, 700, 900, 900))
    page.get_by_label("Picture", exact=True).set_input_files(file_of(saved(image)))
    zoom = page.get_by_label("Zoom")
    zoom.fill("100")
    part = page.get_by_role("img", name="The part that is shown")
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(12):
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] - 80, middle[1] - 80, steps=5)
        page.mouse.up()
    upload(page)
    assert all(is_near(shown(page).getpixel(place), GREEN) for place in ((60, 60), (200, 200)))


def test_a_large_photo_is_made_small_by_the_browser(page: Page) -> None:
    noise = Image.effect_noise((3000, 2000), 90).convert("RGB")
    body = saved(noise, "BMP")
    assert len(body) > 8 * 1024 * 1024
    page.get_by_label("Picture", exact=True).set_input_files(file_of(body, "image/bmp"))
    expect(page.get_by_label("Zoom")).to_be_visible()
    upload(page)


def test_what_is_no_picture_gets_its_sentence_at_the_field(page: Page) -> None:
    page.get_by_label("Picture", exact=True).set_input_files(file_of(b"<svg onload=alert(1)>"))
    page.get_by_role("button", name="Upload picture").click()
    field = page.locator("#picture-problem")
    expect(field).to_contain_text("This file is no picture")
    expect(page.get_by_label("Picture", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Picture", exact=True).set_input_files(file_of(three_stripes()))
    expect(field).to_have_text("")
    upload(page)


def test_the_picture_is_on_the_consent_page(page: Page, here: World) -> None:
    page.get_by_label("Picture", exact=True).set_input_files(file_of(three_stripes()))
    upload(page)
    page.goto(f"/oauth2/authorize?client_id={here.asking_id}&scope=identify")
    face = page.get_by_alt_text("your picture")
    expect(face).to_be_visible()
    assert face.evaluate("image => image.complete && image.naturalWidth") == 256
    assert is_near(
        Image.open(BytesIO(page.request.get(str(face.get_attribute("src"))).body())).convert("RGB").getpixel((9, 9)),
        GREEN,
    )


def test_the_logo_of_an_app_is_uploaded_whole_and_meets_its_visitors(page: Page, here: World) -> None:
    page.goto(f"/apps/{here.asking_id}/consent")
    page.get_by_role("heading", name="Logo").wait_for()
    page.get_by_label("Picture", exact=True).set_input_files(file_of(three_stripes()))
    expect(page.get_by_label("Zoom")).to_be_visible()
    page.get_by_role("button", name="Upload picture").click()
    expect(page.get_by_text("The logo is saved.")).to_be_visible()
    page.goto(f"/oauth2/authorize?client_id={here.asking_id}&scope=identify")
    logo = page.locator(".meet img").first
    shown = opened(page.request.get(str(logo.get_attribute("src"))).body()).convert("RGBA")
    stripes = [shown.getpixel((x, 128)) for x in (20, 128, 236)]
    assert all(is_near(found, wanted) for found, wanted in zip(stripes, (RED, GREEN, BLUE), strict=True))
    page.goto(f"/apps/{here.asking_id}/consent")
    page.get_by_role("button", name="Remove picture").click()
    expect(page.get_by_text("The logo is removed.")).to_be_visible()
