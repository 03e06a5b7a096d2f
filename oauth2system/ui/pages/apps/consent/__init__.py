"""What visitors see when the app asks them: its links, which scopes they may leave out, and its proved domains."""
