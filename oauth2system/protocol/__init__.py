"""The rules of OAuth and OpenID Connect as pure functions: values in, values out.

Nothing here reads a clock, a database, a setting or a socket. Refusals are raised, decisions are returned.
"""
