"""One file per family of rows: the table and the queries on it."""
