"""Published documents, health, and the development mailbox."""
