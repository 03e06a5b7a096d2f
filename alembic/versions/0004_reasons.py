"""a refusal keeps its reason and the parameters of its sentences."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("params", sa.String(), server_default="", nullable=False))
    # The default was for the rows of before; from now on each row says it.
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.alter_column("reason", server_default=None)
        batch_op.alter_column("params", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("refusals", schema=None) as batch_op:
        batch_op.drop_column("params")
        batch_op.drop_column("reason")
