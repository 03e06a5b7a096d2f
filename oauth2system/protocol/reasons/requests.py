"""Requests that cannot be read: refused at every endpoint."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_REQUEST = "invalid_request"


class RequestReason(Reason):
    """Why a request could not be read at all."""

    REQUEST_TOO_LONG = Entry(
        _REQUEST,
        "RFC 6749 §3.1",
        N_("The request is too long, or has too many parameters."),
        N_("Send only the parameters that the standard names, each as short as it can be."),
    )
    NUL_CHARACTER = Entry(
        _REQUEST,
        "RFC 6749 appendix A",
        N_("A parameter contains a NUL character."),
        N_("Send printable characters only."),
    )
    NOT_UTF8 = Entry(
        _REQUEST,
        "RFC 6749 appendix B",
        N_("The request is not UTF-8."),
        N_("Encode the parameters as UTF-8 before you percent-encode them."),
    )
    BROKEN_ESCAPE = Entry(
        _REQUEST,
        "RFC 6749 appendix B",
        N_("A percent escape in the request is broken."),
        N_("Write each % of a value as %25: let a library encode the parameters."),
    )
    PARAMETER_REPEATED = Entry(
        _REQUEST,
        "RFC 6749 §3.1, §3.2",
        N_("The parameter {name} came more than once."),
        N_("Send {name} once, either in the address or in the body."),
    )
    # The name is the sender's own choice here, so only the owner reads it.
    PARAMETERS_REPEATED = Entry(
        _REQUEST,
        "RFC 6749 §3.1, §3.2",
        N_("A parameter came more than once."),
        N_("Send {name} once."),
        owner=N_("The parameter {name} came more than once."),
    )
    PARAMETER_MISSING = Entry(
        _REQUEST,
        "RFC 6749 §4.1.2.1, §5.2",
        N_("The parameter {name} is missing."),
        N_("Send {name}."),
    )
    BODY_NOT_FORM = Entry(
        _REQUEST,
        "RFC 6749 §3.2, appendix B",
        N_("The body must be application/x-www-form-urlencoded."),
        N_("Send the parameters as a form, with the matching Content-Type."),
    )
    AUTHORIZATION_REPEATED = Entry(
        _REQUEST,
        "RFC 6749 §2.3",
        N_("Authorization came more than once."),
        N_("Send one Authorization header: many libraries add one by themselves."),
    )
    SCOPE_MALFORMED = Entry(
        "invalid_scope",
        "RFC 6749 §3.3",
        N_("The scope is malformed."),
        N_("Write the scopes with single spaces between them, such as: openid email."),
        owner=N_("A scope is words of printable ASCII with spaces between them."),
    )
