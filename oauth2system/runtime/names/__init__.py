"""Names of hosts that others chose, looked up in threads of their own."""
