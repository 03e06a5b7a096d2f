"""The forms of accounts: sign-in, registration, email, password, data."""
