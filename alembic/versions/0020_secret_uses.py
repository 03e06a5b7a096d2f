"""client secrets expire, replace one another, and show how they were used."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COUNTS = ("reminded", "used_day", "uses", "uses_before")
WORDS = ("last_network", "last_method")


def upgrade() -> None:
    with op.batch_alter_table("client_secrets") as table:
        for name in ("expires_at", "query_at"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        for name in COUNTS:
            table.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        for name in WORDS:
            table.add_column(sa.Column(name, sa.String(), nullable=True))
    op.create_index(op.f("ix_client_secrets_expires_at"), "client_secrets", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_client_secrets_expires_at"), table_name="client_secrets")
    with op.batch_alter_table("client_secrets") as table:
        for name in (*WORDS, *COUNTS, "expires_at", "replaces_id", "query_at"):
            table.drop_column(name)
