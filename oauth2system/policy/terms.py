"""The terms that an administrator may have people accept: where they are, and the version that counts."""

import re
from urllib.parse import urlsplit

from oauth2system.policy import quotas

# It is compared inside SQL as JSON text, so it has no character that JSON or a language would write differently.
_VERSION = re.compile(rf"[A-Za-z0-9._-]{{1,{quotas.TERMS_VERSION_LONGEST}}}")
_PRINTABLE = re.compile(rf"[!-~]{{1,{quotas.TERMS_URL_LONGEST}}}")


def read_url(value: object) -> str:
    """Return the address of the terms, empty for none; raises ValueError for what is no web address."""
    text = str(value).strip()
    if not text:
        return ""
    parts = urlsplit(text)
    if (
        not _PRINTABLE.fullmatch(text)
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or "@" in parts.netloc
    ):
        raise ValueError("not a web address")
    return text


def read_version(value: object) -> str:
    """Return a version or a date, empty for none; raises ValueError for what cannot be one."""
    text = str(value).strip()
    if text and not _VERSION.fullmatch(text):
        raise ValueError("not a version")
    return text
