"""The page of an app in a tab of its owner, by its events."""

from typing import Any

import httpx

from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.in_process.door import Person
from tests.support.servers.event_server import Lab

VISITOR = "oauth2system___ui___state____visitor"
STATE = f"{VISITOR}.oauth2system___ui___pages___apps___app_state____app_state"
SECRETS = f"{VISITOR}.oauth2system___ui___pages___apps___secrets___secrets_state____secrets_state"


class AppPage:
    """The page of one app in a tab of its owner."""

    def __init__(self, lab: Lab, owner: Person, tab: Tab, client_id: str) -> None:
        self.lab, self.owner, self.tab, self.client_id = lab, owner, tab, client_id
        self.do("load")
        self.do("load", SECRETS)

    def do(self, handler: str, state: str = STATE, /, **payload: Any) -> None:
        self.tab.ask(f"{state}.{handler}", payload, path=f"/apps/{self.client_id}")

    def vars(self, state: str = STATE) -> dict[str, Any]:
        found = self.tab.state.get(f"{ROOT}.{state}", {})
        return {name.removesuffix("_rx_state_"): value for name, value in found.items()}

    def said(self, name: str) -> Any:
        return self.vars(VISITOR).get(name)

    def redirect_to(self, uri: str) -> None:
        """Ask for an authorization that names this address, as anybody can."""
        asked = {"client_id": self.client_id, "response_type": "code", "redirect_uri": uri}
        assert httpx.get(f"{self.lab.url}/oauth2/authorize", params=asked, trust_env=False).status_code == 400
