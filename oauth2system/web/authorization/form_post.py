"""The page that sends an answer to a site as a form (OAuth 2.0 Form Post Response Mode §2)."""

from base64 import b64encode
from hashlib import sha256

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html, RegisteredAddress
from oauth2system.markup.parts import parts
from oauth2system.protocol.authorization.response import FormPost
from oauth2system.web.http import content_policy
from oauth2system.web.http.message import Answer
from oauth2system.web.http.scriptless_page import STRICT, show

# The one script that may run here; without it the button does the same.
SCRIPT = "HTMLFormElement.prototype.submit.call(document.forms[0])"
_HASH = b64encode(sha256(SCRIPT.encode()).digest()).decode()


def page(answer: FormPost) -> Answer:
    """Show a form that posts itself to the site; every value is escaped (T015)."""
    csp = f"{STRICT}; script-src 'sha256-{_HASH}'{content_policy.forms_lead_out()}"
    fields = [html.input(type="hidden", name=name, value=value) for name, value in answer.fields]
    return show(
        _("Back to the site"),
        html.div(
            html.p(_("You are being sent back to the site. If nothing happens, press the button.")),
            parts.native_form(RegisteredAddress(answer.action), *fields, parts.submit(_("Continue"))),
            class_name="card stack",
        ),
        html.script(Html(SCRIPT)),
        csp=csp,
        # Not `no-referrer`: under it browsers send `Origin: null`, which sites that check it refuse.
        referrer="strict-origin",
    )
