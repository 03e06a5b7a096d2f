"""invitations are rows of their own: with a count, an end, and a restriction."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INVITE = "ov"
_MOVE = sa.text(
    "INSERT INTO invitations (id, digest, uses, used, email_key, mail_domain, created_at, expires_at, revoked_at)"
    " VALUES (:id, :digest, 1, :used, :email_key, NULL, :created_at, :expires_at, NULL)"
)
_USABLE = sa.text(
    "SELECT id, digest, email_key, expires_at FROM invitations"
    " WHERE used < uses AND revoked_at IS NULL AND email_key IS NOT NULL"
)
_BACK = sa.text(
    "INSERT INTO ephemeral (id, kind, digest, data, expires_at) VALUES (:id, :kind, :digest, :data, :expires_at)"
)


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("email_key", sa.String(), nullable=True),
        sa.Column("mail_domain", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_expires_at"), "invitations", ["expires_at"], unique=False)
    db = op.get_bind()
    found = sa.text("SELECT id, digest, data, expires_at, taken_at FROM ephemeral WHERE kind = :kind")
    week = 7 * 24 * 3600 * 1000
    for row in db.execute(found, {"kind": INVITE}).all():
        data: dict[str, str] = json.loads(row.data) or {}
        values = {
            "id": row.id,
            "digest": row.digest,
            "used": 0 if row.taken_at is None else 1,
            "email_key": data.get("key"),
        }
        db.execute(_MOVE, {**values, "created_at": row.expires_at - week, "expires_at": row.expires_at})
    db.execute(sa.text("DELETE FROM ephemeral WHERE kind = :kind"), {"kind": INVITE})


def downgrade() -> None:
    db = op.get_bind()
    for row in db.execute(_USABLE).all():
        data = json.dumps({"key": row.email_key})
        db.execute(
            _BACK, {"id": row.id, "kind": INVITE, "digest": row.digest, "data": data, "expires_at": row.expires_at}
        )
    op.drop_index(op.f("ix_invitations_expires_at"), table_name="invitations")
    op.drop_table("invitations")
