"""The state of an app's protocol page: the settings, and what each control answers."""

import json
from dataclasses import replace
from typing import Any

from oauth2system.errors import Invalid, NotFound
from oauth2system.i18n import N_, _, join
from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import NotJson
from oauth2system.protocol.scopes import NAMES
from oauth2system.services.apps import protocol_settings
from oauth2system.services.apps.protocol_settings import Changed, Protocol
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.state import Visitor, Who, event

METHOD, KEYS, KEYS_AT = "token_endpoint_auth_method", "jwks", "jwks_uri"
SIGNED = "private_key_jwt"
POST_LOGOUT = "post_logout_redirect_uris"
SWITCHES = (
    "require_pkce",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "id_token_userinfo_claims",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
)
CHOICES = (METHOD, "access_token_format", "id_token_signed_response_alg", "subject_type")
TEXTS = (KEYS, KEYS_AT, "sector_identifier_uri", "backchannel_logout_uri", "frontchannel_logout_uri")
LISTS = {"grant_types": (CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT), "scope": tuple(sorted(NAMES))}
LONGEST = 40_000


class ProtocolState(Visitor):
    """One app's protocol settings, under their names of RFC 7591."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    is_public: bool = False
    is_fapi: bool = False
    has_keys: bool = False
    has_idle_secrets: bool = False
    switches: dict[str, bool] = {}
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    post_logout_uris: list[str] = []

    # The method that was chosen: it is saved together with its keys.
    wanted: str = ""
    secret: str = ""
    round: int = 0
    post_logout_round: int = 0

    _before: dict[str, Any] = {}
    _field: str = ""

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the app whose page this is."""
        self.stage = self.secret = self.saved = ""
        self.app_id = find_app_id(self)
        try:
            self._show(await self.call(protocol_settings.view, self.app_id))
        except NotFound:
            self.stage = "missing"
            return
        self.round += 1
        self.stage = "ready"

    def _show(self, view: Protocol) -> None:
        known = view.settings
        self.name, self.is_public, self.is_fapi, self.has_keys = view.name, view.is_public, view.is_fapi, view.has_keys
        self.has_idle_secrets = view.has_idle_secrets
        self.switches = {name: bool(known.get(name)) for name in SWITCHES}
        self.values = {name: str(known.get(name) or "") for name in (*CHOICES, *TEXTS)}
        if known.get(KEYS):
            self.values = {**self.values, KEYS: json.dumps(known[KEYS], indent=2)}
        self.lists = {"grant_types": list(known["grant_types"]), "scope": known["scope"].split()}
        self.post_logout_uris = list(known.get(POST_LOGOUT, ()))
        self.wanted = self.values[METHOD]

    async def _change(self, field: str, **changes: Any) -> None:
        """Change and save; a refusal is shown at the control, which is set back."""
        try:
            done = await protocol_settings.revise(self.call, self.app_id, changes)
        except Invalid as error:
            self.round += field not in TEXTS  # a text that is refused stays, so that it can be fixed
            raise Invalid(**{field: join(error.problems.values(), "; ")}) from error
        self._done(field, done)

    def _done(self, field: str, done: Changed) -> None:
        self._show(done.settings)
        self.clear_notice()
        self.saved, self.can_undo, self._field = field, bool(done.before), field
        self._before = dict(done.before)
        self.secret = done.secret.value if done.secret else self.secret

    @event(Who.OWNER)
    async def undo(self) -> None:
        """Undo the last change with everything that it brought."""
        before, self._before = self._before, {}
        if before:
            done = await self.call(protocol_settings.change, self.app_id, before)
            self._done(self._field, replace(done, before={}))
            self.round += 1

    @event(Who.OWNER)
    async def switch(self, name: str, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Switch something on or off."""
        await self._change(_one_of(name, SWITCHES), **{name: bool(on)})

    @event(Who.OWNER)
    async def switch_fapi(self, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Switch the FAPI 2.0 profile on, with everything that it needs, or off."""
        await self._change("profile", profile="fapi2" if on else "default")
        self.round += 1

    @event(Who.OWNER)
    async def choose(self, name: str, value: str) -> None:
        """Choose one of several."""
        await self._change(_one_of(name, CHOICES), **{name: value})
        if name == "subject_type":
            self.round += 1

    @event(Who.OWNER)
    async def choose_method(self, method: str) -> None:
        """Choose the authentication method; a method that needs keys is saved together with them."""
        self.clear_notice()
        self.saved = ""
        if method == SIGNED and not self.has_keys:
            self.wanted = method
            return
        await self._change(METHOD, **{METHOD: method, "token_endpoint_auth_signing_alg": None})
        self.round += 1

    @event(Who.OWNER)
    async def toggle(self, name: str, item: str, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Put one word into a list, or take it out."""
        if item not in LISTS[_one_of(name, LISTS)]:
            raise Invalid(form=N_("There is no such setting."))
        kept = [known for known in self.lists.get(name, []) if known != item] + [item] * bool(on)
        await self._change(name, **{name: " ".join(kept) if name == "scope" else kept})

    @event(Who.OWNER)
    async def check(self, name: str, value: str) -> None:
        """Judge an address while it is typed."""
        name = _one_of(name, (*TEXTS, POST_LOGOUT))
        try:
            if value.strip():
                changes = {name: [value.strip()] if name == POST_LOGOUT else _read_text(name, value)}
                await self.call(protocol_settings.judge, self.app_id, changes)
            self.problems = {**self.problems, name: ""}
        except Invalid as error:
            self.problems = {**self.problems, **{name: _(message) for name, message in error.problems.items()}}

    @event(Who.OWNER)
    async def write(self, name: str, value: str) -> None:
        """Save a text when its field is left; keys are saved with the method that waits for them."""
        if value.strip() == self.values.get(_one_of(name, TEXTS), "").strip():
            return
        changes: dict[str, Any] = {name: _read_text(name, value)}
        if name in {KEYS, KEYS_AT} and changes[name] is not None and self.wanted != self.values[METHOD]:
            changes |= {METHOD: self.wanted, "token_endpoint_auth_signing_alg": None}
        await self._change(name, **changes)

    @event(Who.OWNER)
    async def add_post_logout_uri(self, form: dict[str, Any]) -> None:
        """Register one more address to come to after signing out."""
        uri = str(form.get(POST_LOGOUT, "")).strip()
        if not uri:
            raise Invalid(**{POST_LOGOUT: N_("Write the address visitors come to, like https://app.example/bye.")})
        if uri in self.post_logout_uris:
            raise Invalid(**{POST_LOGOUT: N_("It is already there.")})
        await self._change(POST_LOGOUT, **{POST_LOGOUT: [*self.post_logout_uris, uri]})
        self.post_logout_round += 1

    @event(Who.OWNER)
    async def remove_post_logout_uri(self, uri: str) -> None:
        """Take one of these addresses away."""
        await self._change(POST_LOGOUT, **{POST_LOGOUT: [known for known in self.post_logout_uris if known != uri]})

    @event(Who.OWNER)
    def close_secret(self) -> None:
        """Forget the secret that was shown."""
        self.secret = ""


def _one_of(name: str, names: Any) -> str:
    """Return a name that our page sends; raises Invalid for any other."""
    if name not in names:
        raise Invalid(form=N_("There is no such setting."))
    return name


def _read_text(name: str, value: str) -> Any:
    """Return what was typed as metadata has it: nothing is null, keys are JSON."""
    text = value.strip()[:LONGEST]
    if name != KEYS or not text:
        return text or None
    try:
        return strict_json.load(text)
    except NotJson:
        raise Invalid(jwks=N_("This is not JSON. Paste the whole key set, from { to }.")) from None
