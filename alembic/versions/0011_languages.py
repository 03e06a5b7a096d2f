"""the language that a person chose."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.String(), nullable=True))


def downgrade() -> None:
    # Both databases drop a column in place. A batch would copy the table.
    op.execute("ALTER TABLE users DROP COLUMN language")
