"""a session says how its person signed in, whether it is kept, and whether it is in question."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("amr", sa.String(), server_default="pwd", nullable=False))
    op.add_column("sessions", sa.Column("kept", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("sessions", sa.Column("in_question", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("device_codes", sa.Column("amr", sa.String(), nullable=True))


def downgrade() -> None:
    # Both databases drop a column in place. A batch would copy the table.
    op.execute("ALTER TABLE device_codes DROP COLUMN amr")
    for name in ("in_question", "kept", "amr"):
        op.execute(f"ALTER TABLE sessions DROP COLUMN {name}")
