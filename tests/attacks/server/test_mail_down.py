"""T159: whatever the mail server does, the page answers at once and the same, and the mail comes in the end."""

import asyncio
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from oauth2system.runtime import outbox as notify
from oauth2system.runtime.outbox import Backlog
from oauth2system.services.delivery import smtp, worker
from tests.support.in_process.browsers import House, path
from tests.support.patience import PATIENCE_S
from tests.support.servers.smtp import OK, Inbox


@pytest.fixture
def posting(database_url: str, tmp_path: Path, inbox: Inbox) -> Generator[House]:
    made = House(database_url, tmp_path, SMTP_URL=inbox.url)
    yield made
    made.close()


def backlog(house: House) -> Backlog:
    return house.ask(notify.count_backlog)


@pytest.mark.parametrize("answer", ["450 Try again later", "550 No such mailbox"])
def test_t159_a_registration_is_answered_alike_whatever_becomes_of_its_mail(
    posting: House, inbox: Inbox, answer: str
) -> None:
    inbox.answer = answer
    assert path(posting.browser().register("ada")) == "/account/email_confirm"
    posting.deliver()
    assert inbox.attempts == 1
    seen = backlog(posting)
    assert answer[:3] in str(seen.last_error)
    assert (seen.retrying, seen.given_up) == ((1, 0) if answer.startswith("4") else (0, 1))


def test_t159_a_mail_that_was_refused_for_now_comes_later_with_a_link_that_works(posting: House, inbox: Inbox) -> None:
    inbox.answer = "450 Try again later"
    browser = posting.browser()
    browser.register("ada")
    for _ in range(4):
        posting.deliver()
        posting.later(minutes=10)
    inbox.answer = OK
    assert posting.deliver() == 1
    body = inbox.wait_for("ada@example.org").get_body(("plain",))
    assert body is not None
    token = str(body.get_content()).partition("token=")[2].split()[0]
    assert path(browser.post("/account/email_confirm", token=token)) == "/account"
    assert len(inbox.messages) == 1


def test_t159_a_mail_server_that_is_down_is_no_fault_of_the_visitor(database_url: str, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there
        house = House(database_url, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{held.getsockname()[1]}")
        assert path(house.browser().register("ada")) == "/account/email_confirm"
        assert (
            path(house.browser().post("/account/password_reset", email="ada@example.org")) == "/account/password_reset"
        )
        house.deliver()
        assert backlog(house).retrying == 2
        house.close()


def test_t159_a_mail_server_that_hangs_delays_no_page(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_S", 2 * PATIENCE_S)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.setblocking(False)
        house = House(database_url, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{silent.getsockname()[1]}")

        async def visit() -> socket.socket:
            stop = asyncio.Event()
            loop = asyncio.create_task(worker.deliver_until(house.runner, house.handlers, stop))
            visitor = house.browser()
            await visitor.submit("/account/password_reset", email="nobody@example.org")
            await visitor.submit("/registration", username="ada", email="ada@example.org", password="kz83hq1p")
            hanging, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(silent), PATIENCE_S)
            await visitor.submit("/account/password_reset", email="ada@example.org")
            with pytest.raises(BlockingIOError):  # the mail hangs on: nobody has hung up
                hanging.recv(1)
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            return hanging

        runner = asyncio.Runner()
        runner.run(visit()).close()  # the hanging thread ends with its connection
        runner.close()
        house.close()
