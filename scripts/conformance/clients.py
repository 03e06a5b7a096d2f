"""The user and the clients that a plan needs, created with our own commands."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from joserfc.jwk import KeySet, RSAKey

from scripts.conformance.plans import Plan, callback

OWNER = "conformance"
PASSWORD = "correct horse battery staple"  # noqa: S105  (of a user who exists only for the suite)
SCOPE = "openid profile email offline_access"


def person() -> None:
    """Create the user who signs in, unless an earlier run did."""
    who = ("--email", "conformance@example.org", "--display-name", "Connie Formance", "--confirmed")
    made = _run("user", "create", OWNER, *who, "--password-stdin", given=PASSWORD)
    if made.returncode and "taken" not in made.stderr:
        raise RuntimeError(made.stderr)


def clients(plan: Plan, suite: str) -> list[dict[str, Any]]:
    """Create three clients: one, another that must not get the first one's tokens, and one that posts its secret."""
    if plan.profile:
        return [_signing(suite, number, plan) for number in (1, 2)] + [{}]
    return [_secret(suite, method) for method in ("client_secret_basic", "client_secret_basic", "client_secret_post")]


def _secret(suite: str, method: str) -> dict[str, Any]:
    made = _app(f"Suite by {method}", callback(suite), "--auth-method", method, "--no-pkce", "--scope", SCOPE)
    return {"client_id": made["client_id"], "client_secret": made["client_secret"]}


def _signing(suite: str, number: int, plan: Plan) -> dict[str, Any]:
    keys = KeySet([RSAKey.generate_key(2048, {"kid": f"suite-{number}", "alg": "PS256", "use": "sig"})])
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(keys.as_dict(private=False), file)
        file.flush()
        uris = (callback(suite), f"{callback(suite)}?dummy1=lorem&dummy2=ipsum")[number - 1 :][:1]
        made = _app(f"Suite under FAPI 2.0, {number}", *uris, "--profile", plan.profile, "--jwks", file.name)
    scope = "openid profile offline_access" if plan.variant["openid"] == "openid_connect" else "identify email"
    return {"client_id": made["client_id"], "scope": scope, "jwks": keys.as_dict(private=True)}


def _app(name: str, *words: str) -> dict[str, Any]:
    grants = ("--grant", "authorization_code", "refresh_token")
    made = _run("app", "create", name, "--owner", OWNER, "--redirect-uri", *words, *grants, "--json")
    if made.returncode:
        raise RuntimeError(made.stderr)
    return json.loads(made.stdout)


def _run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oauth2system", *words]
    here = Path(__file__).resolve().parents[2]
    return subprocess.run(  # noqa: S603  (our own command)
        command, cwd=here, input=given, capture_output=True, text=True, check=False
    )


def rotate_keys() -> None:
    """Rotate the signing keys, as the suite asks; it cannot read new Ed25519 keys."""
    done = _run("keys", "rotate", "--alg", "RS256", "ES256")
    if done.returncode:
        raise RuntimeError(done.stderr)
