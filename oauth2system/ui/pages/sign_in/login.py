"""Sign in: two fields, posted natively, so that it works with script off and nothing is kept in a state."""

import re

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.accounts.page_request import FilledPage, GoOn, PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.ui.pages.sign_in import frame

# "Continue" leads to a page of ours and nowhere else, whatever the address says (T016).
_OWN_PAGE = re.compile(r"/(?:apps|account|admin|docs|device)(?:/[A-Za-z0-9_]+){0,2}(?:\?[A-Za-z0-9_=&.-]*)?")


def login(seen: PageVisit, asked: PageRequest) -> FilledPage | GoOn:
    """Show the form; a signed-in visitor may go on without it. A request that has ended is reported first."""
    if seen.flow is not None and not seen.flow.is_open:
        return frame.explain_ended(seen, seen.flow)
    if seen.owes_terms:
        return GoOn(frame.address("/account/terms", frame.onward(asked)))
    if asked.get("confirm") and seen.signed_in and seen.flow is None:
        return _show_confirmation(seen, asked)
    name = seen.values.get("login", seen.flow.hint if seen.flow else "")
    return frame.page(
        seen,
        _("Sign in"),
        frame.for_site(seen.flow),
        html.div(
            frame.notices(asked),
            _demanded(seen),
            _signed_in(seen, asked),
            parts.native_form(
                "/session",
                *frame.carry(asked, "flow", "next"),
                parts.field(
                    _("Username or email"),
                    "login",
                    default_value=name,
                    auto_complete="username webauthn",
                    auto_capitalize="none",
                    spell_check=False,
                    required=True,
                    auto_focus=not name,
                ),
                parts.password_field(_("Password"), auto_focus=bool(name)),
                *_keep(seen),
                parts.submit(_("Sign in")),
            ),
            _passkey(asked),
            html.p(frame.link(_("Forgot your password?"), "/account/password_reset"), class_name="aside"),
            class_name="card",
        ),
        frame.cancel(seen.flow),
        html.p(
            _("New here?"),
            " ",
            frame.link(_("Create account"), "/registration", frame.onward(asked)),
            class_name="aside",
        ),
    )


def _demanded(seen: PageVisit) -> Html:
    """Say to people who were signed in until a second factor was demanded why they have to sign in again."""
    if not seen.owes_factor:
        return html.NOTHING
    words = _("This server asks for a second factor now, and you have none yet. Sign in, and set one up.")
    return html.div(parts.notice(words), class_name="notice-slot")


def _keep(seen: PageVisit) -> list[Html]:
    """Ask whether the person stays signed in in this browser; ticked, unless a refused form had it otherwise."""
    ticked = "keep" in seen.values or "keep_asked" not in seen.values
    box = html.input(type="checkbox", id="keep", name="keep", value="1", default_checked=ticked)
    words = _("Otherwise you are signed out when you close the browser, or after an hour without use.")
    return [
        parts.hidden("keep_asked", "1"),
        html.div(box, html.label(_("Keep me signed in"), html_for="keep"), class_name="tick"),
        html.p(words, class_name="hint"),
    ]


def _passkey(asked: PageRequest, *, offers: bool = True) -> Html:
    """Return the other way to sign in, and what it needs where it is not there."""
    return html.text(
        parts.passkey_form(
            "/session/passkey",
            "/session/passkey/options",
            _("Sign in with a passkey"),
            *frame.carry(asked, "flow", "next", "confirm"),
            offers=offers,
        ),
        html.p(
            _("Passkeys need JavaScript and a browser that has them. The password works everywhere."),
            class_name="quiet small without-passkeys",
        ),
    )


def _show_confirmation(seen: PageVisit, asked: PageRequest) -> FilledPage:
    """Ask the person who is signed in to sign in anew, before a change that needs it (T093)."""
    why = _("You signed in as {username} a while ago. This change needs a new sign-in, to be sure that it is you.")
    return frame.page(
        seen,
        _("Confirm that it is you"),
        html.div(
            frame.notices(asked),
            html.p(why.format(username=seen.username)),
            parts.native_form(
                "/session",
                *frame.carry(asked, "next", "confirm"),
                # Hidden from people, for their password managers.
                html.input(name="login", value=seen.username, auto_complete="username", hidden=True, read_only=True),
                parts.password_field(_("Password"), auto_focus=True),
                parts.submit(_("Continue")),
            ),
            _passkey(asked, offers=False),
            html.p(frame.link(_("Forgot your password?"), "/account/password_reset"), class_name="aside"),
            class_name="card",
        ),
        html.p(html.a(_("Cancel"), href=_onward(asked), class_name="button bare"), class_name="aside"),
    )


def _signed_in(seen: PageVisit, asked: PageRequest) -> Html:
    if not seen.signed_in:
        return html.NOTHING
    who = html.b(seen.username)
    if seen.flow is not None and seen.flow.asks_anew:
        # No way on without a sign-in, where the site takes none of before (OIDC Core §3.1.2.1).
        asks = _("You are signed in as {username}, but this site asks you to sign in again.")
        words = html.sentence(asks, username=who)
        return html.div(parts.notice(words), class_name="notice-slot")
    return html.text(
        html.div(
            html.span(html.sentence(_("You are signed in as {username}."), username=who)),
            html.a(_("Continue"), href=_onward(asked), class_name="button"),
            class_name="notice info already",
        ),
        html.p(_("Or use another account:"), class_name="strong between"),
    )


def _onward(asked: PageRequest) -> str:
    if asked.get("flow"):
        return frame.address("/oauth2/authorize", {"flow": asked.get("flow"), "chosen": "1"})
    wanted = asked.get("next")
    return wanted if _OWN_PAGE.fullmatch(wanted) else "/apps"
