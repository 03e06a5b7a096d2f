"""New passwords that are known from a breach, asked for at a real little HTTP server."""

from collections.abc import Callable, Generator
from hashlib import sha1
from pathlib import Path

import pytest

from oauth2system.errors import Invalid, Misconfigured
from oauth2system.policy import quotas
from oauth2system.services.accounts import registration
from oauth2system.services.admin import people
from oauth2system.services.admin.people import NewAccount
from oauth2system.settings import load
from tests.support.in_process.browsers import PASSWORD, House, path, query
from tests.support.patience import PATIENCE_S
from tests.support.servers.recording_server import Sink, sink

NEW = "zebra paints the seventh kite"
HASH = sha1(NEW.encode()).hexdigest().upper()
OTHER = "0" * 35


@pytest.fixture
def service() -> Generator[Sink]:
    with sink() as running:
        running.headers = {"Content-Type": "text/plain"}
        yield running


@pytest.fixture
def asking(database_url: str, tmp_path: Path, service: Sink, monkeypatch: pytest.MonkeyPatch) -> Generator[House]:
    monkeypatch.setattr(quotas, "BREACH_CHECK_SECONDS", PATIENCE_S)
    url = f"{service.url}/range"
    made = House(database_url, tmp_path, BREACHED_PASSWORDS_URL=url, FETCH_ALLOW="127.0.0.1", RATE_LIMIT_FACTOR="100")
    yield made
    made.close()


def answer(service: Sink, *lines: str) -> None:
    service.body = "\r\n".join(lines).encode()


def registers(house: House) -> dict[str, str]:
    return query(house.browser().register("eve", password=NEW))


def changes(house: House) -> dict[str, str]:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    return query(browser.post("/account/password", current_password=PASSWORD, password=NEW))


def resets(house: House) -> dict[str, str]:
    house.person("ada")
    house.browser().post("/account/password_reset", email="ada@example.org")
    token = house.token("ada@example.org")
    return query(house.browser().post("/account/password_reset/new", token=token, password=NEW))


def is_made(house: House) -> dict[str, str]:
    wanted = NewAccount("eve", "eve@example.org", password=NEW)
    try:
        house.run_procedure(people.create_account, wanted)
    except Invalid as refusal:
        return {"error": "form"} if "leak" in str(refusal.problems["password"]) else {"error": "other"}
    return {}


def sets_up(house: House) -> dict[str, str]:
    token = str(house.ask(people.make_setup_link)).partition("token=")[2]
    fields = {"username": "boss", "email": "boss@example.org", "password": NEW}
    return query(house.browser().post("/setup", token=token, **fields))


WAYS = (registers, changes, resets, is_made, sets_up)
Way = Callable[[House], dict[str, str]]


@pytest.mark.parametrize("way", WAYS)
def test_a_password_from_a_breach_is_refused_wherever_one_is_set(asking: House, service: Sink, way: Way) -> None:
    answer(service, f"{OTHER}:12", f"{HASH[5:]}:3")
    assert way(asking)["error"] == "form"


@pytest.mark.parametrize("way", WAYS)
def test_a_password_that_is_in_no_breach_is_accepted(asking: House, service: Sink, way: Way) -> None:
    answer(service, f"{OTHER}:12", f"{HASH[5:]}:0", f"{HASH[5:-1]}:9")  # padding, and another password's
    assert "error" not in way(asking)
    assert service.seen


def test_the_service_learns_five_characters_of_a_hash_and_nothing_else(asking: House, service: Sink) -> None:
    registers(asking)
    [asked] = service.seen
    assert (asked.method, asked.path, asked.body) == ("GET", f"/range/{HASH[:5]}", "")
    assert asked.headers["add-padding"] == "true"
    said = str(asked)
    for secret in (HASH[5:], NEW, "eve", "example.org"):
        assert secret not in said


def test_only_what_our_own_rules_accept_is_asked_for(asking: House, service: Sink) -> None:
    for password in ("short", "password", "eve@example.org"):
        assert query(asking.browser().register("eve", password=password))["error"] == "form"
    assert service.seen == []


def breaks(service: Sink) -> None:
    service.status = 503


def hangs(service: Sink) -> None:
    service.pause_s = 2 * PATIENCE_S


def drips(service: Sink) -> None:
    service.drip = True
    answer(service, f"{HASH[5:]}:3")


def moves_away(service: Sink) -> None:
    service.status, service.headers = 302, {"Location": "http://127.0.0.1:1/"}


def floods(service: Sink) -> None:
    service.body = b"x" * 200_000


def raves(service: Sink) -> None:
    service.body = b"\xff\xfe\x00" * 100


@pytest.mark.parametrize("trouble", [breaks, hangs, drips, moves_away, floods])
def test_a_service_in_trouble_keeps_nobody_out_and_is_in_the_log(
    asking: House,
    service: Sink,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Sink], None],
) -> None:
    if trouble in {hangs, drips}:
        monkeypatch.setattr(quotas, "BREACH_CHECK_SECONDS", 0.3)
    trouble(service)
    assert "error" not in registers(asking)
    said = capfd.readouterr()
    assert "breached_passwords.unavailable" in said.out + said.err


def test_an_answer_that_is_no_list_names_nothing(asking: House, service: Sink) -> None:
    raves(service)
    assert "error" not in registers(asking)


def test_a_service_in_the_own_network_that_the_operator_did_not_allow_is_not_reached(
    database_url: str, tmp_path: Path, service: Sink
) -> None:
    house = House(database_url, tmp_path, BREACHED_PASSWORDS_URL=service.url)
    assert "error" not in registers(house)
    assert service.seen == []
    house.close()


def test_it_is_off_unless_the_operator_names_a_service(house: House) -> None:
    assert house.settings.breached_passwords_url is None
    assert path(house.browser().register("eve", password=NEW)) == "/account/email_confirm"
    assert query(house.browser().register("bob", password="password1"))["error"] == "form"  # the list that we ship


@pytest.mark.parametrize(
    "text", ["api.example", "ftp://api.example/", "https://a@api.example/", "https://api.example/?x"]
)
def test_an_address_that_cannot_be_meant_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured, match="OAUTH2SYSTEM_BREACHED_PASSWORDS_URL"):
        load({"OAUTH2SYSTEM_BREACHED_PASSWORDS_URL": text}, folder=tmp_path)


def test_nothing_else_hashes_a_new_password() -> None:
    """Everything that sets a password asks the service: fails when something hashes by itself."""
    root = Path(registration.__file__).parents[1]
    hashing = [
        file.name
        for file in root.rglob("*.py")
        if "hash_password(" in file.read_text(encoding="utf-8") and file.name != "password_hashing.py"
    ]
    assert hashing == ["new_passwords.py"]
