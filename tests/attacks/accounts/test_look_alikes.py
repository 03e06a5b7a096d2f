"""T127 over HTTP: one canonical form and one skeleton, for the first who asks and for every other."""

import pytest

from oauth2system.errors import Invalid
from oauth2system.services.accounts import profile, saved_forms
from tests.support.in_process.browsers import House, path, query

MISLEADING = [
    "\u0430dmin", "admin ", "Admin", "\uff41\uff44\uff4d\uff49\uff4e", "root", "support", ".well-known",
    "ada\U0001f600", "a" + "\u0301" * 1000, "\u0430\u0434\u0430", "ad\u0430", "ada\u200d", "\u202eada",
]  # fmt: skip


@pytest.mark.parametrize("name", MISLEADING)
def test_t127_a_misleading_username_is_refused_beside_its_field(house: House, name: str) -> None:
    answer = house.browser().register(name, "eve@example.org")
    assert path(answer) == "/registration"
    kept = house.ask(saved_forms.find, query(answer)["form"])
    assert kept is not None
    assert set(kept.problems) == {"username"}
    assert house.look("SELECT COUNT(*) FROM users") == [(0,)]


def test_t127_every_spelling_of_one_name_is_one_account(house: House) -> None:
    assert path(house.browser().register("Ada.Lovelace", "ada@example.org")) == "/account/email_confirm"
    for name in ("ada.lovelace", "ADA.LOVELACE", "ada_lovelace", "ada-lovelace", "ada.1ovelace", "\uff41da.lovelace"):
        assert query(house.browser().register(name, "eve@example.org"))["error"] == "form"
    assert house.look("SELECT username FROM users") == [("ada.lovelace",)]


@pytest.mark.parametrize("name", ["Ada\u202eevE", "Ada\u200b", "\u3164", "A\nB", "x" * 65])
def test_t127_a_display_name_cannot_mislead_either(house: House, name: str) -> None:
    house.person("ada")
    browser = house.browser()
    browser.sign_in()
    with pytest.raises(Invalid):
        house.ask(profile.rename, name, caller=browser.caller)
    answer = house.browser().register("eve", display_name=name)
    assert query(answer)["error"] == "form"
