"""The part of an app's page that is about its client secrets."""
