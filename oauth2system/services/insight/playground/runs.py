"""The runs of the playground: what one has got so far, kept in the memory of this process for a quarter of an hour.

A run holds codes, tokens and a secret that only this process accepts. None of it is written down, and what a page
gets of it is already shortened. After a restart, or in another process, there is no such run: it is started again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from secrets import token_hex, token_urlsafe

from oauth2system.i18n import Message
from oauth2system.policy import lifetimes, quotas
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.jose import keys as jose
from oauth2system.protocol.jose.keys import SigningKey
from oauth2system.protocol.tokens import format as token_format
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime.caller import Inside
from oauth2system.runtime.context import Context
from oauth2system.services.insight.playground import test_people
from oauth2system.services.insight.playground.claims import Decoded
from oauth2system.services.insight.playground.redaction import HIDDEN
from oauth2system.services.insight.playground.test_people import TestKind
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import sessions, users
from oauth2system.storage.tables.sessions import Session
from oauth2system.storage.tables.users import User


class FlowKind(StrEnum):
    """What can be run."""

    CODE = "code"
    SIMPLE = "simple"
    DEVICE = "device"
    CLIENT = "client_credentials"


class Sender(StrEnum):
    """Who sends a request: the browser of the person, or the server (or device) of the site."""

    BROWSER = "browser"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer as the page shows them, without secrets.

    `meaning` says what happened; `detail` and `repair` are what the app's owner reads of a refusal.
    """

    title: Message
    sender: Sender
    request: str
    answer: str
    status: int
    meaning: Message
    detail: Message | None = None
    repair: Message | None = None
    tokens: tuple[Decoded, ...] = ()


@dataclass(slots=True)
class Facts:
    """What a run has got so far. An empty text stands for what it does not have."""

    verifier: str = field(default_factory=lambda: token_urlsafe(32))
    state: str = field(default_factory=lambda: token_urlsafe(8))
    nonce: str = field(default_factory=lambda: token_urlsafe(8))
    # The flow that waits at the consent page.
    waits: str = ""
    code: str = ""
    used_code: str = ""
    value: str = ""
    used_value: str = ""
    access_token: str = ""
    refresh_token: str = ""
    id_token: str = ""
    device_code: str = ""
    user_code: str = ""
    has_answered: bool = False
    # What the server wants in the next DPoP proof.
    dpop_nonce: str = ""


@dataclass(slots=True, eq=False)
class Run:
    """One run: whose it is, of which app, and what it has got."""

    id: str
    owner_id: str
    # The session of the owner who began it: the run ends with it.
    handle: str
    client: Client
    kind: FlowKind
    person_id: str
    # A test person who never agrees.
    person_denies: bool
    began_at: datetime
    secret: str
    facts: Facts = field(default_factory=Facts)
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    browser: str = field(default_factory=lambda: token_hex(16))
    # What signs in place of the app's own keys, by algorithm.
    keys: dict[str, SigningKey] = field(default_factory=dict[str, SigningKey], repr=False)
    # The moment of the step that is taken.
    now_s: int = 0
    signed_out: bool = False
    ending: Message | None = None
    busy: bool = False

    def make_mark(self, sender: Sender) -> Inside:
        """Return the mark of one request; only the browser has a person."""
        read = token_format.read(Kind.SECRET, self.secret)
        digest = read[1] if read else b""
        return Inside(
            self.client.id,
            digest,
            self._find_person() if sender is Sender.BROWSER else None,
            keys=tuple(jose.verification_key(key) for key in self.keys.values()),
            signing_secret=self.secret.encode(),
        )

    def _find_person(self) -> Callable[[Db, datetime], Session | None]:
        """Return what looks the person up, anew for each request: a session of their own that has no row."""

        def find(db: Db, now: datetime) -> Session | None:
            owner = sessions.find_live_by_handle(db, self.handle, now)
            if owner is None or self.signed_out:
                return None
            if self.person_id == self.owner_id:
                return owner._replace(id=0, handle=self.browser, sid=None)
            return _make_session(db, self, owner)

        return find

    def list_secrets(self) -> dict[str, str]:
        """Return every secret of this run that has no shape of its own, with what is shown instead."""
        return dict.fromkeys((self.secret, self.facts.verifier, *self.cookies.values()), HIDDEN)


def _make_session(db: Db, run: Run, owner: Session) -> Session | None:
    """Return the session of a test person; they signed in when the run began."""
    user = users.find(db, run.person_id)
    if user is None or user.disabled or user.test_of != run.client.id:
        return None
    return owner._replace(
        id=0,
        handle=run.browser,
        sid=None,
        user_id=user.id,
        username=user.username,
        email_confirmed=user.email_confirmed,
        is_admin=False,
        authenticated_at=run.began_at,
        display_name=user.display_name,
        generation=user.generation,
        amr="pwd",
        avatar=user.avatar,
    )


class Runs:
    """The runs that one process holds."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_id: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()  # on PostgreSQL services run in threads

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_id)

    def add(self, run: Run) -> None:
        """Keep a run and forget those that are over; the oldest of the same person, or of all, makes room."""
        with self._lock:
            old = [one.id for one in self._by_id.values() if _is_over(one, run.began_at)]
            own = [one.id for one in self._by_id.values() if one.owner_id == run.owner_id and one.id not in old]
            for surplus in (*old, *own[: max(0, len(own) + 1 - quotas.PLAYGROUND_RUNS_OF_A_PERSON)]):
                del self._by_id[surplus]
            self._by_id[run.id] = run
            while len(self._by_id) > quotas.PLAYGROUND_RUNS:
                self._by_id.popitem(last=False)

    def find(self, run_id: str, now: datetime) -> Run | None:
        """Return a run that is young enough."""
        run = self._by_id.get(run_id)
        return None if run is None or _is_over(run, now) else run

    def drop(self, run_id: str) -> None:
        """Forget a run."""
        with self._lock:
            self._by_id.pop(run_id, None)

    def shed(self, now: datetime) -> int:
        """Forget the runs that are over, so that no token waits in memory for the next one; returns how many."""
        with self._lock:
            over = [one.id for one in self._by_id.values() if _is_over(one, now)]
            for run_id in over:
                del self._by_id[run_id]
        return len(over)


def _is_over(run: Run, now: datetime) -> bool:
    return now - run.began_at >= lifetimes.PLAYGROUND_RUN


def make(ctx: Context, client: Client, kind: FlowKind, person: User | None) -> Run:
    """Return a new run of the owner who asks, as a test person or as themselves."""
    session = ctx.session
    if session is None:
        raise RuntimeError("the caller has checked who asks")
    secret = token_format.mint(Kind.SECRET, ctx.new_id(), ctx.random(token_format.RANDOM_BYTES))
    return Run(
        ctx.random(16).hex(),
        session.user_id,
        session.handle,
        client,
        kind,
        person.id if person else session.user_id,
        person is not None and test_people.kind_of(person.username) is TestKind.DENIES,
        ctx.now,
        secret,
    )
