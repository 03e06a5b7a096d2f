"""The owner of an app on its playground page, without the page."""

import asyncio
from dataclasses import dataclass
from typing import Any

from oauth2system.protocol.clients.client import CLIENT_CREDENTIALS, CODE_GRANT, DEVICE_GRANT, REFRESH_GRANT
from oauth2system.runtime.call import Call
from oauth2system.runtime.caller import Caller
from oauth2system.runtime.context import Source
from oauth2system.runtime.runner import Runner
from oauth2system.services.insight.playground import playground, test_people
from oauth2system.services.insight.playground.playground import RunView
from oauth2system.services.insight.playground.runs import Exchange, Run, Runs
from oauth2system.storage.tables import users
from tests.support.in_process.door import Person
from tests.support.in_process.oauth_apps import App, House

GRANTS = frozenset({CODE_GRANT, REFRESH_GRANT, CLIENT_CREDENTIALS, DEVICE_GRANT})


@dataclass
class Owner:
    """The owner of an app on its playground page, and the run that they began last."""

    house: House
    app: App
    who: Person
    view: RunView | None = None

    @property
    def call(self) -> Call:
        """Return the Call of the owner's tab."""
        return Call(self.house.runner, Caller(Source("192.0.2.9"), handle=self.who.handle))

    def do(self, service: Any, *args: Any) -> Any:
        """Run a service as the owner."""
        return self.call.now(service, *args)

    def start(self, kind: str, person_id: str = "") -> "Owner":
        """Start a run."""
        self.view = self.do(playground.start, self.app.id, kind, person_id)
        return self

    def act(self, *names: str) -> Exchange:
        """Take steps; each must be offered. Returns the last request with its answer."""
        assert self.view is not None
        for name in names:
            assert name in self.offered, (name, self.offered, self.view)
            self.view = asyncio.run(playground.act(self.call, self.app.id, self.view.id, name))
        return self.view.exchanges[-1]

    @property
    def offered(self) -> tuple[str, ...]:
        """Return what can be done now."""
        assert self.view is not None
        return tuple(one.name for one in self.view.offers)

    @property
    def run(self) -> Run:
        """Return the run as this process keeps it, secrets included."""
        assert self.view is not None
        return self.do(playground.find, self.app.id, self.view.id)

    def add(self, kind: str) -> test_people.TestPerson:
        """Make a test person."""
        return self.do(test_people.add, self.app.id, kind)[-1]

    def forget_runs(self) -> None:
        """Restart the process, as far as runs are concerned."""
        self.house.runner.server.of(Runs).__init__()


def count_people(runner: Runner) -> int:
    """Count the people of the server."""
    return runner.now(Caller(system=True), lambda ctx: users.count(ctx.db))
