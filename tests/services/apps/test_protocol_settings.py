"""An app's protocol settings in its owner's hands: one at a time, by the rules of registration, with a way back."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from oauth2system.errors import Invalid, NotFound, NotPermitted
from oauth2system.protocol.jose import keys as jose
from oauth2system.services.apps import apps, protocol_settings, redirect_uris
from oauth2system.services.apps.protocol_settings import Changed, Protocol
from tests.protocol import keys
from tests.support.in_process.story import App, Member, Story

JWKS = {"keys": [jose.public_jwk(keys.EC)]}
SIGNS: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS}


def change(who: Member, app: App, **changes: Any) -> Changed:
    return who.do(protocol_settings.change, app.client_id, changes)


def view(who: Member, app: App) -> Protocol:
    return who.do(protocol_settings.view, app.client_id)


def problems(who: Member, app: App, **changes: Any) -> Mapping[str, str]:
    with pytest.raises(Invalid) as caught:
        change(who, app, **changes)
    return caught.value.problems


def test_a_change_is_kept_and_comes_with_the_way_back(ada: Member, app: App) -> None:
    before = view(ada, app)
    done = change(ada, app, require_pkce=False)
    assert view(ada, app).settings["require_pkce"] is False
    assert done == Changed(view(ada, app), {"require_pkce": True}, None)
    change(ada, app, **done.before)
    assert view(ada, app) == before


def test_what_one_change_brings_along_is_taken_back_with_it(ada: Member, app: App) -> None:
    change(ada, app, **SIGNS)
    plain = view(ada, app)
    done = change(ada, app, profile="fapi2")
    assert view(ada, app).is_fapi
    assert view(ada, app).settings["dpop_bound_access_tokens"] is True
    change(ada, app, **done.before)
    assert view(ada, app) == plain


def test_what_the_owner_decided_elsewhere_stays(ada: Member, app: App) -> None:
    ada.do(apps.describe, app.client_id, "Verses.")
    ada.do(apps.allow_rereading, app.client_id, 300)
    change(ada, app, access_token_format="jwt")
    found = ada.open_app(app.client_id)
    assert (found.description, found.reread_seconds, found.simple_flow) == ("Verses.", 300, True)


def test_a_refusal_stands_beside_the_field_that_was_changed(ada: Member, app: App) -> None:
    assert problems(ada, app, token_endpoint_auth_method="private_key_jwt") == {
        "token_endpoint_auth_method": "Add the app's public keys below first."
    }
    assert list(problems(ada, app, jwks={"keys": "none"})) == ["jwks"]
    assert problems(ada, app, backchannel_logout_uri="ftp://x.example") == {
        "backchannel_logout_uri": "Browsers must not be sent to this kind of address; use one that begins with https://."
    }
    # The member at fault is none that was changed: the sentence still stands where the person looks.
    change(ada, app, grant_types=["client_credentials"])
    assert list(problems(ada, app, token_endpoint_auth_method="none")) == ["token_endpoint_auth_method"]
    assert list(problems(ada, app, scope='"')) == ["scope"]


def test_an_app_that_turns_to_signing_with_a_secret_gets_one_that_can_sign(story: Story, ada: Member, app: App) -> None:
    done = change(ada, app, token_endpoint_auth_method="client_secret_jwt")
    assert done.secret is not None
    assert story.look("SELECT COUNT(*) FROM client_secrets WHERE sealed IS NOT NULL")[0][0] == 1
    assert change(ada, app, require_pkce=False).secret is None


def test_a_public_app_that_becomes_confidential_gets_its_first_secret(story: Story, ada: Member) -> None:
    made = ada.do(apps.create, "Phone", public=True)
    assert made.client_secret is None
    app = App(made.client_id, "", "")
    assert view(ada, app).is_public
    done = change(ada, app, token_endpoint_auth_method="client_secret_basic")
    assert done.secret is not None
    assert not view(ada, app).is_public


def test_an_app_that_leaves_its_secret_behind_leaves_the_simple_flow(ada: Member, app: App) -> None:
    change(ada, app, **SIGNS)
    assert not ada.open_app(app.client_id).simple_flow
    with pytest.raises(NotPermitted):
        ada.do(apps.switch_simple_flow, app.client_id, True)


def test_the_simple_flow_that_ended_with_the_secret_comes_back_with_the_way_back(ada: Member, app: App) -> None:
    done = change(ada, app, token_endpoint_auth_method="none")
    assert done.before["simple_flow"] is True
    change(ada, app, **done.before)
    assert ada.open_app(app.client_id).simple_flow
    change(ada, app, **SIGNS)
    change(ada, app, simple_flow=True)  # not while no secret is shown
    assert not ada.open_app(app.client_id).simple_flow


def test_a_redirect_uri_is_not_moved_from_under_pairwise_names(ada: Member, app: App) -> None:
    change(ada, app, subject_type="pairwise")
    with pytest.raises(Invalid, match="pairwise"):
        ada.do(redirect_uris.add, app.client_id, "https://elsewhere.example/cb")
    with pytest.raises(Invalid, match="pairwise"):
        ada.do(redirect_uris.remove, app.client_id, app.redirect_uri)
    ada.do(redirect_uris.add, app.client_id, "https://site.example/second")


def test_nobody_sees_or_changes_the_protocol_of_somebody_else_s_app(story: Story, app: App) -> None:
    eve = story.member("eve")
    for verb in (protocol_settings.change, protocol_settings.judge):
        with pytest.raises(NotFound):
            eve.do(verb, app.client_id, {"require_pkce": False})
    with pytest.raises(NotFound):
        view(eve, app)


def test_each_change_is_on_the_record(story: Story, ada: Member, app: App) -> None:
    change(ada, app, require_pkce=False, access_token_format="jwt")
    kept = story.look("SELECT data FROM audit WHERE event = 'app.changed' ORDER BY id DESC LIMIT 1")
    assert json.loads(kept[0][0])["field"] == "access_token_format require_pkce"
