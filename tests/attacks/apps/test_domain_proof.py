"""Proofs of domains: for this app and this domain alone, looked for again, and gone when they are gone."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from oauth2system.errors import NotFound, NotPermitted, TooManyAttempts
from oauth2system.policy import budgets, lifetimes
from oauth2system.policy.lifetimes import Lifetime
from oauth2system.runtime.context import Context
from oauth2system.runtime.names.unfetched import Unfetched
from oauth2system.services.apps import domain_proof, protocol_settings, redirect_uris
from oauth2system.services.apps.domain_proof import DomainChecked, DomainView
from oauth2system.services.clients import publishers
from oauth2system.storage.tables import clients
from tests.support.in_process.story import CALLBACK, App, Member, Story

DOMAIN = "site.example"
RECORD, FILE = f"_oauth2system.{DOMAIN}", f"https://{DOMAIN}/.well-known/oauth2system-domain"


@dataclass
class Internet:
    """What the rest of the world answers: TXT records by name, files by address; what is not there is not fetched."""

    records: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    files: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])

    async def look_up_texts(self, name: str, whose: str) -> tuple[str, ...]:
        assert whose
        self.asked.append(name)
        return self.records.get(name, ())

    async def fetch_text(self, url: str, whose: str) -> bytes:
        assert whose
        self.asked.append(url)
        if url not in self.files:
            raise Unfetched("not a plain 200")
        return self.files[url].encode()

    def close(self) -> None:
        """Let go of nothing."""


@pytest.fixture
def internet(story: Story) -> Internet:
    known = Internet()
    story.runner.server.outgoing.close()
    story.runner.server.outgoing = known  # type: ignore[assignment]  (all that a check asks of it)
    return known


def check(owner: Member, app: App, domain: str = DOMAIN) -> DomainChecked:
    return owner.house.run_procedure(domain_proof.check, app.client_id, domain, caller=owner.caller)


def shown(owner: Member, app: App) -> tuple[DomainView, ...]:
    return owner.do(domain_proof.view, app.client_id)


def token(owner: Member, app: App, number: int = 0) -> str:
    return shown(owner, app)[number].token


def is_proved(story: Story, app: App, uri: str = CALLBACK) -> bool:
    """Return what the page of consent says."""

    def look(ctx: Context) -> bool:
        client = clients.find(ctx.db, app.client_id)
        assert client is not None
        return publishers.find(ctx, client, uri).is_proved

    return story.ask(look)


def pass_time(story: Story, owner: Member, time: Lifetime) -> None:
    """Let time pass; the owner signs in again afterwards."""
    story.later(seconds=time.in_seconds)
    story.sign_in(owner, owner.user_id)


def run_job(story: Story) -> None:
    asyncio.run(domain_proof.recheck_due(story.runner, asyncio.Event()))


@pytest.mark.parametrize("way", ["record", "file"])
def test_a_record_or_a_file_proves_a_domain(story: Story, ada: Member, app: App, internet: Internet, way: str) -> None:
    assert not is_proved(story, app)
    done = check(ada, app)
    assert (done.record.is_proof, done.file.is_proof, done.domains[0].method) == (False, False, "")
    if way == "record":
        internet.records[RECORD] = ("v=spf1 -all", token(ada, app))
    else:
        internet.files[FILE] = f"oauth2system-other\n {token(ada, app)} \n"
    done = check(ada, app)
    assert (done.record.is_proof, done.file.is_proof) == (way == "record", way == "file")
    assert done.domains[0].method == ("dns" if way == "record" else "file")
    assert is_proved(story, app)
    assert not is_proved(story, app, "https://other.example/callback")
    assert story.events("domain.proved") == 1


def test_another_apps_token_and_another_domains_token_prove_nothing(
    story: Story, ada: Member, app: App, internet: Internet
) -> None:
    other = story.app(ada, "Prose")
    ada.do(redirect_uris.add, app.client_id, "https://sub.site.example/callback")
    foreign = (token(ada, other), token(ada, app, 1), token(ada, app)[:-1], token(ada, app).upper())
    assert len({*foreign, token(ada, app)}) == 5
    internet.records[RECORD] = foreign
    internet.files[FILE] = " ".join((*foreign, token(ada, app), "on one line"))
    done = check(ada, app)
    assert (done.record.is_proof, done.file.is_proof) == (False, False)
    assert done.record.texts == foreign[:3], "the owner sees what was found"
    assert not is_proved(story, app)


def test_a_wildcard_record_proves_one_domain(story: Story, ada: Member, app: App, internet: Internet) -> None:
    """A wildcard answers for every name: its token fits one domain all the same."""
    ada.do(redirect_uris.add, app.client_id, "https://evil.site.example/callback")
    for name in (RECORD, "_oauth2system.evil.site.example"):
        internet.records[name] = (token(ada, app),)
    assert check(ada, app).record.is_proof
    assert not check(ada, app, "evil.site.example").record.is_proof
    assert not is_proved(story, app, "https://evil.site.example/callback")


def test_a_page_cannot_be_read_through_a_check(ada: Member, app: App, internet: Internet) -> None:
    internet.files[FILE] = "root:x:0:0\nsecret\noauth2system-" + "x" * 32 + "\n"
    assert check(ada, app).file.texts == ("oauth2system-" + "x" * 32,)


def test_only_domains_that_the_app_uses_are_checked(ada: Member, app: App, internet: Internet) -> None:
    for domain in ("victim.example", "localhost", "10.0.0.1", "", f"{DOMAIN}/x", DOMAIN.upper()):
        with pytest.raises(NotFound):
            check(ada, app, domain)
    assert internet.asked == []


def test_a_website_counts_as_a_domain_of_the_app_and_a_local_address_does_not(ada: Member, app: App) -> None:
    ada.do(redirect_uris.add, app.client_id, "http://127.0.0.1:5000/callback")
    ada.do(protocol_settings.change, app.client_id, {"client_uri": "https://www.site.example/"})
    assert [one.domain for one in shown(ada, app)] == [DOMAIN, "www.site.example"]


def test_t120_nobody_else_checks_or_sees_the_domains_of_an_app(story: Story, app: App, internet: Internet) -> None:
    for other in (story.member("grace"), story.member("boss", admin=True)):
        with pytest.raises(NotFound):
            shown(other, app)
        with pytest.raises(NotFound):
            check(other, app)
    assert internet.asked == [], "nobody else makes the server ask"


def test_an_address_that_goes_while_a_check_is_under_way_gets_no_proof(
    story: Story, ada: Member, app: App, internet: Internet
) -> None:
    """The answer of a slow server may come after the owner took the address away."""
    internet.records[RECORD] = (token(ada, app),)
    ada.do(domain_proof.begin, app.client_id, DOMAIN)
    ada.do(redirect_uris.remove, app.client_id, CALLBACK)
    with pytest.raises(NotFound):
        ada.do(domain_proof.keep, app.client_id, DOMAIN, "dns")
    ada.do(redirect_uris.add, app.client_id, CALLBACK)
    assert not is_proved(story, app)


def test_a_domain_that_reads_like_ours_is_never_called_checked(story: Story, ada: Member, internet: Internet) -> None:
    story.runner.settings = replace(story.settings, public_url="https://paypal.example")
    lookalike = "раура1.example".encode("idna").decode()  # noqa: RUF001  (Cyrillic letters)
    app = story.app(ada, redirect_uri=f"https://{lookalike}/callback")
    internet.records[f"_oauth2system.{lookalike}"] = (token(ada, app),)
    with pytest.raises(NotPermitted):
        check(ada, app, lookalike)


def test_a_proof_that_is_missing_twice_is_withdrawn_and_its_owner_is_notified(
    story: Story, ada: Member, app: App, internet: Internet
) -> None:
    internet.records[RECORD] = (token(ada, app),)
    check(ada, app)
    pass_time(story, ada, lifetimes.DOMAIN_CHECK)
    run_job(story)
    assert shown(ada, app)[0].seen_at == story.now, "it was found again"
    internet.records.clear()
    pass_time(story, ada, lifetimes.DOMAIN_CHECK)
    run_job(story)
    assert is_proved(story, app), "a name server may have been down"
    assert shown(ada, app)[0].failures == 1
    run_job(story)
    assert is_proved(story, app), "it is not due again yet"
    pass_time(story, ada, lifetimes.DOMAIN_CHECK_RETRY)
    run_job(story)
    assert not is_proved(story, app)
    assert story.events("domain.withdrawn") == 1
    (mail,) = story.mail("ada@example.org")
    assert mail.subject == f"{DOMAIN} is no longer proved for Poetry"
    assert f"/apps/{app.client_id}/consent" in mail.text


def test_a_proof_that_comes_back_in_between_stays(story: Story, ada: Member, app: App, internet: Internet) -> None:
    internet.records[RECORD] = (token(ada, app),)
    check(ada, app)
    for records in ({}, {RECORD: (token(ada, app),)}, {}):
        internet.records = records
        pass_time(story, ada, lifetimes.DOMAIN_CHECK)
        run_job(story)
    assert is_proved(story, app)


def test_a_proof_that_no_check_has_seen_for_long_does_not_count(
    story: Story, ada: Member, app: App, internet: Internet
) -> None:
    """The job may have been stopped: validity is judged when it is used (T100)."""
    internet.records[RECORD] = (token(ada, app),)
    check(ada, app)
    pass_time(story, ada, lifetimes.DOMAIN_PROOF)
    assert not is_proved(story, app)
    assert shown(ada, app)[0].method == ""


def test_a_domain_that_the_app_does_not_use_any_more_loses_its_proof(
    story: Story, ada: Member, app: App, internet: Internet
) -> None:
    internet.records[RECORD] = (token(ada, app),)
    check(ada, app)
    ada.do(redirect_uris.remove, app.client_id, CALLBACK)
    pass_time(story, ada, lifetimes.DOMAIN_CHECK)
    run_job(story)
    ada.do(redirect_uris.add, app.client_id, CALLBACK)
    assert not is_proved(story, app)


def test_checks_are_limited(ada: Member, app: App, internet: Internet) -> None:
    for _number in range(budgets.DOMAIN_CHECKS.times):
        check(ada, app)
    with pytest.raises(TooManyAttempts):
        check(ada, app)
    assert len(internet.asked) == 2 * budgets.DOMAIN_CHECKS.times


def test_t165_of_two_workers_one_checks_a_proof(story: Story, ada: Member, app: App, internet: Internet) -> None:
    internet.records[RECORD] = (token(ada, app),)
    check(ada, app)
    pass_time(story, ada, lifetimes.DOMAIN_CHECK)
    internet.asked.clear()

    async def both() -> None:
        stop = asyncio.Event()
        await asyncio.gather(*(domain_proof.recheck_due(story.runner, stop) for _worker in range(2)))

    asyncio.run(both())
    assert internet.asked == [RECORD, FILE]
