"""One canonical form for whatever names a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.errors import Invalid
from oauth2system.policy import names

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada", "ada"),
        ("Ada", "ada"),
        ("  ada ", "ada"),
        ("\uff21\uff44\uff41", "ada"),  # full-width letters are the same letters
        ("\U0001d4ea\U0001d4ed\U0001d4ea", "ada"),  # and so are mathematical ones
        ("ada.lovelace", "ada.lovelace"),
        ("ada_lovelace-1815", "ada_lovelace-1815"),
        ("_ada_", "_ada_"),
        ("a" * 32, "a" * 32),
        ("123", "123"),
    ],
)
def test_a_username_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert names.read_username(typed).canonical == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "ad",
        "a" * 33,
        "a" * 100_000,
        ".ada",
        "ada.",
        "-ada",
        "ada-",
        "ada..lovelace",
        "ada.-lovelace",
        "___",
        "ada lovelace",
        "ada@example.org",
        "ada/lovelace",
        "ada\u200blovelace",
        "ada\u202elovelace",
        "ada\nlovelace",
        "zo\u00eb",
        "ada\U0001f600",
        "a" + "\u0301" * 1000,
        "\u0430\u0434\u0430",
        "adm\u0131n",
    ],
)
def test_t127_a_username_that_could_mislead_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        names.read_username(typed)
    assert refusal.value.problems["username"].endswith(".")


@pytest.mark.parametrize(
    "typed",
    [
        CYRILLIC_A + "dmin",
        "admin",
        "admin ",
        "Admin",
        "ADMIN",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "adm1n",
        "a.d.m.i.n",
        "admin_",
        "root",
        "support",
        "supp0rt",
        ".well-known",
        "well-known",
        "oauth2system",
        "null",
    ],
)
def test_t127_nobody_registers_under_a_name_that_speaks_for_the_site(typed: str) -> None:
    with pytest.raises(Invalid):
        names.read_username(typed)


def test_an_operator_may_call_the_administrator_admin() -> None:
    assert names.read_username("Admin", reserved_ok=True).canonical == "admin"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paul", "pau1"),
        ("bob", "b0b"),
        ("ada.l", "ada_l"),
        ("ada.l", "ada-l"),
        ("modern", "modem"),
        ("wendy", "vvendy"),
    ],
)
def test_t127_two_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert names.read_username(one).skeleton == names.read_username(other).skeleton


@pytest.mark.parametrize(("one", "other"), [("ada", "adal"), ("ann", "anna"), ("ada", "eda"), ("joan", "jo-an")])
def test_names_that_differ_to_the_eye_stay_apart(one: str, other: str) -> None:
    assert names.read_username(one).skeleton != names.read_username(other).skeleton


@given(st.text(max_size=200))
def test_reading_a_username_ends_in_the_canonical_form_or_in_a_sentence(typed: str) -> None:
    try:
        username = names.read_username(typed)
    except Invalid as refusal:
        assert refusal.problems["username"]  # noqa: PT017  (raised in one of several cases)
        return
    assert names.read_username(username.canonical) == username
    assert set(username.canonical) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-")


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        (" Ada@Example.ORG ", "Ada@example.org", "ada@example.org"),
        ("ada+sites@example.org", "ada+sites@example.org", "ada+sites@example.org"),
        ("a.da@example.org", "a.da@example.org", "a.da@example.org"),
        ("ada@b\u00fccher.example", "ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("ada@mail.test", "ada@mail.test", "ada@mail.test"),
        ("ada@printer.local", "ada@printer.local", "ada@printer.local"),
    ],
)
def test_an_address_is_compared_by_letter_case_alone(typed: str, address: str, key: str) -> None:
    email = names.read_email(typed)
    assert (email.address, email.key) == (address, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada lovelace@example.org",
        "ada@example.org\nbcc: eve@example.org",
        "ada@[127.0.0.1]",
        '"ada"@example.org',
        "Ada <ada@example.org>",
        "\u0430da@example.org",
        "ada@localhost",
        f"{'a' * 65}@example.org",
        f"ada@{'a' * 250}.org",
        "ada@" + "x" * 100_000,
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        names.read_email(typed)
    assert refusal.value.problems["email"].endswith(".")


# IANA, Special-Use Domain Names: the whole registry, without its reverse zones and what else is below arpa.
SPECIAL_USE = {
    "alt": False,
    "eap-noob.arpa": False,
    "example": True,
    "example.com": True,
    "example.net": True,
    "example.org": True,
    "home.arpa": True,
    "in-addr.arpa": False,
    "invalid": False,
    "ipv4only.arpa": False,
    "local": True,
    "localhost": False,
    "onion": False,
    "resolver.arpa": False,
    "service.arpa": False,
    "test": True,
}


@pytest.mark.parametrize(("domain", "reachable"), SPECIAL_USE.items())
def test_each_special_use_domain_is_judged_by_whether_mail_can_arrive(domain: str, reachable: bool) -> None:
    for typed in (f"ada@host.{domain}", f"ada@HOST.{domain.upper()}"):
        if reachable:
            assert names.read_email(typed).key == f"ada@host.{domain}"
            continue
        with pytest.raises(Invalid) as refusal:
            names.read_email(typed)
        assert refusal.value.problems["email"] == "No mail can be sent to this address."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\u3000Lovelace\u00a0", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u5f20\u4f1f", "\u5f20\u4f1f"),
        ("\u0639\u0644\u064a", "\u0639\u0644\u064a"),
        ("Ada \U0001f680", "Ada \U0001f680"),
        ("<b>Ada</b>", "<b>Ada</b>"),  # escaped where it is shown
        ("\uff21da \uff11", "Ada 1"),  # full-width letters are the same letters
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
    ],
)
def test_a_display_name_is_anything_that_can_be_seen(typed: str, kept: str) -> None:
    assert names.read_display_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "a" * 65,
        "a" * 100_000,
        "Ada\nLovelace",
        "Ada\x1b[31m",
        "Ada\u202eecalevoL",
        "Ada\u200b",
        "Ada\u2066x\u2069",
        "Ada\u2028",
        "Ada\n",
        "\u3164",
        "\u2800\u2800",
        "Ada\ufeff",
        "Ada\ud800",
        "a" + "\u0301" * 30,
        "Ada\0",
    ],
)
def test_t075_a_display_name_with_hidden_or_moving_characters_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        names.read_display_name(typed)
    assert refusal.value.problems["display_name"].endswith(".")
