"""Endpoints of the authorization: authorize, pushed requests, devices, sign-out of an app."""
