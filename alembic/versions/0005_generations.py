"""a person has a generation, and what they prove carries it: all access is revoked by raising it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ALWAYS = ("users", "sessions", "families")
WITH_A_PERSON = ("ephemeral", "device_codes")
# A link that gives an address back outlives every revocation.
UNDO = "oy"


def upgrade() -> None:
    for table in ALWAYS:
        op.add_column(table, sa.Column("generation", sa.Integer(), server_default="0", nullable=False))
    for table in WITH_A_PERSON:
        op.add_column(table, sa.Column("generation", sa.Integer(), nullable=True))
    op.execute(f"UPDATE ephemeral SET generation = 0 WHERE kind <> '{UNDO}'")  # noqa: S608  (our own letters)
    op.execute("UPDATE device_codes SET generation = 0")


def downgrade() -> None:
    # Both databases drop a column in place. A batch would copy `users`, and what refers to it.
    for table in (*WITH_A_PERSON, *ALWAYS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN generation")
