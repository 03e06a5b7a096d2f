"""The terms that people accept: at registration, and again whenever an administrator changes their version."""
