"""Second factors: an authenticator app, recovery codes, trusted browsers, and sign-ins that wait for one of them.

`waiting` keeps a sign-in whose password was right (decision 0030); second_factor.py, one room up, completes it.
"""
