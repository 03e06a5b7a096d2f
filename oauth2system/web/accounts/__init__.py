"""The native forms of people: sign-in, registration, e-mail, password, data."""
