"""Accounts, as the people they belong to manage them."""
