"""T135, T136: what hides in a picture is neither kept nor served, and what is too large is refused unread."""

import resource
import time
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms

from tests.attacks.pictures.conftest import Studio
from tests.support.pictures import hostile
from tests.support.pictures.hostile import BLUE, GREEN, RED, SCRIPT, is_near, opened, photo, saved

SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"

NO_PICTURES = {
    "an SVG with a script": SVG,
    "an SVG that says it is XML": b'<?xml version="1.0"?>' + SVG,
    "HTML": b"<!doctype html>" + SCRIPT,
    "HTML after the first letters of a GIF": b"GIF89a/*" + SCRIPT + b"*/=1",
    "a PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "a TIFF": saved(Image.new("RGB", (8, 8)), "TIFF"),
    "a BMP": saved(Image.new("RGB", (8, 8)), "BMP"),
    "an icon": saved(Image.new("RGB", (16, 16)), "ICO"),
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n",
    "an HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100),
    "nothing but zeros": bytes(500),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_t135_what_is_no_picture_is_refused_and_kept_nowhere(studio: Studio, name: str) -> None:
    ada = studio.person()
    answer = studio.upload(ada, NO_PICTURES[name], filename="me.png")
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/account?error=picture_kind", "/account?error=picture_damaged"}
    assert studio.kept() == 0


POLYGLOTS = {
    "a PNG with a page behind its end": photo() + b"<html>" + SCRIPT,
    "a JPEG with a page behind its end": photo("JPEG") + SCRIPT,
    "a JPEG with a page in its comment": saved(Image.new("RGB", (60, 40), RED), "JPEG", comment=SCRIPT),
    "a GIF that is a script too": photo("GIF") + b"/*" + SCRIPT + b"*/",
    "a PNG with a page in its text": hostile.png(
        60, 40, data=(b"\0" + bytes(RED) * 60) * 40, more=hostile.chunk(b"tEXt", b"Comment\0" + SCRIPT)
    ),
    "a WebP with a page behind its end": photo("WEBP") + SCRIPT,
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_t135_of_a_polyglot_only_its_pixels_are_served(studio: Studio, name: str) -> None:
    ada = studio.person()
    assert studio.upload(ada, POLYGLOTS[name]).headers["location"] == "/account?notice=picture_saved"
    for size in (64, 256, 512):
        body = studio.shown(ada, size)
        assert b"script" not in body
        assert body[:4] == b"RIFF"
        assert opened(body).size == (size, size)
        assert is_near(opened(body).convert("RGB").getpixel((5, 5)), RED)


def test_t135_the_answer_can_run_nothing_whatever_was_uploaded_under_which_name(studio: Studio) -> None:
    ada = studio.person()
    form = hostile.form_of(
        ('form-data; name="picture"; filename="page.html"\r\nContent-Type: text/html', POLYGLOTS[next(iter(POLYGLOTS))])
    )
    assert studio.send(ada, form).status_code == 303
    answer = studio.door.get(f"/avatars/{studio.avatar(ada)}.webp")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


TOO_LARGE = {
    "30,000 by 30,000 in some bytes": hostile.png(30_000, 30_000),
    "30,000 by 1": hostile.png(30_000, 1, data=b"\0" + bytes(90_000)),
    "4 billion by 4 billion": hostile.png(2**31 - 1, 2**31 - 1),
    "5,000 by 5,000": hostile.png(5_000, 5_000),
    "a WebP of 16 million by 200": hostile.webp_of(2**24, 200),
    "a WebP of 16,000 by 16,000": hostile.webp_of(16_000, 16_000),
    "a GIF of 65,535 by 65,535": b"GIF89a" + b"\xff\xff\xff\xff" + bytes(3) + b"," + bytes(4) + b"\xff\xff\xff\xff\0\2",
    "a JPEG of 65,500 by 65,500": photo("JPEG").replace(b"\x00\x28\x00\x3c\x03", b"\xff\xdc\xff\xdc\x03"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_t136_a_picture_that_would_fill_the_memory_is_refused_by_its_header(studio: Studio, name: str) -> None:
    ada = studio.person()
    before, began = _memory(), time.process_time()
    assert studio.upload(ada, TOO_LARGE[name]).headers["location"] == "/account?error=picture_pixels"
    assert time.process_time() - began < 5
    assert _memory() - before < 64 * 1024  # kB: nothing of these pixels was ever made
    assert studio.kept() == 0


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


DAMAGED = {
    "a PNG that ends early": photo(size=(200, 200))[:-60],
    "a JPEG that ends early": saved(Image.effect_noise((300, 300), 80), "JPEG")[:4000],
    "a WebP that ends early": saved(Image.effect_noise((300, 300), 80), "WEBP")[:4000],
    "a GIF without a frame": photo("GIF")[:13] + b";",
    "a PNG with a wrong checksum": photo()[:29] + b"\0\0\0\0" + photo()[33:],
    "a PNG whose text unpacks to a gigabyte": hostile.png(
        2, 2, more=hostile.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9))
    ),
    "a PNG whose colour profile unpacks to a gigabyte": hostile.png(
        2, 2, more=hostile.chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(80_000_000), 9))
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_t136_a_damaged_picture_gets_its_sentence_and_no_error_of_ours(studio: Studio, name: str) -> None:
    ada = studio.person()
    answer = studio.upload(ada, DAMAGED[name])
    assert answer.status_code == 303
    assert answer.headers["location"] in {"/account?error=picture_damaged", "/account?error=picture_kind"}
    assert studio.kept() == 0


def test_t136_of_ten_thousand_frames_only_the_first_is_decoded(studio: Studio) -> None:
    ada = studio.person()
    frames = [Image.new("P", (40, 40), 0) for _ in range(2)]
    first, second = (frame.convert("RGB") for frame in frames)
    first.paste(GREEN, (0, 0, 40, 40))
    second.paste(BLUE, (0, 0, 40, 40))
    body = saved(first, "GIF", save_all=True, append_images=[second] * 2000, optimize=False, duration=10)
    began = time.process_time()
    assert studio.upload(ada, body).headers["location"] == "/account?notice=picture_saved"
    assert time.process_time() - began < 5
    assert is_near(opened(studio.shown(ada)).convert("RGB").getpixel((9, 9)), GREEN)
    assert getattr(opened(studio.shown(ada)), "n_frames", 1) == 1


def test_t136_where_a_photo_was_taken_is_served_to_nobody(studio: Studio) -> None:
    ada = studio.person()
    body = hostile.with_a_place()
    assert Image.open(BytesIO(body)).getexif().get_ifd(0x8825)
    studio.upload(ada, body)
    for size in (64, 256, 512):
        served = studio.shown(ada, size)
        assert dict(opened(served).getexif()) == {}
        assert not {b"EXIF", b"ICCP", b"XMP "} & {served[at : at + 4] for at in range(len(served))}
        assert not any(word in served for word in (b"Ada", b"drawer"))


def test_t136_a_colour_profile_is_not_passed_on(studio: Studio) -> None:
    ada = studio.person()
    untyped: Any = ImageCms
    profile: bytes = untyped.ImageCmsProfile(untyped.createProfile("sRGB")).tobytes()
    body = saved(Image.new("RGB", (40, 40), RED), "JPEG", icc_profile=profile)
    assert opened(body).info["icc_profile"] == profile
    studio.upload(ada, body)
    assert not opened(studio.shown(ada)).info.keys() & {"icc_profile", "exif", "xmp"}


@pytest.mark.parametrize(("orientation", "corner"), [(1, RED), (3, BLUE), (6, RED), (8, BLUE)])
def test_a_photo_stands_as_the_camera_was_held(studio: Studio, orientation: int, corner: tuple[int, ...]) -> None:
    ada = studio.person()
    studio.upload(ada, hostile.turned(orientation))
    place = (10, 128) if orientation in {1, 3} else (128, 10)
    assert is_near(opened(studio.shown(ada)).convert("RGB").getpixel(place), corner)


SHADE = (128, 128, 128)
UNUSUAL = {
    "CMYK": (saved(Image.new("CMYK", (50, 50), (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
    "16 bits of grey": (saved(Image.new("I;16", (50, 50), 32_896)), SHADE),
    "16 bits a colour": (hostile.png(2, 2, depth=16, data=(b"\0" + b"\x80\x80" * 6) * 2), SHADE),
    "grey with transparency": (saved(Image.new("LA", (50, 50), (128, 255))), SHADE),
    "a palette": (saved(Image.new("P", (50, 50), 0)), (0, 0, 0)),
    "one bit": (saved(Image.new("1", (50, 50), 1)), (255, 255, 255)),
    "one pixel": (photo(size=(1, 1)), RED),
    "a strip of 8,000 by 3": (photo(size=(8000, 3)), RED),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_pictures_that_few_programs_make_are_shown_as_they_look(studio: Studio, name: str) -> None:
    ada = studio.person()
    body, colour = UNUSUAL[name]
    assert studio.upload(ada, body).headers["location"] == "/account?notice=picture_saved"
    assert is_near(opened(studio.shown(ada)).convert("RGB").getpixel((128, 128)), colour)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_kind_is_what_the_bytes_are_and_not_what_the_name_says(studio: Studio, kind: str) -> None:
    ada = studio.person()
    assert studio.upload(ada, photo(kind), filename="me.svg").headers["location"] == "/account?notice=picture_saved"


def test_without_script_the_middle_is_taken(studio: Studio) -> None:
    ada = studio.person()
    image = Image.new("RGB", (300, 100), BLUE)
    image.paste(GREEN, (100, 0, 200, 100))
    studio.upload(ada, saved(image))
    shown = opened(studio.shown(ada)).convert("RGB")
    assert all(is_near(shown.getpixel(place), GREEN) for place in ((6, 128), (250, 128), (128, 128)))
