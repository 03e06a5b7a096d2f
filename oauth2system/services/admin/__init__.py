"""People and apps, as administrators manage them."""
