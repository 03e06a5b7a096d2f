"""Every page of the way in by its address: one look at the facts, then its words and forms."""

from collections.abc import Callable
from typing import TypeVar

from oauth2system.runtime.call import Call
from oauth2system.runtime.lanes import Service
from oauth2system.runtime.runner import Runner
from oauth2system.services.accounts import email_pages, sign_in_pages
from oauth2system.services.accounts.page_request import FilledPage, GoOn, PageRequest, Renderer
from oauth2system.services.accounts.security import factor_pages
from oauth2system.services.accounts.terms import acceptance
from oauth2system.ui.pages.sign_in.consent import consent
from oauth2system.ui.pages.sign_in.device import device
from oauth2system.ui.pages.sign_in.email_confirm import email_confirm
from oauth2system.ui.pages.sign_in.factor_set_up import authenticator, recovery_codes
from oauth2system.ui.pages.sign_in.login import login
from oauth2system.ui.pages.sign_in.password_reset import password_reset
from oauth2system.ui.pages.sign_in.registration import registration
from oauth2system.ui.pages.sign_in.second_factor import second_factor
from oauth2system.ui.pages.sign_in.setup import setup
from oauth2system.ui.pages.sign_in.terms import terms

View = TypeVar("View")


def _shows(look: Service[[PageRequest], View], page: Callable[[View, PageRequest], FilledPage | GoOn]) -> Renderer:
    """Return a page that one look at the facts fills."""

    async def render(asked: PageRequest, runner: Runner) -> FilledPage | GoOn:
        return page(await Call(runner, asked.caller)(look, asked), asked)

    return render


PAGES: dict[str, Renderer] = {
    "/login": _shows(sign_in_pages.open_page, login),
    "/login/second_factor": _shows(factor_pages.open_second_factor, second_factor),
    "/registration": _shows(sign_in_pages.open_registration, registration),
    "/setup": _shows(sign_in_pages.open_setup, setup),
    "/account/email_confirm": _shows(email_pages.open_email_confirm, email_confirm),
    "/account/password_reset": _shows(sign_in_pages.open_password_reset, password_reset),
    "/account/terms": _shows(acceptance.open_terms, terms),
    "/account/authenticator": _shows(factor_pages.open_authenticator, authenticator),
    "/account/recovery_codes": _shows(factor_pages.open_recovery_codes, recovery_codes),
    "/consent": _shows(sign_in_pages.open_consent, consent),
    "/device": _shows(sign_in_pages.open_device, device),
}
