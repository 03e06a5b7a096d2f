"""Leaving: all data of a person as a file, and the deletion of an account with a time to regret it."""
