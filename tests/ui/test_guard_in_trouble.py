"""The guard on PostgreSQL, on Redis, without its database, and at the end."""

import signal
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from oauth2system.services.sessions import sessions
from tests.support.browsers.event_socket import ROOT, Tab
from tests.support.patience import PATIENCE_S
from tests.support.servers import postgres
from tests.support.servers.event_server import Lab, running_lab
from tests.support.servers.processes import wait_until

VISITOR = "oauth2system___ui___state____visitor"
LAB = f"{VISITOR}.tests___support___servers___event_server_app____lab"


def shown(tab: Tab, state: str, name: str) -> Any:
    return tab.state.get(f"{ROOT}.{state}", {}).get(f"{name}_rx_state_")


@pytest.fixture(scope="module")
def cluster() -> Generator[postgres.Cluster]:
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="module")
def on_postgresql(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Generator[Lab]:
    url = cluster.create("guarded").replace("postgresql://", "postgresql+psycopg://")
    with running_lab(tmp_path_factory.mktemp("lab"), url) as running:
        yield running


@pytest.mark.postgresql
def test_the_guard_asks_postgresql_as_well(on_postgresql: Lab) -> None:
    ada = on_postgresql.anyone("ada")
    with on_postgresql.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        assert shown(tab, LAB, "note") == "ada"
        tab.ask(f"{LAB}.rule")
        assert shown(tab, VISITOR, "notice_text") == "There is nothing at this address."


@pytest.mark.postgresql
def test_t154_without_its_database_the_guard_lets_nothing_run(on_postgresql: Lab, cluster: postgres.Cluster) -> None:
    ada = on_postgresql.person("eve")
    with on_postgresql.tab(ada) as tab:
        tab.ask(f"{LAB}.ask")
        cluster.execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", "guarded")
        try:
            cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'guarded'")
            tab.event(f"{LAB}.bump")
            wait_until(lambda: bool(tab.hear(0.5) and shown(tab, VISITOR, "notice_text")), seconds=PATIENCE_S)
            assert not shown(tab, LAB, "count")
            assert shown(tab, VISITOR, "notice_text").startswith("We are busy right now.")
            for path, status in (("/account", 503), ("/readyz", 503), ("/healthz", 200)):
                headers = {"cookie": ada.cookie}
                assert httpx.get(on_postgresql.url + path, headers=headers, timeout=20).status_code == status
        finally:
            cluster.execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", "guarded")
        tab.ask(f"{LAB}.bump")
        assert shown(tab, LAB, "count") == 1


def test_with_redis_a_change_of_person_forgets_everything(tmp_path: Path, redis_url: str) -> None:
    with running_lab(tmp_path, f"sqlite:///{tmp_path / 'oauth2system.db'}", REDIS_URL=redis_url) as lab:
        ada, token = lab.person("ada"), str(uuid4())
        with lab.tab(ada, token) as tab:
            tab.ask(f"{LAB}.ask")
            tab.ask(f"{LAB}.bump")
            assert (shown(tab, LAB, "note"), shown(tab, LAB, "count")) == ("ada", 1)
        with lab.tab(ada, token) as tab:
            tab.ask(f"{LAB}.bump")
            assert shown(tab, LAB, "count") == 2  # it is Redis that remembers
            lab.runner.now(lab.value(ada), sessions.end)
            # An event of a neighbouring state: Redis does not even hand out what is to be forgotten.
            tab.ask(f"{VISITOR}.oauth2system___ui___address____address.read")
            tab.hydrate()
            assert (shown(tab, LAB, "note"), shown(tab, LAB, "count")) == ("", 0)


def test_asked_to_stop_the_server_ends_soon_and_whole_with_tabs_open(tmp_path: Path) -> None:
    with running_lab(tmp_path, f"sqlite:///{tmp_path / 'oauth2system.db'}") as lab:
        with lab.tab() as tab:
            tab.ask(f"{LAB}.bump")
            began = time.monotonic()
            lab.process.send_signal(signal.SIGTERM)
            assert lab.process.wait(PATIENCE_S) == 0
            assert time.monotonic() - began < 8
        assert "crashed" not in lab.log
        assert "Traceback" not in lab.log
