"""A dangerous configuration does not start, and each fault is reported with its fix (T149)."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from oauth2system.services.server import config_check, connection_check
from oauth2system.services.server.config_check import Problem, Setup
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.settings import PREFIX, load
from tests.support.in_process.browsers import House
from tests.support.in_process.door import person
from tests.support.servers.smtp import Inbox

PUBLIC = {
    "PUBLIC_URL": "https://id.example.org",
    "SMTP_URL": "smtp://mail.example.org",
    "TRUSTED_PROXIES": "127.0.0.1",
}


def setup(folder: Path, given: Mapping[str, str], workers: int = 1) -> Setup:
    named = {name if name == "PORT" else PREFIX + name: value for name, value in given.items()}
    return Setup(load(named, folder=folder), named, workers, folder)


def problems(folder: Path, workers: int = 1, /, **given: str) -> list[Problem]:
    return config_check.find_problems(setup(folder, given, workers))


def refusals(folder: Path, workers: int = 1, /, **given: str) -> list[str]:
    return [str(problem.message) for problem in problems(folder, workers, **given) if problem.refuses]


def warnings(folder: Path, **given: str) -> list[str]:
    return [str(problem.message) for problem in problems(folder, **given) if not problem.refuses]


def test_a_laptop_needs_no_setting(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


def test_a_proper_site_has_nothing_to_fix(tmp_path: Path) -> None:
    assert problems(tmp_path, 1, **PUBLIC) == []
    remote = "postgresql://u:p@db.example.org/x?sslmode=verify-full"
    assert problems(tmp_path, 4, **PUBLIC, REDIS_URL="rediss://:p@r.example.org", DATABASE_URL=remote) == []


@pytest.mark.parametrize(
    ("workers", "given", "says"),
    [
        (2, {}, "without Redis"),
        (1, {**PUBLIC, "SMTP_URL": ""}, "no mail server"),
        (1, {"SECRET_KEY": "a" * 64}, "can be guessed"),
        (1, {"SECRET_KEY": "changeme-0123456789-0123456789-abcdef"}, "can be guessed"),
        (1, {**PUBLIC, "TRUSTED_PROXIES": "0.0.0.0/0"}, "whole internet"),
        (1, {**PUBLIC, "TRUSTED_PROXIES": "::/0"}, "whole internet"),
        (1, {**PUBLIC, "TRUSTED_PROXIES": "0.0.0.0/1, 128.0.0.0/1"}, "whole internet"),
        (1, {**PUBLIC, "TRUSTED_PROXIES": "::ffff:0:0/96"}, "whole internet"),
        (1, {"FETCH_ALLOW": "0.0.0.0/0"}, "your network"),
        (1, {"FETCH_ALLOW": "::/1 8000::/1"}, "your network"),
    ],
)
def test_t149_danger_refuses_the_start(tmp_path: Path, workers: int, given: dict[str, str], says: str) -> None:
    [only] = refusals(tmp_path, workers, **given)
    assert says in only


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"HOST": "0.0.0.0", "SMTP_URL": "smtp://localhost"}, "listens to the network"),
        ({"HOST": "::", "SMTP_URL": "smtp://localhost"}, "listens to the network"),
        ({"PUBLIC_URL": "http://localhost:9000"}, "listens on port 8000"),
        ({"PUBLIC_URL": "https://localhost:8000", "TRUSTED_PROXIES": "::1"}, "this server answers http on that port"),
        ({**PUBLIC, "TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES"),
        ({**PUBLIC, "TRUSTED_PROXIES": "10.0.0.0/8"}, "it is not a trusted proxy"),
        ({**PUBLIC, "ALLOW_HTTP_REDIRECTS": "true"}, "ALLOW_HTTP_REDIRECTS"),
        ({**PUBLIC, "RATE_LIMIT_FACTOR": "1000"}, "RATE_LIMIT_FACTOR"),
        ({**PUBLIC, "DYNAMIC_REGISTRATION": "open"}, "anybody may register"),
        ({"DATABASE_URL": "postgresql://db.example.org/x"}, "unencrypted"),
        ({"REDIS_URL": "redis://r.example.org"}, "no password"),
        ({"REGISTRATIONS": "closed"}, "Did you mean OAUTH2SYSTEM_REGISTRATION?"),
        ({"NONSENSE_XYZ": "1"}, "not a setting"),
        ({"LANGUAGE": "tlh"}, "no translation"),
    ],
)
def test_what_is_odd_is_a_warning(tmp_path: Path, given: dict[str, str], says: str) -> None:
    [only] = warnings(tmp_path, **given)
    assert says in only


def test_every_setting_of_the_contract_is_known(tmp_path: Path) -> None:
    given = {
        "PUBLIC_URL": "http://localhost:8000", "DATABASE_URL": "", "REDIS_URL": "", "SMTP_URL": "", "MAIL_FROM": "",
        "SECRET_KEY": "", "REGISTRATION": "open", "PORT": "8000", "HOST": "127.0.0.1", "RATE_LIMIT_FACTOR": "1",
        "FETCH_ALLOW": "", "TRUSTED_PROXIES": "", "ALLOW_HTTP_REDIRECTS": "false", "DYNAMIC_REGISTRATION": "token",
        "ALLOW_PLAIN_SCHEMES": "false", "BREACHED_PASSWORDS_URL": "",
        "LANGUAGE": "en_GB",
        "VAR_DIR": "", "SECRET_KEY_FILE": "", "DATABASE_URL_FILE": "", "REDIS_URL_FILE": "", "SMTP_URL_FILE": "",
    }  # fmt: skip
    named = {PREFIX + name: value for name, value in given.items()}
    assert config_check.find_problems(Setup(load(named, folder=tmp_path), named, 1, tmp_path)) == []


def test_t149_a_key_that_others_can_read_refuses_the_start(tmp_path: Path) -> None:
    assert problems(tmp_path) == []
    (tmp_path / "var" / "secret_key").chmod(0o644)
    [only] = refusals(tmp_path)
    assert "chmod 600" in only
    assert refusals(tmp_path, SECRET_KEY="0123456789abcdef" * 4) == []  # then the file is not what counts
    given = tmp_path / "key"
    given.write_text("0123456789abcdef" * 4)
    given.chmod(0o640)
    [only] = refusals(tmp_path, SECRET_KEY_FILE=str(given))
    given.chmod(0o400)
    assert refusals(tmp_path, SECRET_KEY_FILE=str(given)) == []


def test_a_key_that_a_container_mounts_is_only_remarked_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_check, "SECRET_MOUNT", tmp_path / "run")
    given = tmp_path / "run" / "key"
    given.parent.mkdir()
    given.write_text("0123456789abcdef" * 4)
    given.chmod(0o444)
    assert refusals(tmp_path, SECRET_KEY_FILE=str(given)) == []
    assert len(warnings(tmp_path, SECRET_KEY_FILE=str(given))) == 1


def test_a_settings_file_with_secrets_that_others_can_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("OAUTH2SYSTEM_REGISTRATION=open\n")
    file.chmod(0o644)
    assert problems(tmp_path) == []
    file.write_text("OAUTH2SYSTEM_SMTP_URL=smtp://u:p@mail.example.org\n")
    assert (refusals(tmp_path), len(warnings(tmp_path))) == ([], 1)
    file.write_text("OAUTH2SYSTEM_SECRET_KEY=0123456789abcdef0123456789abcdef\n")
    assert len(refusals(tmp_path)) == 1
    file.chmod(0o600)
    assert problems(tmp_path) == []


def test_a_database_file_that_others_can_read_is_remarked_on(tmp_path: Path) -> None:
    setup(tmp_path, {})
    file = tmp_path / "var" / "oauth2system.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    assert "oauth2system.db" in warnings(tmp_path)[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("OAUTH2SYSTEM_REGISTRATIONS=closed", "Did you mean OAUTH2SYSTEM_REGISTRATION?"),
        ("\u200bOAUTH2SYSTEM_REGISTRATION=closed", r"\u200bOAUTH2SYSTEM_REGISTRATION is not a setting"),
        ("OAUTH2SYSTEM_\u0420ORT=81", "Did you mean OAUTH2SYSTEM_PORT?"),
        ("oauth2system_registration=closed", "Did you mean OAUTH2SYSTEM_REGISTRATION?"),
        ("REGISTRATION=closed", "Did you mean OAUTH2SYSTEM_REGISTRATION?"),
        ("OAUTH2_SYSTEM_SMTP_URL=smtp://h", "Did you mean OAUTH2SYSTEM_SMTP_URL?"),
        ("POSTGRES_PASSWORD=x", "POSTGRES_PASSWORD is not a setting. See docs/settings.md."),
    ],
)
def test_a_line_of_the_settings_file_that_does_nothing_is_named(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / ".env").write_text(f"PORT=8000\n{content}\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o600)
    [only] = warnings(tmp_path)
    assert says in only


def test_the_rest_of_the_environment_is_not_ours_to_judge(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "HOME": "/root", "oauth2system_port": "81"}
    [only] = config_check.find_problems(Setup(load(given, folder=tmp_path), given, 1, tmp_path))
    assert "Did you mean OAUTH2SYSTEM_PORT?" in str(only.message)


def test_what_refuses_the_start_comes_first(tmp_path: Path) -> None:
    found = problems(tmp_path, 2, HOST="0.0.0.0")
    assert [problem.refuses for problem in found] == [True, False, False]


def test_t149_a_laptop_that_the_network_reaches_shows_no_mailbox_and_the_check_says_so(tmp_path: Path) -> None:
    assert any("no mail server" in said for said in warnings(tmp_path, HOST="0.0.0.0"))
    assert refusals(tmp_path, 1, HOST="0.0.0.0") == []


def test_check_tries_what_the_settings_name(tmp_path: Path, inbox: Inbox, redis_url: str) -> None:
    there = setup(tmp_path, {"SMTP_URL": inbox.url, "REDIS_URL": redis_url}).settings
    assert connection_check.find_problems(there) == []
    away = setup(
        tmp_path,
        {
            "SMTP_URL": "smtp://127.0.0.1:1",
            "REDIS_URL": "redis://127.0.0.1:1",
            "DATABASE_URL": "postgresql://u@127.0.0.1:1/x",
        },
    ).settings
    found = connection_check.find_problems(away)
    assert [problem.refuses for problem in found] == [True, False, True]
    assert "u@" not in " ".join(map(str, found))


def test_a_mail_server_that_greets_and_takes_no_mail_is_a_problem(tmp_path: Path, inbox: Inbox) -> None:
    url = inbox.url.replace("smtp://", "smtp://user:wrong@")
    [only] = connection_check.find_problems(setup(tmp_path, {"SMTP_URL": url}).settings)
    assert "refused our name and password (535)" in str(only.message)
    inbox.answer_to_sender = "553 not yours"
    [only] = connection_check.find_problems(setup(tmp_path, {"SMTP_URL": inbox.url}).settings)
    assert "refused the sender no-reply@localhost (553)" in str(only.message)


def test_a_mail_server_that_answers_byte_by_byte_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_check, "MAIL_PATIENCE_S", 0.5)
    over = Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        drip = Thread(target=_drip, args=(listening, over), daemon=True)
        drip.start()
        url = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        [only] = connection_check.find_problems(setup(tmp_path, {"SMTP_URL": url}).settings)
        over.set()
        drip.join(5)
    assert "has not answered within 0.5 s" in str(only.message)


def _drip(listening: socket.socket, over: Event) -> None:
    line, _address = listening.accept()
    with line:
        while not over.wait(0.05):
            line.sendall(b"2")


@pytest.mark.parametrize("registration", ["closed", "invite"])
def test_a_site_that_nobody_can_join_or_administer_is_not_in_order(
    tmp_path: Path, database_url: str, registration: str
) -> None:
    house = House(database_url, tmp_path, REGISTRATION=registration)
    [only] = connection_check.find_problems(house.settings)
    assert "no administrator" in str(only.message)
    assert not only.refuses
    assert connection_check.find_problems(replace(house.settings, registration=RegistrationMode.OPEN)) == []
    person(house.runner, "ada", is_admin=True)
    assert connection_check.find_problems(house.settings) == []
    house.close()


def test_an_empty_database_has_no_administrator_either(tmp_path: Path, empty_database_url: str) -> None:
    given = {"DATABASE_URL": empty_database_url, "REGISTRATION": "closed"}
    [only] = connection_check.find_problems(setup(tmp_path, given).settings)
    assert "no administrator" in str(only.message)


def test_check_says_that_a_database_is_not_ours(tmp_path: Path, sqlite_url: str) -> None:
    from tests.storage.database.rows import opened  # noqa: PLC0415  (what this one test needs)

    with opened(sqlite_url) as database, database.transaction() as db:
        db.run("UPDATE alembic_version SET version_num = ?", "9999")
    [only] = connection_check.find_problems(setup(tmp_path, {"DATABASE_URL": sqlite_url}).settings)
    assert only.refuses
