"""Quick starts: whole programs and ready settings, filled with an app's own values."""
