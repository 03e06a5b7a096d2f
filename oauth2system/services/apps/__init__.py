"""Apps, as their owners manage them."""
