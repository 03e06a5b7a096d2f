"""Accounts in the hands of the people they belong to."""
