"""Apps in the hands of their developers."""
