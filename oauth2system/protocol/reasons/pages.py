"""Refusals that a person reads on a page of ours: nothing proves where else the answer may go."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_REQUEST = "invalid_request"
_UNKNOWN_APP = N_("No app is known under this client id.")
_NOT_SET_UP = N_("This app is not set up for this kind of link.")
_UNREGISTERED = N_("The app wants you sent to an address that is not registered for it.")
_GONE = N_("This request is no longer there. Start again from the site.")
_NEVER = N_("There is no such request. The address may have been copied incompletely. Open the link on the site again.")
_PUSHED = N_("This sign-in has expired or was used already. Go back to the site and start again.")
_PUSH_AGAIN = N_("Push a fresh request for each sign-in, and open it within 90 seconds.")
_AGAIN = N_("Start a new sign-in. If this happens often, look whether your site sends the same request twice.")
_ONE_ID = N_("Send one client_id, the one on the app's page.")
_HINT = N_("Send an ID token of this server as id_token_hint, and this app's client_id.")
_REGISTER = N_("Register exactly the address that was sent, or send one that is registered.")
_YOURS_OR_AN_ATTACK = N_(
    "Is this host yours? Then register exactly the address that was sent."
    " If it is not, register nothing: somebody may have tried to get your visitors sent to them."
)
_SIMPLE = "docs/guides/simple-flow.md"


class PageReason(Reason):
    """Why a person sees a page in the place of the site they came from (RFC 6749 §4.1.2.1)."""

    # Which app.
    CLIENT_ID_REPEATED = Entry(_REQUEST, "RFC 6749 §4.1.2.1", N_("The link names the app more than once."), _ONE_ID)
    CLIENT_ID_MISSING = Entry(
        _REQUEST,
        "RFC 6749 §4.1.1",
        N_("The link does not say which app it belongs to."),
        _ONE_ID,
        owner=N_("client_id is missing."),
    )
    CLIENT_UNKNOWN = Entry(
        "unauthorized_client", "RFC 6749 §4.1.2.1", _UNKNOWN_APP, _ONE_ID, owner=N_("The client id is unknown.")
    )
    CLIENT_DISABLED = Entry(
        "unauthorized_client",
        "RFC 6749 §4.1.2.1",
        _UNKNOWN_APP,
        N_("Ask the administrator of this server."),
        owner=N_("The app is disabled."),
    )
    # Where to.
    REDIRECT_URI_REPEATED = Entry(
        _REQUEST,
        "RFC 6749 §3.1",
        N_("The link names more than one address to come back to."),
        N_("Send one redirect_uri."),
    )
    REDIRECT_URI_MISSING = Entry(
        _REQUEST,
        "RFC 6749 §3.1.2.3, OIDC Core §3.1.2.1",
        N_("The link does not say where to send you back to."),
        N_("Send redirect_uri with one of the registered addresses."),
        owner=N_(
            "redirect_uri is missing, and it is needed for openid, under FAPI 2.0, and when several are registered."
        ),
    )
    REDIRECT_URI_UNREGISTERED = Entry(
        _REQUEST,
        "RFC 6749 §3.1.2.4, RFC 9700 §4.1.3",
        _UNREGISTERED,
        _REGISTER,
        owner=N_("redirect_uri differs from every registered one; each character counts."),
    )
    REDIRECT_URI_FOREIGN = Entry(
        _REQUEST,
        "RFC 6749 §3.1.2.4, RFC 9700 §4.1.3",
        _UNREGISTERED,
        _YOURS_OR_AN_ATTACK,
        owner=N_("redirect_uri has a host that no registered address has. No visitor was sent there."),
    )
    STATE_TOO_LONG = Entry(
        _REQUEST,
        "RFC 6749 §4.1.2.1",
        N_("The site sent more with this link than it can get back. Go back to the site."),
        N_("Keep what belongs to the sign-in in your own session, and send a short name for it as state."),
        owner=N_("The state is longer than {most} characters."),
    )
    STATE_REPEATED = Entry(
        _REQUEST,
        "RFC 6749 §3.1",
        N_("The link says twice what the site must get back. Go back to the site."),
        N_("Send one state."),
        owner=N_("state came more than once."),
    )
    POSTED_TOO_LONG = Entry(
        _REQUEST,
        "OIDC Core §3.1.2.1",
        N_("The site sent more than a sign-in can need. Go back to the site."),
        N_("Post at most {most} characters, or push the request (RFC 9126) and send its request_uri."),
    )
    SIMPLE_LINK_NOT_SIMPLE = Entry(
        _REQUEST,
        _SIMPLE,
        N_("The link does not say where to send you back to."),
        N_("For the simple link, take {names} out. For a standard request, add response_type=code and redirect_uri."),
        owner=N_("With {names} this is a standard request, and response_type and redirect_uri are missing."),
    )
    SIMPLE_NEEDS_SECRET = Entry(
        _REQUEST,
        _SIMPLE,
        _NOT_SET_UP,
        N_("Send response_type=code with PKCE."),
        owner=N_("The simple flow is for confidential apps."),
    )
    SIMPLE_SWITCHED_OFF = Entry(
        _REQUEST,
        _SIMPLE,
        _NOT_SET_UP,
        N_("Switch it on, or send response_type=code."),
        owner=N_("The simple flow is switched off."),
    )
    SIMPLE_WITHOUT_ADDRESS = Entry(
        _REQUEST,
        _SIMPLE,
        _NOT_SET_UP,
        N_("Choose one on the app's page."),
        owner=N_("No redirect URI is marked for the simple flow."),
    )
    # A sign-in on its way.
    FLOW_EXPIRED = Entry(_REQUEST, "RFC 6749 §4.1.2.1", _GONE, _AGAIN)
    FLOW_UNKNOWN = Entry(_REQUEST, "RFC 6749 §4.1.2.1", _NEVER, _AGAIN)
    FLOW_WITHOUT_COOKIE = Entry(
        _REQUEST,
        "RFC 9700 §4.7",
        N_(
            "Your browser sent no cookie with this step: it keeps none, or this sign-in was begun in another browser. "
            "Allow cookies for this site, then go back to the site you came from and start again."
        ),
        N_("Send each person to /oauth2/authorize in their own browser."),
    )
    FLOW_OF_ANOTHER_BROWSER = Entry(
        _REQUEST,
        "RFC 9700 §4.7",
        N_("This sign-in was begun in another browser. Start again from the site."),
        N_("Send each person to /oauth2/authorize in their own browser."),
    )
    APP_CHANGED = Entry(
        _REQUEST,
        "RFC 6749 §4.1.2.1",
        N_("This app was changed a moment ago. Go back to the site and start again."),
        _AGAIN,
        owner=N_("The app lost a scope, an address or the simple flow while somebody was signing in."),
    )
    FORM_INCOMPLETE = Entry(
        _REQUEST, "RFC 6749 §4.1.1", N_("The form was sent incomplete. Go back and try again."), _AGAIN
    )
    PUSHED_UNKNOWN = Entry(
        "invalid_request_uri",
        "RFC 9126 §4",
        _PUSHED,
        _PUSH_AGAIN,
        owner=N_("The request_uri is unknown, used or expired."),
    )
    PUSHED_BY_ANOTHER_APP = Entry(
        "invalid_request_uri",
        "RFC 9126 §2.2",
        _PUSHED,
        _PUSH_AGAIN,
        owner=N_("The request_uri was pushed by another app."),
    )
    PUSHED_COMPLETED = Entry(
        "invalid_request_uri",
        "RFC 9126 §7.3",
        _PUSHED,
        _PUSH_AGAIN,
        owner=N_("Another sign-in with this request_uri was completed."),
    )
    # Signing out.
    SIGN_OUT_HINT_REFUSED = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §2",
        N_("The link to sign out is not valid."),
        _HINT,
        owner=N_("The id_token_hint is not valid: {problem}"),
    )
    SIGN_OUT_OF_ANOTHER_APP = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §2",
        N_("The link to sign out belongs to another app."),
        _HINT,
    )
    SIGN_OUT_WITHOUT_APP = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §2",
        N_("The link to sign out does not say which app it belongs to, so nothing proves where to send you after it."),
        _HINT,
    )
    SIGN_OUT_URI_UNREGISTERED = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §3",
        _UNREGISTERED,
        _REGISTER,
        owner=N_("post_logout_redirect_uri differs from every registered one; each character counts."),
    )
    SIGN_OUT_URI_FOREIGN = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §3",
        _UNREGISTERED,
        _YOURS_OR_AN_ATTACK,
        owner=N_("post_logout_redirect_uri has a host that no registered address has. No visitor was sent there."),
    )
    SIGN_OUT_EXPIRED = Entry(
        _REQUEST,
        "OIDC RP-Initiated Logout §2",
        N_("This request to sign out has expired. Go back and try again."),
        _AGAIN,
    )
