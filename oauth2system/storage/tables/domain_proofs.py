"""Domains of apps that were proved: the owner of the app controls the domain, as far as a check has seen."""

from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.columns import Instant
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db

Method = Literal["dns", "file"]


class DomainProofRow(SQLModel, table=True):
    """One app and one domain; there is a row only while the proof counts."""

    __tablename__: ClassVar[Any] = "domain_proofs"

    client_id: str = Field(sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), primary_key=True))
    domain: str = Field(primary_key=True)
    method: str
    # When the proof was first seen, and when last.
    proved_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    seen_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    # When it is looked for again, and how often in a row it was not there.
    due_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))
    failures: int = 0


class DomainProof(NamedTuple):
    """A proof that counts."""

    client_id: str
    domain: str
    method: Method
    proved_at: datetime
    seen_at: datetime
    due_at: datetime
    failures: int = 0


PROOFS = Records(DomainProofRow, DomainProof)
_KEEP = (
    f"{PROOFS.insert()} ON CONFLICT (client_id, domain) DO UPDATE SET method = excluded.method,"
    " seen_at = excluded.seen_at, due_at = excluded.due_at, failures = 0"
)


def find(db: Db, client_id: str, domain: str) -> DomainProof | None:
    """Find the proof of one domain of an app."""
    return PROOFS.find(db, "client_id = ? AND domain = ?", client_id, domain)


def list_of_client(db: Db, client_id: str) -> list[DomainProof]:
    """List the proofs of an app."""
    rows = db.all(f"{PROOFS.select} WHERE client_id = ? ORDER BY domain", client_id)
    return [PROOFS.read(row) for row in rows]


def keep(db: Db, proof: DomainProof) -> None:
    """Keep a proof that was seen; an older one of the same app and domain keeps its first moment."""
    db.run(_KEEP, *PROOFS.values(proof))


def claim_due(db: Db, now_ms: int, until_ms: int) -> DomainProof | None:
    """Take the proof that is due for longest, until a moment: of several workers one checks it."""
    sql = (
        "UPDATE domain_proofs SET due_at = ? WHERE due_at <= ? AND (client_id, domain) IN"  # noqa: S608  (our own column names)
        " (SELECT client_id, domain FROM domain_proofs WHERE due_at <= ? ORDER BY due_at, client_id, domain LIMIT 1)"
        f" RETURNING {PROOFS.columns()}"
    )
    row = db.one(sql, until_ms, now_ms, now_ms)
    return None if row is None else PROOFS.read(row)


def note_failure(db: Db, proof: DomainProof, due_ms: int) -> None:
    """Note that a proof was not there, and when it is looked for again."""
    sql = "UPDATE domain_proofs SET failures = failures + 1, due_at = ? WHERE client_id = ? AND domain = ?"
    db.run(sql, due_ms, proof.client_id, proof.domain)


def withdraw(db: Db, client_id: str, domain: str) -> bool:
    """Take a proof away; of several callers one gets True."""
    return db.run("DELETE FROM domain_proofs WHERE client_id = ? AND domain = ?", client_id, domain) == 1
