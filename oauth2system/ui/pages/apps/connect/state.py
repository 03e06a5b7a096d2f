"""The link that an app's owner puts together, and the consent page that it leads to."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

import reflex as rx

from oauth2system.protocol.authorization.target import MAX_STATE
from oauth2system.services.apps import consent_preview
from oauth2system.ui.pages.apps.app_state import AppState
from oauth2system.ui.pages.apps.connect import links, preview
from oauth2system.ui.state import Who, caller_of, event

_LONGEST_EXTRA = 200


class ConnectState(AppState):
    """What was chosen for a link of the app. What was not chosen follows the app's settings."""

    chosen_flow: str = ""
    # By flow, once a box was ticked.
    chosen_scopes: dict[str, list[str]] = {}
    chosen_uri: str = ""
    typed_state: str = ""
    # Its field shows what was made here, and keeps what was typed.
    state_round: int = 0
    nonce: str = ""
    verifier: str = ""
    challenge: str = ""
    extras: dict[str, str] = {}
    # The consent page as a document; empty while it is not shown.
    consent_page: str = ""

    @rx.var
    def flow(self) -> str:
        """Return the flow of the link; the simple flow while the app has it and nothing else was chosen."""
        if not self.simple_flow:
            return links.CODE
        return links.CODE if self.chosen_flow == links.CODE and self.takes_links else links.SIMPLE

    @rx.var
    def link_scopes(self) -> list[str]:
        """Return the scopes that the link asks for."""
        ticked = self.chosen_scopes.get(self.flow, list(links.FIRST[self.flow]))
        return [name for name in links.SCOPES[self.flow] if name in ticked and name in self.scopes]

    @rx.var
    def link_uri(self) -> str:
        """Return where the link leads back to; the simple flow always uses the marked address."""
        if self.flow == links.SIMPLE:
            return self.simple_uri
        return self.chosen_uri if self.chosen_uri in self.uris else next(iter(self.uris), "")

    @rx.var
    def link(self) -> str:
        """Return the whole link, or an empty text while it would lead nowhere or ask for nothing."""
        if not self.link_uri or not self.link_scopes:
            return ""
        said = links.Link(
            self.app_id,
            self.link_scopes,
            redirect_uri=self.link_uri,
            state=self.typed_state,
            nonce=self.nonce,
            challenge=self.challenge,
            extras=self.extras,
        )
        return links.write(self.origin, self.flow, said)

    @event(Who.OWNER)
    def begin(self) -> None:
        """Open the page: nothing is chosen yet, and the values of a single sign-in are new."""
        self.chosen_flow = self.chosen_uri = self.consent_page = ""
        self.chosen_scopes, self.extras = {}, {}
        self._refresh()
        self.typed_state = ""

    @event(Who.OWNER)
    def make_fresh(self) -> None:
        """Make a new state, nonce and PKCE pair: each is good for one sign-in."""
        self._refresh()

    def _refresh(self) -> None:
        self.typed_state, self.nonce, self.verifier = (secrets.token_urlsafe(size) for size in (16, 16, 32))
        digest = sha256(self.verifier.encode()).digest()
        self.state_round += 1
        self.challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()  # RFC 7636 §4.2

    @event(Who.OWNER)
    async def choose_flow(self, flow: str) -> None:
        """Choose the flow of the link."""
        self.chosen_flow = flow
        await self._draw_again()

    @event(Who.OWNER)
    async def tick(self, scope: str, on: bool) -> None:  # noqa: FBT001  (what a checkbox sends)
        """Let the link ask for a scope, or not."""
        ticked = {*self.link_scopes, scope} if on else {*self.link_scopes} - {scope}
        kept = [name for name in links.SCOPES[self.flow] if name in ticked]
        self.chosen_scopes = {**self.chosen_scopes, self.flow: kept}
        await self._draw_again()

    @event(Who.OWNER)
    async def lead_to(self, uri: str) -> None:
        """Let the link of the code flow lead to this address."""
        self.chosen_uri = uri
        await self._draw_again()

    @event(Who.OWNER)
    def write_state(self, state: str) -> None:
        """Put a state into the link."""
        self.typed_state = state[:MAX_STATE]

    @event(Who.OWNER)
    def write_extra(self, name: str, value: str) -> None:
        """Put one of the other parameters into the link; an empty value takes it out."""
        if name in links.EXTRAS:
            self.extras = {**self.extras, name: value.strip()[:_LONGEST_EXTRA]}

    @event(Who.OWNER)
    async def show_consent(self) -> None:
        """Show the consent page for what is ticked, or close it."""
        await self._draw(is_open=not self.consent_page)

    async def _draw_again(self) -> None:
        await self._draw(is_open=bool(self.consent_page))

    async def _draw(self, *, is_open: bool) -> None:
        if not is_open or not self.link:
            self.consent_page = ""
            return
        query = self.link.partition("?")[2]
        view = await self.call(consent_preview.show, self.app_id, query)
        self.consent_page = preview.draw(view, caller_of(self))
