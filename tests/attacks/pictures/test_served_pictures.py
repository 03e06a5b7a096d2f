"""T137: what can be asked for under the address of a picture, and what is there when it was removed."""

import pytest

from oauth2system.services.pictures import images, store
from tests.attacks.pictures.conftest import Studio
from tests.support.pictures.hostile import opened, photo


@pytest.mark.parametrize(
    "path",
    [
        "/avatars/", "/avatars/x.webp", "/avatars/.webp", "/avatars/../../etc/passwd.webp",
        "/avatars/%2e%2e%2f%2e%2e%2fetc%2fpasswd.webp", "/avatars//etc/passwd", f"/avatars/{'a' * 32}.png",
        f"/avatars/{'a' * 32}%00.webp", f"/avatars/{'A' * 32}.webp", f"/avatars/{'a' * 32}.webp/",
        f"/avatars/{'a' * 32}", f"/logos/{'a' * 32}.webp", f"/avatars/{'a' * 33}.webp",
        "/avatars/" + "\uff10" * 32 + ".webp",
    ],
)  # fmt: skip
def test_t137_a_path_that_leads_elsewhere_is_not_found(studio: Studio, path: str) -> None:
    assert studio.door.get(path).status_code == 404


def test_t137_a_range_of_ten_thousand_parts_is_answered_with_the_whole(studio: Studio) -> None:
    ada = studio.person()
    studio.upload(ada, photo())
    ranges = "bytes=" + ",".join(f"{at}-{at + 1}" for at in range(10_000))
    answer = studio.door.get(f"/avatars/{studio.avatar(ada)}.webp", headers={"range": ranges})
    assert (answer.status_code, opened(answer.content).size) == (200, (256, 256))


@pytest.mark.parametrize(
    ("size", "status"), [("64", 200), ("512", 200), ("", 200), ("63", 404), ("-1", 404), ("x", 404)]
)
def test_t137_only_the_sizes_that_are_kept_are_served(studio: Studio, size: str, status: int) -> None:
    ada = studio.person()
    studio.upload(ada, photo())
    assert studio.door.get(f"/avatars/{studio.avatar(ada)}.webp?size={size}").status_code == status


def test_a_picture_is_kept_by_browsers_for_a_day_and_asked_for_by_its_tag(studio: Studio) -> None:
    ada = studio.person()
    studio.upload(ada, photo())
    path = f"/avatars/{studio.avatar(ada)}.webp"
    answer = studio.door.get(path)
    assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = studio.door.get(path, headers={"if-none-match": f'"x", W/{answer.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    head = studio.door.ask("HEAD", path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(answer.content)))
    assert studio.door.ask("POST", path).status_code == 405


def test_a_picture_that_was_removed_or_replaced_is_served_no_more(studio: Studio) -> None:
    ada = studio.person()
    studio.upload(ada, photo())
    first = f"/avatars/{studio.avatar(ada)}.webp"
    etag = studio.door.get(first).headers["etag"]
    studio.upload(ada, photo(colour=(0, 0, 0)))
    second = f"/avatars/{studio.avatar(ada)}.webp"
    assert studio.door.post("/account/avatar/remove", cookie=ada.cookie).headers["location"].endswith("picture_removed")
    for path in (first, second):
        assert studio.door.get(path).status_code == 404
        assert studio.door.get(path, headers={"if-none-match": etag}).status_code == 404
    assert studio.kept() == 0


def test_the_picture_goes_with_the_account(studio: Studio) -> None:
    ada = studio.person()
    studio.upload(ada, photo())
    path = f"/avatars/{studio.avatar(ada)}.webp"
    studio.run("DELETE FROM users WHERE id = ?", ada.id)
    assert (studio.door.get(path).status_code, studio.kept()) == (404, 0)


def test_who_has_no_picture_is_shown_by_a_drawing_of_their_own(studio: Studio) -> None:
    ada, bob = studio.person("ada"), studio.person("bob")
    for one in (ada, bob):
        studio.door.post("/account/avatar/remove", cookie=one.cookie)
    assert studio.shown(ada) == studio.shown(ada) != studio.shown(bob)
    assert [opened(studio.shown(ada, size)).size[0] for size in images.SIZES] == list(images.SIZES)


def test_the_address_of_a_drawing_does_not_disclose_whose_it_is(studio: Studio) -> None:
    ada = studio.person()
    studio.door.post("/account/avatar/remove", cookie=ada.cookie)
    name = studio.avatar(ada) or ""
    assert ada.id not in name
    assert f"{int(ada.id):x}" not in name
    assert name != studio.read(lambda ctx: store.drawn_name(ctx, "1"))


def test_nobody_makes_us_draw_for_names_that_are_nobodys(studio: Studio) -> None:
    for number in range(50):
        assert studio.door.get(f"/avatars/{number:032x}.webp").status_code == 404
    assert not studio.runner.server.of(store.Drawings).known
