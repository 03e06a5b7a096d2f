"""The state of an app's domains: which are proved, and what a check of one has found."""

from oauth2system.errors import NotFound
from oauth2system.i18n import _
from oauth2system.services.apps import domain_proof
from oauth2system.services.apps.domain_proof import DomainView, ProofFinding
from oauth2system.ui import words
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.state import Visitor, Who, event


class DomainsState(Visitor):
    """The domains of an app, each with what proves it."""

    app_id: str = ""
    domains: list[dict[str, str]] = []
    # The domain that was checked last, and what was found.
    checked: str = ""
    found: dict[str, str] = {}

    @event(Who.OWNER)
    async def load(self) -> None:
        """Show the app's domains; the rest of the page says it if there is no such app."""
        self.app_id, self.domains = find_app_id(self), []
        self.checked, self.found = "", {}
        await self._look()

    @event(Who.OWNER)
    async def look_again(self) -> None:
        """Show the domains as they are now: an address may have been added or removed."""
        await self._look()

    async def _look(self) -> None:
        try:
            self.domains = [_show(one) for one in await self.call(domain_proof.view, self.app_id)]
        except NotFound:
            return

    @event(Who.OWNER)
    async def check(self, domain: str) -> None:
        """Look for the proof of a domain now."""
        self.clear_notice()
        done = await domain_proof.check(self.call, self.app_id, domain)
        self.domains = [_show(one) for one in done.domains]
        self.checked = domain
        self.found = {**_describe("record", done.record), **_describe("file", done.file)}


def _show(one: DomainView) -> dict[str, str]:
    return {
        "domain": one.domain,
        "token": one.token,
        "record": one.record,
        "file": one.file,
        "proved": words.day(one.proved_at) if one.proved_at else "",
        "seen": words.ago(one.seen_at) if one.seen_at else "",
        "missing": "yes" if one.failures else "",
    }


def _describe(place: str, finding: ProofFinding) -> dict[str, str]:
    return {
        place: _(finding.words),
        f"{place}_good": "yes" if finding.is_proof else "",
        f"{place}_texts": "\n".join(finding.texts),
    }
