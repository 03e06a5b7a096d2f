"""Column types that read the same on SQLite and PostgreSQL, by expressions and by prepared SQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

# Every constraint has a name that we chose, so that a later migration can speak of it on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A rowid alias needs the exact type INTEGER on SQLite; PostgreSQL needs 64 bits.
BigKey = BigInteger().with_variant(Integer(), "sqlite")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Turn an aware moment into whole milliseconds since 1970, as stored."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Turn stored milliseconds into an aware UTC moment."""
    return _EPOCH + ms * _MILLISECOND


def to_json(value: Any) -> str:
    """Turn a value into compact JSON text, as stored."""
    return orjson.dumps(value).decode()


def from_json(text: str) -> Any:
    """Turn stored JSON text into its value."""
    return orjson.loads(text)


class Instant(TypeDecorator[datetime]):
    """An aware UTC moment, stored as milliseconds: no driver can drop its time zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  (the signature is SQLAlchemy's)
        """Store milliseconds."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (the signature is SQLAlchemy's)
        """Read an aware moment."""
        return None if value is None else from_ms(value)


class Json(TypeDecorator[Any]):
    """A small JSON document kept as text, so that prepared SQL reads it alike everywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  (the signature is SQLAlchemy's)
        """Store compact JSON."""
        return None if value is None else to_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  (the signature is SQLAlchemy's)
        """Read the document back."""
        return None if value is None else from_json(value)
