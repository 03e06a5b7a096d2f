"""Oauth2System: one login for all your sites."""

__version__ = "0.1.0"
