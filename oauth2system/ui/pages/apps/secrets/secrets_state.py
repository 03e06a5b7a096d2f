"""The client secrets of one app, as its owner sees and changes them."""

from typing import Any

from oauth2system.errors import NotFound
from oauth2system.i18n import _
from oauth2system.services.apps import app_tokens, apps
from oauth2system.services.apps.apps import SecretAdded
from oauth2system.services.apps.views import App
from oauth2system.ui import words
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.pages.apps.secrets.rows import make_rows
from oauth2system.ui.query import Address
from oauth2system.ui.state import Visitor, Who, event

_NO_SECRET = ("", "", "")


class SecretsState(Visitor):
    """The secrets of the app whose page is open. A fresh one is here only until it is closed or a page is loaded."""

    stage: str = ""
    app_id: str = ""
    name: str = ""
    disabled: bool = False
    secrets: list[dict[str, str]] = []
    takes_secret: bool = True
    # One of them is being replaced: the page shows live who still uses which.
    rotating: bool = False
    chosen: str = ""

    secret: str = ""
    secret_label: str = ""
    secret_is_first: bool = True
    label_round: int = 0
    retiring: str = ""

    # The owner is asked about all tokens, and of how many people they are.
    asks_revoke: bool = False
    people: str = ""

    # The app that was just made, its secret, and the connection of the page on which it was made.
    _first: tuple[str, str, str] = _NO_SECRET

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the secrets of the app whose page this is."""
        self.stage, self.secret, self.retiring, self.asks_revoke = "", "", "", False
        self.app_id = find_app_id(self)
        try:
            self._show(await apps.open_app(self.call, self.app_id))
        except NotFound:
            self.stage, self.secrets = "missing", []
            return
        self.stage = "ready"

    @event(Who.OWNER)
    def show_first(self) -> None:
        """Show the secret that an app was just made with on the pages of this app, until it is closed.

        A page that is loaded anew has another connection: then the secret is forgotten.
        """
        client_id, secret, connection = self._first
        if (client_id, connection) == (find_app_id(self), self.router.session.session_id):
            self.secret, self.secret_label, self.secret_is_first = secret, _("First secret"), True
        else:
            self.secret, self._first = "", _NO_SECRET

    def _show(self, view: App) -> None:
        self.name, self.disabled = view.name, view.disabled
        self.secrets = make_rows(view.secrets)
        self.takes_secret = view.takes_secret
        self.rotating = any(one["successor"] for one in self.secrets)

    def _done(self, view: App, field: str) -> None:
        """Show the secrets after a change, and say where that it is saved."""
        self._show(view)
        self.clear_notice()
        self.saved, self.can_undo = field, False

    @event(Who.OWNER)
    async def look_again(self) -> None:
        """Show the secrets as they are now."""
        self._show(await apps.open_app(self.call, self.app_id))

    @event(Who.OWNER)
    async def new_secret(self, form: dict[str, Any]) -> None:
        """Make one more secret and show it, this once."""
        label = str(form.get("label", "")) or _("Secret")
        expires, day = (str(form.get(name, "")) for name in ("expires", "day"))
        self._show_fresh(await self.call(apps.new_secret, self.app_id, label, expires, day), label)
        self.label_round += 1
        self.chosen = ""
        (await self.get_state(Address)).values = {}  # the label of a form that came back is used

    @event(Who.OWNER)
    def choose(self, expires: str) -> None:
        """Remember how long the next secret is to be accepted: some choices ask for a day."""
        self.chosen = expires

    @event(Who.OWNER)
    async def replace(self, secret_id: str) -> None:
        """Make the secret that takes the place of another, and show it, this once."""
        self._show_fresh(await self.call(apps.replace_secret, self.app_id, secret_id), "")

    def _show_fresh(self, added: SecretAdded, label: str) -> None:
        self._done(added.app, "")
        self.secret, self.secret_label, self.secret_is_first = added.secret.value, label, False
        self._first = _NO_SECRET

    @event(Who.OWNER)
    async def ask_revoke(self) -> None:
        """Ask once more before all tokens end, with the number of people as it is now, or take the question back."""
        self.clear_notice()
        self.saved = ""
        self.people = words.people(await self.call(app_tokens.count_people, self.app_id))
        self.asks_revoke = not self.asks_revoke

    @event(Who.OWNER)
    async def revoke_tokens(self) -> None:
        """End all tokens of the app."""
        await self.call(app_tokens.revoke, self.app_id)
        self.asks_revoke = False
        self.clear_notice()
        self.saved, self.can_undo = "tokens", False

    @event(Who.OWNER)
    def close_secret(self) -> None:
        """Forget the secret that was shown."""
        self.secret = self.secret_label = ""
        self._first = _NO_SECRET

    @event(Who.OWNER)
    def ask_retire(self, secret_id: str) -> None:
        """Ask once more before a secret stops working; an empty id takes the question back."""
        self.clear_notice()
        self.retiring = secret_id

    @event(Who.OWNER)
    async def retire(self) -> None:
        """Stop the secret from working; if it is the one that is shown, it is shown no longer."""
        secret_id, self.retiring = self.retiring, ""
        hint = next((one["hint"] for one in self.secrets if one["id"] == secret_id), "")
        app = await self.call(apps.retire_secret, self.app_id, secret_id)
        self._done(app, "secrets")
        if hint and self.secret.endswith(hint):
            self.secret, self._first = "", _NO_SECRET


def bring(state: SecretsState, client_id: str, secret: str) -> None:
    """Hand a secret over to the page that is about to open; no event can do this."""
    state._first = (client_id, secret, state.router.session.session_id)  # noqa: SLF001  (hidden from pages, not from us)
