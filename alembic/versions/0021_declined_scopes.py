"""Scopes that a person left out."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consents", sa.Column("declined", sa.String(), nullable=False, server_default=""))
    # The default was for the rows of before; from now on each row says it.
    with op.batch_alter_table("consents") as table:
        table.alter_column("declined", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("consents") as table:
        table.drop_column("declined")
