"""flows that nobody has answered are found by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unanswered = sa.text("kind = 'of' AND taken_at IS NULL")
    op.create_index(
        "ix_ephemeral_unanswered",
        "ephemeral",
        ["expires_at"],
        unique=False,
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )


def downgrade() -> None:
    op.drop_index("ix_ephemeral_unanswered", table_name="ephemeral")
