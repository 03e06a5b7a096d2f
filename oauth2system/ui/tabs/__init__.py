"""The event sockets of open pages: the part of Reflex that serves."""
