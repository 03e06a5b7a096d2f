"""pictures of people and logos of apps; a person without one is drawn from a name of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# For accounts that are there already, a random name. Nobody can work out an account's id from it.
DRAWN = {
    "sqlite": "lower(hex(randomblob(16)))",
    "postgresql": "replace(CAST(gen_random_uuid() AS TEXT), '-', '')",
}


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pixels", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pictures_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_pictures_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", "pixels", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_user_id"), "pictures", ["user_id"], unique=False)
    op.create_index(op.f("ix_pictures_client_id"), "pictures", ["client_id"], unique=False)
    drawn = sa.text(DRAWN[op.get_bind().dialect.name])
    op.execute(sa.table("users", sa.column("avatar")).update().values(avatar=drawn))
    op.create_index(op.f("ix_users_avatar"), "users", ["avatar"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_users_avatar"), table_name="users")
    op.execute("UPDATE users SET avatar = NULL")
    op.drop_index(op.f("ix_pictures_client_id"), table_name="pictures")
    op.drop_index(op.f("ix_pictures_user_id"), table_name="pictures")
    op.drop_table("pictures")
