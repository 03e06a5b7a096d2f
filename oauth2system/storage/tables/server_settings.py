"""Settings that administrators change while the server runs: one row each, with who changed it and when.

They are read in the transaction that needs them, so a change counts at once in every process. No request of an app
reads them; a session is judged by two of them in the statement that finds it (`OWED_TERMS`, `OWED_FACTOR`).
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from oauth2system.policy import quotas, terms
from oauth2system.setting_types.choices import RegistrationMode, SecondFactor
from oauth2system.storage.database.columns import Instant, Json
from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db
from oauth2system.storage.tables import audit


class ServerSettingRow(SQLModel, table=True):
    """One setting that was changed; what was never changed has no row."""

    __tablename__: ClassVar[Any] = "server_settings"

    name: str = Field(primary_key=True)
    value: Any = Field(sa_column=Column(Json, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    changed_by: str


class ServerSetting(NamedTuple):
    """A setting as it is stored; `changed_by` is the actor, as the audit log names them."""

    name: str
    value: Any
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Everything that administrators may decide on a page, with its defaults; values are plain JSON."""

    registration: RegistrationMode = RegistrationMode.OPEN
    second_factor: SecondFactor = SecondFactor.NOBODY
    # Rules of policy/mail_domains.py; without any, every address may have an account.
    mail_domains: tuple[str, ...] = ()
    # How long people see which app read their data (quotas.READS_KEPT_DAYS is the longest).
    reads_kept_days: int = 90
    # What people must accept to go on: where the terms are, and the version that counts. Both empty: nothing.
    terms_url: str = ""
    terms_version: str = ""

    def demands_second_factor(self, *, is_admin: bool) -> bool:
        """Return whether a person must have a second factor; `is_admin` says whether they are an administrator."""
        if self.second_factor is SecondFactor.ADMINISTRATORS:
            return is_admin
        return self.second_factor is SecondFactor.EVERYBODY


# What a person `u` owes this server before a session of theirs counts, as conditions of a row `d` of this table.
# They have not accepted the terms of today (`terms_version` is plain ASCII, so its JSON is itself in quotes).
OWED_TERMS = "d.name = 'terms_version' AND d.value NOT IN ('\"\"', '\"' || COALESCE(u.terms_version, '') || '\"')"
# An administrator demands a second factor of them, and they have none.
OWED_FACTOR = (
    "d.name = 'second_factor' AND (d.value = '\"everybody\"' OR d.value = '\"administrators\"' AND u.is_admin)"
    " AND NOT EXISTS (SELECT 1 FROM totp f WHERE f.user_id = u.id)"
    " AND NOT EXISTS (SELECT 1 FROM passkeys f WHERE f.user_id = u.id)"
)
_OWES = "EXISTS (SELECT 1 FROM server_settings d WHERE {})"
OWES_NOTHING = f"NOT {_OWES.format(f'({OWED_TERMS}) OR ({OWED_FACTOR})')}"
OWES_TERMS_ONLY = f"{_OWES.format(OWED_TERMS)} AND NOT {_OWES.format(OWED_FACTOR)}"

NAMES = tuple(field.name for field in fields(ServerSettings))
STORED = Records(ServerSettingRow, ServerSetting)
_PUT = (
    f"{STORED.insert()} ON CONFLICT (name) DO UPDATE SET"
    " value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by"
)


def find(db: Db) -> ServerSettings:
    """Return the settings as they are now, in one read."""
    return read({one.name: one.value for one in map(STORED.read, db.all(STORED.select))})


def read(values: dict[str, Any]) -> ServerSettings:
    """Make settings of plain values; names that this version does not know are left out. Raises ValueError."""
    kinds: dict[str, Any] = {"registration": RegistrationMode, "second_factor": SecondFactor, "mail_domains": tuple}
    kinds |= {"reads_kept_days": _read_days, "terms_url": terms.read_url, "terms_version": terms.read_version}
    return ServerSettings(**{name: kinds[name](value) for name, value in values.items() if name in NAMES})


def _read_days(value: Any) -> int:
    if not 1 <= (days := int(value)) <= quotas.READS_KEPT_DAYS:
        raise ValueError(f"not a number of days from 1 to {quotas.READS_KEPT_DAYS}")
    return days


def put(db: Db, setting: ServerSetting) -> None:
    """Store one setting in place of what it was."""
    db.run(_PUT, *STORED.values(setting))


def forget(db: Db, user_id: str) -> None:
    """Forget that a person changed settings; the settings stay."""
    db.run("UPDATE server_settings SET changed_by = ? WHERE changed_by = ?", audit.DELETED, f"user:{user_id}")
