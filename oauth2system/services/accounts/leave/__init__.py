"""The end of an account: all data of its person as a file, and its deletion with a time to regret it."""
