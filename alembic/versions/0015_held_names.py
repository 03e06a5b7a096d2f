"""a name that was given up by a change may be taken back by its account."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("released_names", sa.Column("owner_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE released_names DROP COLUMN owner_id")
