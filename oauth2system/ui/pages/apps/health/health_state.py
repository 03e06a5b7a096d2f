"""What the check of one app found, as its owner sees it."""

from oauth2system.errors import NotFound
from oauth2system.i18n import N_, _
from oauth2system.services.insight import health_check
from oauth2system.services.insight.health_check import HealthPlace
from oauth2system.ui.pages.apps.app_address import find_app_id
from oauth2system.ui.state import Visitor, Who, event

# The words of the link to where a finding is fixed; what is fixed on this page needs none.
PLACES = {
    HealthPlace.OVERVIEW: N_("Overview"),
    HealthPlace.PROTOCOL: N_("Open the protocol settings"),
    HealthPlace.SECRETS: N_("Client secrets"),
}


class HealthState(Visitor):
    """The findings about the app whose page is open."""

    checked: bool = False
    findings: list[dict[str, str]] = []
    unknown: list[str] = []

    @event(Who.OWNER)
    async def check(self) -> None:
        """Check the app whose page this is."""
        app_id = find_app_id(self)
        self.checked = False
        try:
            done = await health_check.run(self.call, app_id)
        except NotFound:
            return
        self.findings = [
            {
                "finding": _(one.finding),
                "why": _(one.why),
                "fix": _(one.fix),
                "to": f"/apps/{app_id}{one.place.value}" if one.place.value else "",
                "where": _(PLACES[one.place]),
            }
            for one in done.findings
        ]
        self.unknown = [_(one) for one in done.unknown]
        self.checked = True
