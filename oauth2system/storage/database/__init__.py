"""The database itself: connections, transactions, migrations and backups of rows."""
