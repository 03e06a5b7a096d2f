"""which version of the terms a person accepted, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("terms_version", sa.String(), nullable=True))
    op.add_column("users", sa.Column("terms_accepted_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN terms_accepted_at")
    op.execute("ALTER TABLE users DROP COLUMN terms_version")
