"""Roles: the four words that label who may open each page, route and event handler."""

from enum import StrEnum


class Who(StrEnum):
    """The least a visitor must be."""

    ANYONE = "anyone"
    USER = "a signed-in user"
    OWNER = "a signed-in user, of what is theirs"
    ADMIN = "an administrator"
