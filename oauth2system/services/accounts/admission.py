"""Who may have an account here: the mode of registration."""

from oauth2system.runtime.context import Context
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.storage.tables import server_settings


def mode(ctx: Context) -> RegistrationMode:
    """Return who may register: as the environment fixes it, otherwise as an administrator decided on a page."""
    return ctx.settings.registration or server_settings.find(ctx.db).registration
