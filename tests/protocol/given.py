"""The apps, people and requests that the protocol's tests share."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from oauth2system.protocol.authorization.response import FormPost, Redirect
from oauth2system.protocol.authorization.validate import AuthorizationRequest, trust, validate
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.clients.client import Client
from oauth2system.protocol.params import Params

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ISSUER = "https://id.example"
OFFER = Offer(ISSUER)
CB = "https://app.example/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

C1 = Client("101", "Confidential", redirect_uris=(CB,), require_pkce=False)
P1 = Client("103", "Public", is_public=True, redirect_uris=(CB,), token_endpoint_auth_method="none")
F1 = Client("104", "Careful", redirect_uris=(CB,), profile="fapi2", token_endpoint_auth_method="private_key_jwt")
S1 = Client("105", "Simple", redirect_uris=(CB,), simple_flow=True, simple_redirect_uri=CB)
N1 = Client("106", "Native", is_public=True, application_type="native", redirect_uris=("http://127.0.0.1/cb",))


def asks(client: Client = C1, /, **changes: str | None) -> Params:
    """Return a good authorization request of this client with some parameters changed or left out."""
    plain: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": CB,
        "scope": "openid email",
        "state": "xyz",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return Params({name: value for name, value in {**plain, **changes}.items() if value is not None})


def simple_asks(**changes: str | None) -> Params:
    """Return the founding text's link with some parameters added, changed or left out."""
    plain = {"client_id": S1.id, "scope": "identify email"}
    return Params({name: value for name, value in {**plain, **changes}.items() if value is not None})


def judged(client: Client = C1, offer: Offer = OFFER, /, **changes: str | None) -> AuthorizationRequest:
    """Trust and validate `asks(...)`."""
    params = asks(client, **changes)
    return validate(params, client, trust(params, client, offer), offer)


def client_with(client: Client, **changes: object) -> Client:
    """Return the client with other metadata."""
    return replace(client, **changes)  # type: ignore[arg-type]  (values of any type)


def query_of(answer: Redirect | FormPost) -> list[tuple[str, str]]:
    """Return what a redirect adds to or has in its query, in order."""
    assert isinstance(answer, Redirect)
    return parse_qsl(urlsplit(answer.url).query, keep_blank_values=True, strict_parsing=True)
