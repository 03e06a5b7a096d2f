"""Two tabs of one owner: nothing they save is lost, and no app loses its last secret."""

import threading
from collections.abc import Callable
from typing import Any

from oauth2system.errors import NotPermitted
from oauth2system.services.apps import apps, redirect_uris
from tests.support.in_process.story import CALLBACK, Story


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that start together; a refusal is a result."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(number: int, job: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = job()
        except NotPermitted as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_t165_addresses_added_in_two_tabs_are_both_kept(story: Story) -> None:
    ada = story.member()
    client_id = ada.do(apps.create, "Poetry").client_id
    uris = [f"{CALLBACK}/{number}" for number in range(8)]
    at_once(*(lambda uri=uri: ada.do(redirect_uris.add, client_id, uri) for uri in uris))
    assert sorted(ada.open_app(client_id).redirect_uris) == uris


def test_t165_of_two_secrets_retired_in_two_tabs_one_stays(story: Story) -> None:
    ada = story.member()
    client_id = ada.do(apps.create, "Poetry").client_id
    for _ in range(4):
        ada.do(apps.new_secret, client_id, "")
        ids = [secret.id for secret in ada.open_app(client_id).secrets]
        results = at_once(*(lambda one=one: ada.do(apps.retire_secret, client_id, one) for one in ids))
        assert sum(isinstance(result, NotPermitted) for result in results) == 1
        assert len(ada.open_app(client_id).secrets) == 1
