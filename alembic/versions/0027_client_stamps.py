"""the database draws a new stamp for an app whenever the app or one of its secrets is written."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Of a secret, what is kept in memory. Its last use is written every few seconds and draws no stamp.
_SQLITE = (
    """CREATE TRIGGER clients_stamp_new AFTER INSERT ON clients BEGIN
    UPDATE clients SET stamp = random() WHERE id = NEW.id; END""",
    """CREATE TRIGGER clients_stamp AFTER UPDATE ON clients WHEN NEW.stamp = OLD.stamp BEGIN
    UPDATE clients SET stamp = random() WHERE id = NEW.id; END""",
    """CREATE TRIGGER client_secrets_stamp_new AFTER INSERT ON client_secrets BEGIN
    UPDATE clients SET stamp = random() WHERE id = NEW.client_id; END""",
    """CREATE TRIGGER client_secrets_stamp AFTER UPDATE OF id, client_id, digest, retired_at, expires_at
    ON client_secrets BEGIN
    UPDATE clients SET stamp = random() WHERE id IN (NEW.client_id, OLD.client_id); END""",
    """CREATE TRIGGER client_secrets_stamp_gone AFTER DELETE ON client_secrets BEGIN
    UPDATE clients SET stamp = random() WHERE id = OLD.client_id; END""",
)
_POSTGRESQL = (
    # A restore drops the tables with their triggers and leaves the functions.
    """CREATE OR REPLACE FUNCTION draw_client_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.stamp := ('x' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16))::bit(64)::bigint;
    RETURN NEW; END $$""",
    """CREATE OR REPLACE FUNCTION stamp_client_of_secret() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE clients SET stamp = stamp WHERE id = NEW.client_id OR id = OLD.client_id;
    RETURN NULL; END $$""",
    """CREATE TRIGGER clients_stamp BEFORE INSERT OR UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION draw_client_stamp()""",
    """CREATE TRIGGER client_secrets_stamp AFTER INSERT OR DELETE
    OR UPDATE OF id, client_id, digest, retired_at, expires_at ON client_secrets
    FOR EACH ROW EXECUTE FUNCTION stamp_client_of_secret()""",
)


def upgrade() -> None:
    op.add_column("clients", sa.Column("stamp", sa.BigInteger(), server_default="0", nullable=False))
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    op.execute("UPDATE clients SET stamp = stamp")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("clients_stamp_new", "clients_stamp"):
            op.execute(f"DROP TRIGGER {name}")
        for name in ("client_secrets_stamp_new", "client_secrets_stamp", "client_secrets_stamp_gone"):
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("DROP TRIGGER client_secrets_stamp ON client_secrets")
        op.execute("DROP TRIGGER clients_stamp ON clients")
        op.execute("DROP FUNCTION stamp_client_of_secret()")
        op.execute("DROP FUNCTION draw_client_stamp()")
    # Both databases drop a column in place. A batch would copy the table, and what refers to it.
    op.execute("ALTER TABLE clients DROP COLUMN stamp")
