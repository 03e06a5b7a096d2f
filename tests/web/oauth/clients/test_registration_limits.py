"""What a program that registers apps may keep here, and what it may not say of them."""

from dataclasses import replace

import pytest

from oauth2system.policy import budgets
from tests.support.in_process.oauth_apps import House
from tests.web.oauth.clients.test_registration import ASKED, made, manage, mode, place, post, runner, token

__all__ = ["mode", "place", "runner"]


def test_t078_a_description_that_is_changed_again_and_again_fills_no_audit_log(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "CHANGE_APP", replace(budgets.CHANGE_APP, times=2))
    told, other = made(house), made(house)
    assert [manage(house, told, "PUT", {**ASKED, "client_id": told["client_id"]}).status_code for _ in range(3)] == [
        200, 200, 429,
    ]  # fmt: skip
    assert manage(house, other, "PUT", {**ASKED, "client_id": other["client_id"]}).status_code == 200


@pytest.mark.parametrize("name", ["Oauth2System", "0auth2System", "\u041eauth2\u0405ystem", "Oauth2System Support"])
def test_t126_no_program_registers_an_app_that_passes_for_us(house: House, name: str) -> None:
    told = made(house)
    given = {**ASKED, "client_id": told["client_id"], "client_name": name}
    for answer in (post(house, token(house), client_name=name), manage(house, told, "PUT", given)):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
        assert "client_name" in answer.json()["error_description"]
    assert manage(house, told).json()["client_name"] == ASKED["client_name"]
