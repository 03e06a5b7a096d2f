"""Every setting is a value of its type, or one line that names it."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from oauth2system.errors import Misconfigured
from oauth2system.setting_types.choices import DynamicRegistration, RegistrationMode
from oauth2system.settings import NAMES, PREFIX, SECRETS, Settings, load
from tests.support.in_process.door import read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "eighty"),
        ("PORT", "\uff18\uff10"),
        ("PORT", "-1"),
        ("PORT", "8e3"),
        ("HOST", "http://localhost"),
        ("HOST", "256.1.1.1"),
        ("HOST", "localhost:8000"),
        ("HOST", "*"),
        ("REGISTRATION", "no"),
        ("DYNAMIC_REGISTRATION", "true"),
        ("ALLOW_HTTP_REDIRECTS", "maybe"),
        ("RATE_LIMIT_FACTOR", "0"),
        ("RATE_LIMIT_FACTOR", "nan"),
        ("RATE_LIMIT_FACTOR", "inf"),
        ("RATE_LIMIT_FACTOR", "x"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/8;::1"),
        ("LANGUAGE", "de AT"),
        ("DATABASE_URL", "mysql://h/x"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgresql://u:hunter2@h:x/d"),
        ("DATABASE_URL", "postgresql://u:hunt@er2@h/d"),
        ("DATABASE_URL", "postgresql:///d"),
        ("DATABASE_URL", "postgres:x"),
        ("DATABASE_URL", "postgresql://u:hunter2#@h/d"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://h"),
        ("REDIS_URL", "redis://h/first"),
        ("REDIS_URL", "redis://:hunt@er2@h"),
        ("REDIS_URL", "redis://"),
        ("SECRET_KEY", "hunter2"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
        ("VAR_DIR", "a\nb"),
        ("MAIL_FROM", "a@b.org\nBcc: c"),
        ("PUBLIC_URL", "https://id.example.org\tx"),
        ("REGISTRATION", "closed\udcff"),
    ],
)
def test_t149_what_is_no_value_of_a_setting_is_one_line_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read_settings(tmp_path, **{name: value})
    line = str(refusal.value)
    assert line.startswith(f"{PREFIX}{name} ")
    assert line.endswith(".")
    assert "\n" not in line
    assert "hunt" not in line


def test_a_bare_port_is_named_as_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"^PORT is 'http'"):
        load({"PORT": "http"}, folder=tmp_path)
    assert load({"PORT": "81", f"{PREFIX}PORT": "82"}, folder=tmp_path).port == 82


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40ss@h:5433/name?sslmode=require",
        "postgres://h",
        "postgresql+psycopg:///name?host=/run/postgresql",
    ],
)
def test_the_spellings_of_a_postgresql_server(url: str, tmp_path: Path) -> None:
    assert read_settings(tmp_path, DATABASE_URL=url).database_url == "postgresql+psycopg://" + url.partition("://")[2]


@pytest.mark.parametrize("url", ["redis://h", "rediss://:p%40@h:6380/2", "unix:///run/redis.sock", "redis://h/"])
def test_the_spellings_of_a_redis_server(url: str, tmp_path: Path) -> None:
    assert read_settings(tmp_path, REDIS_URL=url).redis_url == url


def test_words_are_read_in_small_and_capital_letters(tmp_path: Path) -> None:
    settings = read_settings(
        tmp_path, REGISTRATION="Closed", DYNAMIC_REGISTRATION="OFF", ALLOW_HTTP_REDIRECTS="True", LANGUAGE="de_AT.UTF-8"
    )
    assert (settings.registration, settings.dynamic_registration) == (RegistrationMode.CLOSED, DynamicRegistration.OFF)
    assert (settings.allow_http_redirects, settings.language) == (True, "de_AT")


def test_a_secret_may_stand_in_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xef\xbb\xbf" + b"k" * 40 + b"\r\n")
    assert load({f"{PREFIX}SECRET_KEY_FILE": str(file)}, folder=tmp_path).secret_key == b"k" * 40


@pytest.mark.parametrize(
    ("content", "says"), [(b"\xff\xfe" + b"k\0" * 40, "not UTF-8"), (b"k" * 40 + b"\n" + b"k" * 40, "one line")]
)
def test_a_secret_file_that_holds_something_else_is_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match=f"^OAUTH2SYSTEM_SECRET_KEY_FILE .*{says}"):
        load({f"{PREFIX}SECRET_KEY_FILE": str(file)}, folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_damaged_key_of_ours_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret_key").write_bytes(content)
    with pytest.raises(Misconfigured, match=r"secret_key is damaged\. "):
        load({}, folder=tmp_path)


def test_a_data_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(Misconfigured, match=r"secret_key cannot be used: File exists\.$"):
        load({}, folder=tmp_path)


def test_no_secret_is_in_the_description_of_the_settings(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://u:hunter2@h/d", "REDIS_URL": "redis://:hunter2@h",
        "SMTP_URL": "smtp://u:hunter2@h", "SECRET_KEY": "hunter2" * 6,
    }  # fmt: skip
    assert "hunter2" not in repr(read_settings(tmp_path, **given))
    assert given.keys() == set(SECRETS)


def test_every_setting_has_a_field() -> None:
    named = {name.removeprefix(PREFIX).lower() for name in NAMES if not name.endswith("_FILE")}
    assert named - {"var_dir", "smtp_url"} | {"var", "mail_server"} == {field.name for field in fields(Settings)}


def test_the_documented_defaults_are_those_of_the_code(tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(OAUTH2SYSTEM_\w+)`[^|]*\| ([^|]+) \| ([^|]+) \|$", guide, re.MULTILINE)
    assert {name for name, *_rest in rows} == {name for name in NAMES if not name.endswith("_FILE")}
    assert all(default.strip() and meaning.strip() for _name, default, meaning in rows)
    plain = {name: default.strip("`") for name, default, _meaning in rows if re.fullmatch("`[^`]+`", default)}
    assert len(plain) >= 8, "defaults are written in another way now: fix this test"
    assert load(plain, folder=tmp_path) == load({}, folder=tmp_path)
