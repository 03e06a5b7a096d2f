"""What browsers may do with an answer: the headers that all have, and where the forms of a page may lead."""

from oauth2system.settings import Settings
from oauth2system.web.http.message import Header

# The pages whose forms may end on a site: each may be part of an authorization, whatever its address says.
LEAD_OUT = frozenset(
    {"/login", "/login/second_factor", "/registration", "/consent", "/device", "/account/email_confirm"}
    | {"/account/recovery_codes", "/account/terms"}
)


def forms_stay() -> str:
    """Return the directive of an answer whose forms end on our own pages."""
    return "; form-action 'self'"


def forms_lead_out() -> str:
    """Return the directive of an answer whose forms may end on a site: none.

    Browsers hold `form-action` against every redirect after a form was sent, also against those that the
    site makes afterwards, and a policy has no words for every address that an app may register. So no list
    is right. What guards these forms is that every value in them is escaped (T126), that no script but ours
    runs, and that no site may frame them (T108).
    """
    return ""


def forms_of(route: str) -> str:
    """Return the directive of one of our pages."""
    return forms_lead_out() if route in LEAD_OUT else forms_stay()


def security_headers(settings: Settings) -> list[Header]:
    """Return the headers of every answer: no sniffing, no frames (T108), HSTS where there is TLS."""
    headers = [(b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY")]
    if settings.secure:
        headers.append((b"strict-transport-security", b"max-age=31536000"))
    return headers
