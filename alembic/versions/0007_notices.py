"""a delivery says for whom it is: one app's server, or one owner's, cannot hold up all others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOSE = ("client_id", "owner", "host")


def upgrade() -> None:
    for name in WHOSE:
        op.add_column("outbox", sa.Column(name, sa.String(), nullable=True))
    op.add_column("outbox", sa.Column("claimed", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_outbox_client_id", "outbox", ["client_id"])
    op.create_index("ix_outbox_owner", "outbox", ["owner"])


def downgrade() -> None:
    op.drop_index("ix_outbox_owner", "outbox")
    op.drop_index("ix_outbox_client_id", "outbox")
    for name in ("claimed", *reversed(WHOSE)):
        op.execute(f"ALTER TABLE outbox DROP COLUMN {name}")
