"""The tools of the suite itself: what they promise to the other tests."""

import asyncio
import json
import os
import smtplib
import socket
import subprocess
import sys
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.support.browsers import chromium
from tests.support.browsers.accessibility import faults
from tests.support.clients import node
from tests.support.servers import forked_commands
from tests.support.servers.postgres import Cluster
from tests.support.servers.processes import free_port
from tests.support.servers.server import Server
from tests.support.servers.smtp import Inbox


def test_a_test_cannot_reach_another_machine():
    with socket.socket() as other, pytest.raises(AssertionError, match=r"connect to"):
        other.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="look up"):
        socket.getaddrinfo("example.org", 443)


def test_every_database_is_migrated_and_empty(database_url: str):
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 0
    engine.dispose()


def test_an_empty_database_has_no_tables(empty_database_url: str):
    engine = create_engine(empty_database_url)
    with engine.connect() as connection, pytest.raises(Exception, match="users"):
        connection.execute(text("SELECT count(*) FROM users"))
    engine.dispose()


def test_mail_arrives_and_can_be_refused(inbox: Inbox):
    mail = EmailMessage()
    mail["To"], mail["From"], mail["Subject"] = "ada@example.org", "no-reply@localhost", "Héllo"
    mail.set_content("Welcome — näh")
    host, port = inbox.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.send_message(mail)
        inbox.answer = "451 Come again"
        with pytest.raises(smtplib.SMTPDataError):
            client.send_message(mail)
    assert inbox.wait_for("ada@example.org")["Subject"] == "Héllo"
    assert inbox.attempts == 2


def test_redis_answers(redis_url: str):
    with redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]  (redis leaves it untyped)
        client.set("key", "value")
        assert client.get("key") == b"value"


@pytest.mark.browser
def test_the_browser_runs_and_complaints_are_heard(page: Page):
    heard = chromium.listen(page)
    page.set_content("<h1>Here</h1><script>console.error('broken')</script>")
    assert page.get_by_role("heading", name="Here").is_visible()
    assert heard == ["broken"]


@pytest.mark.browser
def test_axe_finds_what_is_wrong_with_a_page_as_often_as_it_is_asked(page: Page):
    page.set_content("<html lang=en><title>Here</title><main><h1>Here</h1><img src='a.png'></main>")
    for _again in range(2):
        assert [fault.split()[1] for fault in faults(page)] == ["image-alt"]
    page.locator("img").evaluate("it => it.alt = 'A garden'")
    assert faults(page) == []


def test_a_database_is_lent_again_empty_and_never_another_than_it_was(
    postgresql: Cluster, migrated_postgresql: str
) -> None:
    first = postgresql.lend(migrated_postgresql)
    holder = psycopg.connect(first)  # somebody who forgot to let go
    holder.execute("INSERT INTO replays VALUES ('x', 1)")
    holder.commit()
    holder.execute("SELECT * FROM replays FOR UPDATE")
    postgresql.take_back(first, migrated_postgresql)
    holder.close()
    assert postgresql.lend(migrated_postgresql) == first
    with psycopg.connect(first, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM replays").fetchone() == (0,)
        connection.execute("ALTER TABLE replays ADD COLUMN more text")
    postgresql.take_back(first, migrated_postgresql)
    assert postgresql.lend(migrated_postgresql) != first


def test_a_free_port_is_none_that_a_connection_gets_meanwhile():
    lowest, _highest = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert {free_port() for _ in range(200)} & set(range(int(lowest), 65536)) == set()


@pytest.mark.browser
def test_the_browser_cannot_leave_the_machine(page: Page):
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org/")


@pytest.mark.browser
def test_a_profile_that_never_closes_holds_no_test_up(browser: Any, monkeypatch: pytest.MonkeyPatch):
    async def never(**_more: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(chromium, "CLOSE_SECONDS", 0.2)
    context = browser.new_context()
    context.new_page().goto("about:blank")
    monkeypatch.setattr(context._impl_obj, "close", never)
    context.close()


_MODULE = """
import os, pytest
@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "neither"])
@pytest.mark.parametrize("number", range(4))
def test_it(engine, number):
    print(f"ran {engine} on {os.environ['PYTEST_XDIST_WORKER']}")
"""


def test_what_shares_a_server_runs_on_one_worker(tmp_path: Path):
    (tmp_path / "test_one.py").write_text(_MODULE)
    words = ["-m", "pytest", "-n2", "-rP", "-p", "tests.support.test_groups", "-c", "/dev/null", str(tmp_path)]
    done = subprocess.run([sys.executable, *words], cwd=Path.cwd(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    said = [line.removeprefix("ran ").split(" on ") for line in done.stdout.splitlines() if line.startswith("ran ")]
    assert len(said) == 12
    assert [len({worker for one, worker in said if one == engine}) for engine, _ in said] == [1] * 12


def test_packages_are_installed_when_their_lock_changed_and_only_then(tmp_path: Path):
    lock, count = tmp_path / "package-lock.json", tmp_path / "count"
    command = ("sh", "-c", "mkdir -p node_modules && echo x >> count")
    lock.write_text("one")
    for _again in range(2):
        node.install(tmp_path, command)
    assert count.read_text() == "x\n"
    lock.write_text("two")
    both = [threading.Thread(target=node.install, args=(tmp_path, command)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert count.read_text() == "x\nx\n"


def test_packages_that_cannot_be_installed_say_why_and_are_tried_again(tmp_path: Path):
    (tmp_path / "package-lock.json").write_text("one")
    for _again in range(2):
        with pytest.raises(RuntimeError, match=r"(?s)check the network.*no such host"):
            node.install(tmp_path, ("sh", "-c", "echo no such host >&2; exit 1"))
    with pytest.raises(RuntimeError, match="no-such-npm is missing"):
        node.install(tmp_path, ("no-such-npm",))


def test_the_node_sites_pin_their_packages_exactly():
    wanted = json.loads((node.SITES / "package.json").read_text())["dependencies"]
    locked = json.loads((node.SITES / "package-lock.json").read_text())["packages"]
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}
    assert [name for name, package in locked.items() if name and "integrity" not in package] == []


def test_a_command_that_is_forked_does_what_the_command_does(tmp_path: Path):
    one, other = Server(tmp_path / "one"), Server(tmp_path / "other")
    ada = ("user", "create", "ada", "--email", "ada@example.org", "--password-stdin")
    other.port = one.port
    for given, code in (("", 1), ("correct horse battery staple\n", 0), ("correct horse battery staple\n", 1)):
        plain = one.run(*ada, "--json", given=given)
        forked = forked_commands.run((*ada, "--json"), other.environment(), given)
        assert (plain.returncode, forked.returncode) == (code, code), plain.stderr + forked.stderr
        assert forked.stderr == plain.stderr
        assert bool(forked.stdout) == bool(plain.stdout)
    assert [user["username"] for user in other.ask("user", "list")] == ["ada"]
    assert forked_commands.run(("nonsense",), other.environment()).returncode == 2


def test_threads_that_fork_at_the_same_moment_share_the_process_that_forks(tmp_path: Path):
    code = (
        "import os; from pathlib import Path; from concurrent.futures import ThreadPoolExecutor\n"
        "from tests.support.servers import forked_commands\n"
        "def start(number): return forked_commands.start(('--help',), dict(os.environ), Path.cwd() / str(number))\n"
        "with ThreadPoolExecutor(4) as threads: started = list(threads.map(start, range(4)))\n"
        "print([one.wait() for one in started])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[0, 0, 0, 0]\n", done.stderr


def test_a_command_that_is_forked_says_why_it_failed(tmp_path: Path):
    server = Server(tmp_path / "var", settings={"PUBLIC_URL": "rubbish"})
    with pytest.raises(AssertionError, match="PUBLIC_URL"):
        server.ask("user", "list")
