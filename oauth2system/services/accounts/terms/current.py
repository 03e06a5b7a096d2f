"""The terms of today, as an administrator set them."""

from dataclasses import dataclass

from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.runtime.context import Context
from oauth2system.storage.tables import server_settings


@dataclass(frozen=True, slots=True)
class Terms:
    """Where the terms are, and the version that people accept."""

    url: str
    version: str


def find(ctx: Context) -> Terms | None:
    """Return the terms of today; None where there are none to accept."""
    settings = server_settings.find(ctx.db)
    return Terms(settings.terms_url, settings.terms_version) if settings.terms_version else None


def require(terms: Terms | None, version: str) -> str:
    """Return the version that was accepted, empty without terms; raises Invalid for another version, or none."""
    if terms is None:
        return ""
    if not version:
        raise Invalid(terms=N_("Tick this box to go on."))
    if version != terms.version:
        raise Invalid(terms=N_("The terms have just changed. Read them again."))
    return version
