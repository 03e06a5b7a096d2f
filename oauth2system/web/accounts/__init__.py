"""The native forms of people: sign-in, registration, email, password, data."""
