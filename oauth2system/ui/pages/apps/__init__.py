"""Pages of a developer's apps."""
