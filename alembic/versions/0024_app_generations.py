"""all tokens of an app can be revoked at once."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("generation", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tokens", sa.Column("client_generation", sa.Integer(), server_default="0", nullable=False))
    op.add_column("ephemeral", sa.Column("client_generation", sa.Integer(), nullable=True))


def downgrade() -> None:
    # Both databases drop a column in place. A batch would copy the table, and what refers to it.
    op.execute("ALTER TABLE ephemeral DROP COLUMN client_generation")
    op.execute("ALTER TABLE tokens DROP COLUMN client_generation")
    op.execute("ALTER TABLE clients DROP COLUMN generation")
