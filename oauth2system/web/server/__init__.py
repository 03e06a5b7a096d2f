"""Documents, health and the mailbox of a laptop."""
