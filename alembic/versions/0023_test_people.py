"""test people of an app are accounts that belong to it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("test_of", sa.String(), nullable=True))
    op.create_index(op.f("ix_users_test_of"), "users", ["test_of"], unique=False)


def downgrade() -> None:
    # Without the column they would be people like all others.
    op.execute("DELETE FROM users WHERE test_of IS NOT NULL")
    op.drop_index(op.f("ix_users_test_of"), table_name="users")
    op.drop_column("users", "test_of")
