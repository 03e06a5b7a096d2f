"""Pages for everybody: home, documentation, not found."""
