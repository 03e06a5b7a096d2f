"""Which passwords are accepted, and how they are kept."""

import time
from pathlib import Path
from typing import Any

import pytest
from passlib.context import CryptContext  # pyright: ignore[reportMissingTypeStubs]  (passlib has no types)

from oauth2system import settings as settings_module
from oauth2system.errors import Invalid
from oauth2system.policy import passwords, quotas
from oauth2system.services.sessions import password_hashing
from oauth2system.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"OAUTH2SYSTEM_PUBLIC_URL": "https://id.example.org", "OAUTH2SYSTEM_SECRET_KEY": "k" * 64}
    return settings_module.load(given, folder=tmp_path)


@pytest.mark.parametrize(
    "password",
    [
        "kz83hq1p",
        "correct horse battery staple",
        "  leading and trailing  ",
        "\U0001f600\U0001f601\U0001f602\U0001f603\U0001f604\U0001f605\U0001f606\U0001f607",
        "p\u00e4\u00e4skynen lent\u00e4\u00e4",
        "x7" * 32,
        "x7" * 64,
    ],
)
def test_t102_a_password_of_8_to_128_characters_is_taken_as_it_is(password: str, settings: Settings) -> None:
    passwords.check_new(password, *settings.site_names)
    kept = password_hashing.hash_password(password)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password_hashing.check(password, kept).right


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "8 characters"),
        ("seven77", "8 characters"),
        ("x7" * 64 + "x", "128 characters"),
        ("x" * 4096, "128 characters"),
        ("password", "most common"),
        ("Password", "most common"),
        ("PASSWORD123", "most common"),
        ("12345678", "most common"),
        ("qwertyuiop", "most common"),
        ("Passw0rd!", "most common"),
        ("%%%%%%%%", "repeated"),
        ("        ", "nothing to type"),
        ("abc\0defgh", "nothing to type"),
        ("Lovelace1", "your own name"),
        ("lovelace1@example.org", "your own name"),
        ("id.example.org", "name of this site"),
        ("https://id.example.org", "name of this site"),
        ("OAuth2System", "most common"),
    ],
)
def test_t102_what_is_tried_first_is_refused_with_the_reason(password: str, says: str, settings: Settings) -> None:
    with pytest.raises(Invalid) as refusal:
        passwords.check_new(password, *settings.site_names, "Lovelace1", "lovelace1@example.org")
    assert says in refusal.value.problems["password"]


def test_t102_composed_and_decomposed_letters_are_one_password() -> None:
    assert password_hashing.check("zoe\u0308 was here", password_hashing.hash_password("zo\u00eb was here")).right


def test_t102_nothing_is_cut_off() -> None:
    kept = password_hashing.hash_password("x7" * 63 + "x1")
    assert not password_hashing.check("x7" * 63 + "x2", kept).right
    assert not password_hashing.check("x7" * 63 + "x1\0", kept).right


def test_t102_a_long_password_takes_no_longer() -> None:
    kept = password_hashing.hash_password("kz83hq1p")

    def fastest(password: str) -> float:
        times: list[float] = []
        for _ in range(5):
            begun = time.thread_time()  # the work itself, whatever else the machine does
            password_hashing.check(password, kept)
            times.append(time.thread_time() - begun)
        return min(times)

    assert fastest("x" * 1_000_000) < 3 * fastest("kz83hq1q")


def test_a_hash_with_older_parameters_is_made_anew_when_it_is_used() -> None:
    weaker: Any = CryptContext(["argon2"], argon2__memory_cost=8192, argon2__time_cost=1, argon2__parallelism=1)
    older: str = weaker.hash("kz83hq1p")
    checked = password_hashing.check("kz83hq1p", older)
    assert checked.right
    assert checked.upgraded is not None
    assert checked.upgraded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password_hashing.check("kz83hq1p", checked.upgraded) == password_hashing.Checked(right=True)


def test_nobody_has_a_password() -> None:
    assert not password_hashing.check("nobody's password: it belongs to no account", None).right
    assert not password_hashing.check("anything", "not a hash").right


def test_the_list_of_common_passwords_is_sorted_and_in_one_form() -> None:
    path = Path(passwords.__file__).parent / "common_passwords.txt"
    words = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(words) > 10_000
    assert words == sorted(set(words))
    assert all(word == passwords.normalise(word).casefold() and len(word) >= quotas.PASSWORD_SHORTEST for word in words)
