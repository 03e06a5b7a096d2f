"""T138: how an upload is sent names no file of ours; who may upload, how much and how often."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from oauth2system.policy import budgets, quotas
from oauth2system.runtime.caller import Caller
from oauth2system.services.accounts import avatars
from oauth2system.services.pictures import images
from tests.attacks.pictures.conftest import Studio
from tests.support.in_process.door import BASE, Person
from tests.support.pictures import hostile
from tests.support.pictures.hostile import BOUNDARY, MULTIPART, form_of, photo, upload_of

SAVED = "/account?notice=picture_saved"

NAMES = (
    "../../x.png", "..\\..\\x.png", "/etc/passwd", "C:\\windows\\x", "con", "nul.webp", "x" * 1000, "", ".htaccess",
    "a%00b.png", "me.png; filename*=UTF-8''%2fetc%2fx",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_t138_the_name_of_a_file_decides_nothing(studio: Studio, name: str) -> None:
    ada = studio.person()
    assert studio.upload(ada, photo(), filename=name).headers["location"] == SAVED
    kept = studio.avatar(ada) or ""
    assert len(kept) == 32
    assert set(kept) <= set("0123456789abcdef")


PICTURE = 'form-data; name="picture"; filename="a.png"'
FORMS = {
    "no file": (form_of(('form-data; name="other"', b"x")), "picture_none"),
    "an empty file": (form_of((PICTURE, b"")), "picture_none"),
    "two files": (form_of((PICTURE, photo()), (PICTURE, photo())), "picture_several"),
    "a part without a name": (form_of(("form-data", photo())), "incomplete"),
    "a part that is no form data": (form_of(('attachment; name="picture"', photo())), "incomplete"),
    "a name in the extended writing alone": (form_of(("form-data; name*=UTF-8''picture", photo())), "incomplete"),
    "a part with two dispositions": (
        form_of((f'form-data; name="other"\r\nContent-Disposition: {PICTURE}', photo())), "incomplete"
    ),
    "no end": (form_of((PICTURE, photo()), end=False), "incomplete"),
    "nothing": (b"", "incomplete"),
    "no boundary in it": (photo(), "incomplete"),
    "a huge preamble": (b"x" * 300_000 + upload_of(photo()), "incomplete"),
    "a hundred thousand parts": (form_of(*[('form-data; name="a"', b"")] * 100_000), "incomplete"),
    "an endless header": (form_of((PICTURE + "; x=" + "y" * 200_000, photo())), "incomplete"),
    "a hundred headers": (form_of((PICTURE + "\r\nX-A: b" * 100, photo())), "incomplete"),
    "a huge field": (form_of(('form-data; name="a"', b"x" * 100_000), (PICTURE, photo())), "incomplete"),
    "a field twice": (form_of(*[('form-data; name="a"', b"x")] * 2, (PICTURE, photo())), "incomplete"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_t138_a_form_that_no_browser_sends_is_refused(studio: Studio, name: str) -> None:
    ada = studio.person()
    body, code = FORMS[name]
    assert studio.send(ada, body).headers["location"] == f"/account?error={code}"
    assert studio.kept() == 0


@pytest.mark.parametrize(
    "kind",
    [
        "", "image/png", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/mixed; boundary=x",
        f"multipart/form-data; boundary={'x' * 5000}", "multipart/form-data; boundary=",
    ],
)  # fmt: skip
def test_t138_what_does_not_come_as_a_form_with_a_file_is_refused(studio: Studio, kind: str) -> None:
    assert (
        studio.send(studio.person(), upload_of(photo()), kind=kind).headers["location"] == "/account?error=incomplete"
    )


def test_t138_nobody_uploads_for_somebody_else(studio: Studio) -> None:
    ada, eve = studio.person("ada"), studio.person("eve")
    form = upload_of(photo(), fields={"user_id": ada.id, "id": ada.id, "username": "ada"})
    assert studio.send(eve, form).headers["location"] == SAVED
    assert (studio.avatar(ada), studio.avatar(eve) is None) == (None, False)


def test_t138_without_a_session_nothing_is_read_or_kept(studio: Studio) -> None:
    assert studio.upload(None, photo()).headers["location"] == "/login?next=%2Faccount"
    unproved = studio.person("bob", confirmed=False)
    assert studio.upload(unproved, photo()).headers["location"] == "/account?error=picture_unconfirmed"
    assert studio.kept() == 0


def test_t110_an_upload_from_another_site_is_refused(studio: Studio) -> None:
    ada = studio.person()
    for headers in ({"origin": "https://evil.tld", "sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert studio.upload(ada, photo(), headers=headers).status_code == 403
    assert studio.kept() == 0


def test_t150_more_than_eight_megabytes_are_refused(studio: Studio) -> None:
    ada = studio.person()
    for size in (quotas.PICTURE_LARGEST + 1, quotas.PICTURE_LARGEST + 100_000, 3 * quotas.PICTURE_LARGEST):
        answer = studio.upload(ada, photo() + bytes(size - len(photo())))
        assert answer.headers["location"] == "/account?error=picture_large"
    assert studio.upload(ada, photo() + bytes(quotas.PICTURE_LARGEST - len(photo()))).headers["location"] == SAVED


def test_our_script_gets_the_sentence_itself(studio: Studio) -> None:
    ada, asks = studio.person(), {"accept": "application/json"}
    refused = studio.upload(ada, b"nothing", headers=asks)
    assert (refused.status_code, refused.json()["problem"][:18]) == (200, "This file is no pi")
    assert studio.upload(ada, photo(), headers=asks).json() == {"problem": "", "page": SAVED}


def test_a_person_uploads_so_many_pictures_an_hour(studio: Studio) -> None:
    ada, bob = studio.person("ada"), studio.person("bob")
    answers = Counter(studio.upload(ada, b"x").headers["location"] for _ in range(budgets.UPLOADS.times + 3))
    assert answers["/account?error=picture_often"] == 3
    assert studio.upload(bob, photo()).headers["location"] == SAVED


def test_t138_of_a_hundred_uploads_at_once_each_gets_its_sentence(studio: Studio) -> None:
    people = [studio.person(f"p{number}") for number in range(20)]
    body = upload_of(photo(size=(900, 900)))

    async def storm() -> list[httpx.Response]:
        async def one(who: Person, number: int) -> httpx.Response:
            transport = httpx.ASGITransport(app=studio.door.app, client=(f"203.0.113.{number}", 40000))
            headers = {
                "content-type": MULTIPART, "origin": BASE, "sec-fetch-site": "same-origin", "cookie": who.cookie,
            }  # fmt: skip
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.post("/account/avatar", content=body, headers=headers)

        return await asyncio.gather(*(one(who, number) for number in range(5) for who in people))

    said = Counter(answer.headers["location"] for answer in asyncio.run(storm()))
    assert set(said) <= {SAVED, "/account?error=picture_busy"}
    assert said[SAVED] >= quotas.UPLOADS_AT_ONCE - 2
    assert said["/account?error=picture_busy"] > 0
    kept = studio.kept()
    assert kept % 3 == 0
    assert kept <= 3 * len(people)
    assert studio.upload(people[0], photo()).headers["location"] == SAVED


def test_of_many_uploads_at_the_same_moment_one_picture_is_left(studio: Studio) -> None:
    ada, encoded = studio.person(), images.encode(photo(), cropped=True)
    caller = Caller(cookie=ada.cookie.partition("=")[2])
    together = Barrier(6)

    def keep() -> None:
        together.wait()
        studio.runner.now(caller, avatars.keep, encoded)

    with ThreadPoolExecutor(6) as threads:
        for _ in range(8):
            for done in [threads.submit(keep) for _ in range(6)]:
                done.result()
            assert studio.kept() == 3
            studio.shown(ada)


def test_a_boundary_that_is_in_the_picture_does_not_cut_it(studio: Studio) -> None:
    ada = studio.person()
    body = hostile.png(1, 1, more=hostile.chunk(b"tEXt", b"Comment\0" + BOUNDARY.encode()))
    assert studio.upload(ada, body).headers["location"] == SAVED
