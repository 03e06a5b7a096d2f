"""Settings that administrators change while the server runs: one row each, with who changed it and when.

They are read in the transaction that needs them, so a change counts at once in every process. Nothing on the fast
paths of apps reads them.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from oauth2system.policy import quotas
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

    def demands_second_factor(self, *, is_admin: bool) -> bool:
        """Return whether a person must have a second factor; `is_admin` says whether they are an administrator."""
        if self.second_factor is SecondFactor.ADMINISTRATORS:
            return is_admin
        return self.second_factor is SecondFactor.EVERYBODY


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
    kinds["reads_kept_days"] = _read_days
    return ServerSettings(**{name: kinds[name](value) for name, value in values.items() if name in NAMES})


def _read_days(value: Any) -> int:  # noqa: ANN401  (any JSON, or what was typed)
    if not 1 <= (days := int(value)) <= quotas.READS_KEPT_DAYS:
        raise ValueError(f"not a number of days from 1 to {quotas.READS_KEPT_DAYS}")
    return days


def put(db: Db, setting: ServerSetting) -> None:
    """Store one setting in place of what it was."""
    db.run(_PUT, *STORED.values(setting))


def forget(db: Db, user_id: str) -> None:
    """Forget that a person changed settings; the settings stay."""
    db.run("UPDATE server_settings SET changed_by = ? WHERE changed_by = ?", audit.DELETED, f"user:{user_id}")
