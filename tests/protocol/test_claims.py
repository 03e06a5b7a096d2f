"""What is told about a person."""

import pytest

from oauth2system.protocol.claims import UserFacts, simple_user

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
    assert list(simple_user(ADA, frozenset(granted))) == keys


def test_the_values_are_the_persons() -> None:
    assert simple_user(ADA, frozenset({"identify", "email"})) == {
        "id": "184467440737095",
        "username": "ada",
        "user_name": "ada",
        "display_name": "Ada Lovelace",
        "avatar": None,
        "email": "ada@example.org",
        "email_verified": True,
    }
