"""the log of an app has what worked too, in windows of time, and is counted by the hour."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEPT = (
    "id, client_id, fingerprint, stage, reason, params, code, detail, sent, registered,"
    " repair, times, first_at, last_at"
)
WINDOW_MS = 600_000


def columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("params", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("sent", sa.String(), nullable=True),
        sa.Column("registered", sa.String(), nullable=True),
        sa.Column("repair", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
    ]


def constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f(f"fk_{table}_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "app_log",
        *columns(),
        sa.Column("log_window", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        *constraints("app_log"),
    )
    values = f"{KEPT}, last_at / {WINDOW_MS}, 'refused'"
    op.execute(f"INSERT INTO app_log ({KEPT}, log_window, outcome) SELECT {values} FROM refusals")  # noqa: S608  (our own column names)
    op.create_index("ix_app_log_merged", "app_log", ["client_id", "fingerprint", "log_window"], unique=True)
    op.create_index("ix_app_log_client_id_last_at", "app_log", ["client_id", "last_at"])
    op.drop_table("refusals")
    op.create_table(
        "app_counts",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("count_hour", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_app_counts_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "count_hour", "stage", "outcome", "reason", name=op.f("pk_app_counts")),
    )
    op.create_index("ix_app_counts_count_hour", "app_counts", ["count_hour"])
    op.create_table(
        "unknown_apps",
        sa.Column("sent_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sent_id", "stage", name=op.f("pk_unknown_apps")),
    )
    op.create_index("ix_unknown_apps_last_at", "unknown_apps", ["last_at"])


def downgrade() -> None:
    op.drop_table("unknown_apps")
    op.drop_table("app_counts")
    op.create_table("refusals", *columns(), *constraints("refusals"))
    newest = (
        "SELECT * FROM (SELECT *, row_number()"
        " OVER (PARTITION BY client_id, fingerprint ORDER BY last_at DESC, id DESC) AS place"
        " FROM app_log WHERE code <> '') AS placed WHERE place = 1"
    )
    op.execute(f"INSERT INTO refusals ({KEPT}) SELECT {KEPT} FROM ({newest}) AS newest")  # noqa: S608  (our own column names)
    op.create_index("ix_refusals_client_id_fingerprint", "refusals", ["client_id", "fingerprint"], unique=True)
    op.create_index("ix_refusals_client_id_last_at", "refusals", ["client_id", "last_at"])
    op.drop_table("app_log")
