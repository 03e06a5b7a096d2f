"""Browser sessions: signing in, being recognised, signing out."""
