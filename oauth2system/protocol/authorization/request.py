"""What an authorization request asked for, once it was judged: kept with flows, pushed requests and codes."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from oauth2system.protocol import scopes as scope_words
from oauth2system.protocol.authorization import claims_request
from oauth2system.protocol.authorization.target import Target


class AuthorizationRequest(NamedTuple):
    """A valid request; nothing of it is read from the browser again."""

    target: Target
    scopes: frozenset[str]
    response_type: str = "code"
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    userinfo_claims: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    dpop_jkt: str | None = None
    login_hint: str | None = None
    # OIDC Core §3.1.2.1, §5.5.1: the person that id_token_hint or a requested `sub` names.
    subject: str | None = None

    @property
    def client_id(self) -> str:
        """Return the client that asks."""
        return self.target.client_id

    @property
    def needed(self) -> frozenset[str]:
        """Return all scopes for the consent page: those asked for, and those of claims asked for by name."""
        by_name = self.id_token_claims + self.userinfo_claims
        return self.scopes | claims_request.scopes_for(by_name) if by_name else self.scopes

    @property
    def is_openid(self) -> bool:
        """Return whether an ID token is wanted (OIDC Core §3.1.2.1)."""
        return scope_words.OPENID in self.scopes

    def leave_out(self, declined: frozenset[str]) -> Self:
        """Return the request without these scopes, and without the claims that it names and that only they release."""
        if not declined or not declined & self.needed:
            return self
        return self._replace(
            scopes=self.scopes - declined,
            id_token_claims=_keep_claims(self.id_token_claims, declined),
            userinfo_claims=_keep_claims(self.userinfo_claims, declined),
        )

    def to_json(self) -> dict[str, Any]:
        """Return a small JSON dict for the flow's row: only what was asked."""
        data: dict[str, Any] = {"target": self.target.to_json(), "scopes": sorted(self.scopes)}
        for name in _PLAIN_FIELDS:
            if (value := getattr(self, name)) is not None:
                data[name] = value
        for name in _LIST_FIELDS:
            if value := getattr(self, name):
                data[name] = list(value)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**{name: _READ[name](value) for name, value in data.items() if name in _READ})


def _keep_claims(names: tuple[str, ...], declined: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not claims_request.scopes_for((name,)) & declined)


_PLAIN_FIELDS = (
    "response_type",
    "nonce",
    "code_challenge",
    "max_age",
    "dpop_jkt",
    "login_hint",
    "subject",
)
_TUPLE_FIELDS = ("acr_values", "id_token_claims", "userinfo_claims", "essential_acr", "resources")
_LIST_FIELDS = ("prompt", *_TUPLE_FIELDS)
_READ: dict[str, Callable[[Any], Any]] = {
    "target": Target.from_json,
    "scopes": frozenset,
    "prompt": frozenset,
    **dict.fromkeys(_TUPLE_FIELDS, tuple),
    **dict.fromkeys(_PLAIN_FIELDS, lambda value: value),
}
