"""What is told about a person."""

import pytest

from oauth2system.protocol import scopes
from oauth2system.protocol.tokens.claims import (
    UserFacts,
    build_userinfo,
    keep_only,
    list_supported,
    sector_of,
    simple_user,
    subject_of,
)
from tests.protocol.given import C1, NOW, client_with

ISSUER = "https://id.example"
ADA = UserFacts("184467440737095", "ada", "Ada Lovelace", "ada@example.org", email_verified=True)
IDENTIFY = ["id", "username", "user_name", "display_name", "avatar"]
EMAIL = ["email", "email_verified"]


@pytest.mark.parametrize(
    ("granted", "keys"),
    [
        ({"identify", "email"}, IDENTIFY + EMAIL),
        ({"identify"}, IDENTIFY),
        ({"profile", "email"}, IDENTIFY + EMAIL),
        ({"email"}, ["id", *EMAIL]),
        ({"openid"}, ["id"]),
    ],
)
def test_t071_the_json_of_api_user_has_exactly_the_promised_keys(granted: set[str], keys: list[str]) -> None:
    assert list(simple_user(ADA, frozenset(granted), ISSUER)) == keys


def test_the_values_are_the_persons() -> None:
    assert simple_user(ADA, frozenset({"identify", "email"}), ISSUER) == {
        "id": "184467440737095",
        "username": "ada",
        "user_name": "ada",
        "display_name": "Ada Lovelace",
        "avatar": None,
        "email": "ada@example.org",
        "email_verified": True,
    }


FULL = ADA._replace(avatar="0af", updated_at=int(NOW.timestamp()), language="pt_BR")


def test_userinfo_has_a_sub_and_what_the_scopes_release() -> None:
    assert build_userinfo("s", ADA, frozenset({"openid"}), ISSUER) == {"sub": "s"}
    assert build_userinfo("s", FULL, frozenset({"openid", "profile", "email"}), ISSUER) == {
        "sub": "s",
        "name": "Ada Lovelace",
        "preferred_username": "ada",
        "picture": "https://id.example/avatars/0af.webp",
        "locale": "pt-BR",
        "updated_at": int(NOW.timestamp()),
        "email": "ada@example.org",
        "email_verified": True,
    }


def test_userinfo_leaves_out_what_has_no_value() -> None:
    nameless = ADA._replace(display_name="")
    told = build_userinfo("s", nameless, frozenset({"profile"}), ISSUER)
    assert told == {"sub": "s", "name": "ada", "preferred_username": "ada"}


def test_a_claim_asked_for_by_name_comes_alone() -> None:
    asked = build_userinfo("s", ADA, frozenset({"openid"}), ISSUER, ("name", "picture"))
    assert asked == {"sub": "s", "name": "Ada Lovelace"}
    assert keep_only(ADA, ("email", "unknown"), ISSUER) == {"email": "ada@example.org"}


def test_every_claim_a_scope_may_release_is_one_we_have() -> None:
    every = build_userinfo("s", FULL, frozenset({"openid", "profile", "email"}), ISSUER)
    assert set(every) == scopes.claims_of({"openid", "profile", "email"})
    assert set(every) < set(list_supported())


SECRET = b"s" * 32
PAIRWISE = client_with(C1, subject_type="pairwise")


def test_a_public_subject_is_the_user_id() -> None:
    assert subject_of("1", C1, SECRET) == "1"


def test_a_pairwise_subject_is_one_per_sector_and_tells_nothing() -> None:
    one = subject_of("1", PAIRWISE, SECRET)
    assert one == subject_of("1", client_with(PAIRWISE, id="999"), SECRET)
    other_sector = client_with(PAIRWISE, redirect_uris=("https://other.example/cb",))
    no_sector = client_with(PAIRWISE, redirect_uris=("https://a.example/cb", "https://b.example/cb"))
    named = client_with(no_sector, sector_identifier_uri="https://app.example/sector.json")
    assert subject_of("1", named, SECRET) == one
    others = {subject_of("1", client, SECRET) for client in (other_sector, no_sector)}
    others |= {subject_of("2", PAIRWISE, SECRET), subject_of("1", PAIRWISE, b"t" * 32), "1"}
    assert one not in others
    assert len(others) == 5
    assert len(one) == 43


def test_an_own_scheme_is_a_sector_of_its_own() -> None:
    assert sector_of(client_with(C1, redirect_uris=("com.example.app:/cb",))) == "com.example.app:/cb"
