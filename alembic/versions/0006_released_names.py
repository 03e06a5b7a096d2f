"""a username that was given up is held for a year."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released_names",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_released_names")),
    )
    op.create_index(op.f("ix_released_names_free_at"), "released_names", ["free_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_released_names_free_at"), table_name="released_names")
    op.drop_table("released_names")
