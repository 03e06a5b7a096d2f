"""Logos of apps: uploaded by their owner, or fetched once from `logo_uri`, and shown from our own address alone."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from oauth2system.protocol.clients.client import Client
from oauth2system.runtime import app_log
from oauth2system.runtime.caller import SYSTEM
from oauth2system.services.apps import apps
from oauth2system.services.clients import registration
from oauth2system.storage.tables import clients
from oauth2system.web.app import Web
from tests.attacks.pictures.conftest import Studio
from tests.support.in_process.delivery import deliver
from tests.support.in_process.door import Door, Person, runner_on
from tests.support.pictures.hostile import BLUE, GREEN, MULTIPART, RED, is_near, opened, photo, png, saved, upload_of
from tests.support.servers.recording_server import Sink, sink

METADATA = {"client_name": "Harbour", "redirect_uris": ["https://harbour.example/cb"]}
WIDE = saved(Image.new("RGB", (200, 100), RED))


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        noted.body, noted.headers = WIDE, {"Content-Type": "image/png"}
        yield noted


@dataclass(frozen=True, slots=True)
class Yard(Studio):
    """The same with apps, which programs register and owners look after."""

    place: Sink

    def register(self, **more: Any) -> dict[str, Any]:
        token = self.runner.now(SYSTEM, registration.create_token, None, 1, 1).value
        return self.document("POST", "/oauth2/register", token, {**METADATA, **more}).json()

    def document(self, method: str, path: str, bearer: str, data: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
        return self.door.ask(method, path, headers=headers, content=json.dumps(data).encode())

    def update(self, told: dict[str, Any], **more: Any) -> None:
        path = told["registration_client_uri"].removeprefix(self.door.base)
        data = {**METADATA, "client_id": told["client_id"], **more}
        answer = self.document("PUT", path, told["registration_access_token"], data)
        assert answer.status_code == 200, answer.text

    def client(self, client_id: str) -> Client:
        found = self.read(lambda ctx: clients.find(ctx.db, client_id))
        assert found is not None
        return found

    def logo(self, client_id: str) -> Image.Image:
        answer = self.door.get(f"/logos/{self.client(client_id).logo}.webp")
        assert answer.status_code == 200
        return opened(answer.content)

    def own(self, who: Person) -> str:
        made = self.door.app._runner.now(_caller(who), apps.create, "Garden")
        return str(made.client_id)

    def upload_logo(self, who: Person, client_id: str, picture: bytes) -> httpx.Response:
        path, headers = f"/apps/logo?client_id={client_id}", {"content-type": MULTIPART}
        return self.door.post(path, content=upload_of(picture), cookie=who.cookie, headers=headers)

    def noted(self) -> list[str]:
        self.read(app_log.write)
        return [row[0] for row in self.read(lambda ctx: ctx.db.all("SELECT reason FROM app_log WHERE code <> ''"))]


def _caller(who: Person) -> Any:
    from oauth2system.runtime.caller import Caller  # noqa: PLC0415  (what this one test needs)

    return Caller(cookie=who.cookie.partition("=")[2])


@pytest.fixture
def yard(database_url: str, tmp_path: Path, place: Sink) -> Generator[Yard]:
    with runner_on(database_url, tmp_path, FETCH_ALLOW="127.0.0.1") as running:
        yield Yard(running, Door(Web(running)), place)


def test_a_registered_logo_is_fetched_once_drawn_anew_and_served_by_us(yard: Yard) -> None:
    told = yard.register(logo_uri=f"{yard.place.url}/logo.png")
    assert told["logo_uri"] == f"{yard.place.url}/logo.png"
    assert yard.client(told["client_id"]).logo is None
    for _ in range(3):
        deliver(yard.runner)
    (seen,) = yard.place.seen
    assert (seen.method, seen.path, seen.headers.get("cookie"), seen.headers["user-agent"]) == (
        "GET", "/logo.png", None, "Oauth2System",
    )  # fmt: skip
    shown = yard.logo(told["client_id"]).convert("RGBA")
    assert is_near(shown.getpixel((128, 128)), RED)
    corner = shown.getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert corner[3] == 0, "all of a wide logo is shown, on a transparent ground"


def test_a_changed_address_is_fetched_again_and_none_takes_the_logo_away(yard: Yard) -> None:
    told = yard.register(logo_uri=f"{yard.place.url}/1.png")
    deliver(yard.runner)
    first = yard.client(told["client_id"]).logo
    yard.update(told, logo_uri=f"{yard.place.url}/1.png", client_name="Port")
    deliver(yard.runner)
    assert len(yard.place.seen) == 1
    yard.place.body = photo("GIF", colour=GREEN)
    yard.update(told, logo_uri=f"{yard.place.url}/2.gif")
    assert yard.client(told["client_id"]).logo == first, "the old one stays until the new one is there"
    deliver(yard.runner)
    assert is_near(yard.logo(told["client_id"]).convert("RGB").getpixel((128, 128)), GREEN)
    assert yard.door.get(f"/logos/{first}.webp").status_code == 404
    yard.update(told)
    assert (yard.client(told["client_id"]).logo, yard.kept()) == (None, 0)


UNFIT = {
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "30,000 by 30,000 pixels": png(30_000, 30_000),
    "half a picture": WIDE[:-40],
}


@pytest.mark.parametrize("name", UNFIT)
def test_t135_a_logo_that_is_no_picture_is_reported_to_the_owner(yard: Yard, name: str) -> None:
    yard.place.body = UNFIT[name]
    told = yard.register(logo_uri=f"{yard.place.url}/logo")
    deliver(yard.runner)
    deliver(yard.runner)
    assert (yard.noted(), yard.kept(), len(yard.place.seen)) == (["LOGO_UNFIT"], 0, 1)
    assert yard.client(told["client_id"]).logo is None


def test_t131_a_logo_that_does_not_come_is_tried_again_and_reported(yard: Yard) -> None:
    for status, body in ((404, WIDE), (302, WIDE), (200, bytes(2_000_000))):
        yard.place.status, yard.place.body = status, body
        yard.register(logo_uri=f"{yard.place.url}/logo")
        deliver(yard.runner)
    assert set(yard.noted()) == {"LOGO_NOT_FETCHED"}
    assert yard.kept() == 0
    waiting = yard.read(lambda ctx: ctx.db.all("SELECT tries FROM outbox WHERE kind = 'logo' AND failed_at IS NULL"))
    assert [row[0] for row in waiting] == [1, 1, 1]


def test_t128_a_logo_inside_our_network_is_never_asked_for(studio: Studio, place: Sink) -> None:
    yard = Yard(studio.runner, studio.door, place)
    for host in ("127.0.0.1", "localhost", "[::1]"):
        yard.register(logo_uri=f"http://{host}:{place.port}/logo.png")
        deliver(yard.runner)
    assert place.seen == []
    assert set(yard.noted()) == {"LOGO_NOT_FETCHED"}


def test_an_owner_uploads_replaces_and_removes_a_logo(yard: Yard) -> None:
    ada = yard.person()
    app = yard.own(ada)
    assert (
        yard.upload_logo(ada, app, photo(colour=BLUE)).headers["location"] == f"/apps/{app}/consent?notice=logo_saved"
    )
    assert is_near(yard.logo(app).convert("RGB").getpixel((128, 128)), BLUE)
    first = yard.client(app).logo
    yard.upload_logo(ada, app, photo(colour=GREEN))
    assert yard.door.get(f"/logos/{first}.webp").status_code == 404
    gone = yard.door.post("/apps/logo/remove", data={"client_id": app}, cookie=ada.cookie)
    assert gone.headers["location"] == f"/apps/{app}/consent?notice=logo_removed"
    assert (yard.client(app).logo, yard.kept()) == (None, 0)


def test_a_logo_of_the_owners_own_stays_when_another_one_is_registered(yard: Yard) -> None:
    ada = yard.person()
    token = yard.runner.now(SYSTEM, registration.create_token, "ada", 1, 1).value
    told = yard.document("POST", "/oauth2/register", token, {**METADATA, "logo_uri": f"{yard.place.url}/1"}).json()
    app = told["client_id"]
    yard.upload_logo(ada, app, photo(colour=BLUE))
    deliver(yard.runner)
    yard.update(told, logo_uri=f"{yard.place.url}/2")
    deliver(yard.runner)
    assert (is_near(yard.logo(app).convert("RGB").getpixel((128, 128)), BLUE), yard.place.seen) == (True, [])
    yard.door.post("/apps/logo/remove", data={"client_id": app}, cookie=ada.cookie)
    deliver(yard.runner)
    assert is_near(yard.logo(app).convert("RGB").getpixel((128, 128)), RED)
    yard.door.post("/apps/logo/remove", data={"client_id": app}, cookie=ada.cookie)
    deliver(yard.runner)
    assert (yard.client(app).logo, len(yard.place.seen)) == (None, 1), "what its owner removed does not come back"


def test_t118_nobody_changes_the_logo_of_somebody_elses_app(yard: Yard) -> None:
    ada, eve = yard.person("ada"), yard.person("eve")
    app = yard.own(ada)
    yard.upload_logo(ada, app, photo())
    for target in (app, "1", "0", "x", "../1", "\ud800".encode("utf-8", "replace").decode()):
        assert yard.upload_logo(eve, target, photo(colour=BLUE)).status_code in {400, 404}
    assert yard.door.post("/apps/logo/remove", data={"client_id": app}, cookie=eve.cookie).status_code == 404
    assert is_near(yard.logo(app).convert("RGB").getpixel((128, 128)), RED)


def test_an_app_that_is_deleted_takes_its_logo_along(yard: Yard) -> None:
    ada = yard.person()
    app = yard.own(ada)
    yard.upload_logo(ada, app, photo())
    yard.run("DELETE FROM clients WHERE id = ?", app)
    assert yard.kept() == 0


def test_a_rename_keeps_the_logo(yard: Yard) -> None:
    ada = yard.person()
    app = yard.own(ada)
    yard.upload_logo(ada, app, photo())
    name = yard.client(app).logo
    yard.runner.now(_caller(ada), apps.rename, app, "Orchard")
    assert yard.client(app).logo == name
