"""Pictures of people and logos of apps, as they are served: one row for each size."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel

from oauth2system.storage.database.records import Records
from oauth2system.storage.database.transactions import Db


class PictureRow(SQLModel, table=True):
    """One size of a picture, under its public name. It goes with the person or the app that it shows."""

    __tablename__: ClassVar[Any] = "pictures"

    name: str = Field(primary_key=True)
    pixels: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    user_id: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    )
    client_id: str | None = Field(
        default=None, sa_column=Column(String, ForeignKey("clients.id", ondelete="CASCADE"), index=True)
    )


class Picture(NamedTuple):
    """One size of a picture, and whom or what it shows."""

    name: str
    pixels: int
    body: bytes
    user_id: str | None = None
    client_id: str | None = None


PICTURES = Records(PictureRow, Picture)
_ADD = PICTURES.insert()


def find(db: Db, name: str, pixels: int) -> bytes | None:
    """Return one size of a picture."""
    row = db.one("SELECT body FROM pictures WHERE name = ? AND pixels = ?", name, pixels)
    return None if row is None else bytes(row[0])


def has_user(db: Db, user_id: str) -> bool:
    """Return whether there is a picture of a person."""
    return db.one("SELECT 1 FROM pictures WHERE user_id = ? LIMIT 1", user_id) is not None


def add(db: Db, name: str, sizes: Mapping[int, bytes], *, user_id: str | None, client_id: str | None) -> None:
    """Insert every size of a picture."""
    for pixels, body in sizes.items():
        db.run(_ADD, *PICTURES.values(Picture(name, pixels, body, user_id, client_id)))


def delete_of_user(db: Db, user_id: str) -> None:
    """Delete the picture of a person."""
    db.run("DELETE FROM pictures WHERE user_id = ?", user_id)


def delete_of_client(db: Db, client_id: str) -> None:
    """Delete the logo of an app."""
    db.run("DELETE FROM pictures WHERE client_id = ?", client_id)
