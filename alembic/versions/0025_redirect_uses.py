"""the last use of each redirect URI is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redirect_uses",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_redirect_uses_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "uri", name=op.f("pk_redirect_uses")),
    )
    op.create_index(op.f("ix_redirect_uses_last_at"), "redirect_uses", ["last_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_redirect_uses_last_at"), table_name="redirect_uses")
    op.drop_table("redirect_uses")
