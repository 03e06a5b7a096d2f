"""what apps read of people is recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MERGED = ["user_id", "client_id", "read_hour", "endpoint", "fields", "network"]


def upgrade() -> None:
    op.create_table(
        "reads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("read_hour", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reads_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_reads_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reads")),
    )
    op.create_index("ix_reads_merged", "reads", MERGED, unique=True)
    op.create_index(op.f("ix_reads_client_id"), "reads", ["client_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_reads_client_id"), table_name="reads")
    op.drop_index("ix_reads_merged", table_name="reads")
    op.drop_table("reads")
