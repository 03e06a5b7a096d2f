"""A site that signs people in with Authlib: it knows our discovery address, its credentials, and nothing else."""

import secrets
from threading import Thread
from types import TracebackType
from typing import Any, Self

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for
from werkzeug.serving import make_server

from tests.support.servers.processes import free_port

SCOPE = "openid profile email offline_access"


class AuthlibSite:
    """One running site; give it its credentials before anybody signs in."""

    def __init__(self, issuer: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.callback = f"{self.url}/callback"
        self.tokens: dict[str, Any] = {}
        self._issuer = issuer
        self._flask = Flask("authlib_site")
        self._flask.secret_key = secrets.token_hex()
        self._flask.config["SESSION_COOKIE_NAME"] = "site"  # localhost shares its cookies between ports
        self._server = make_server("localhost", self.port, self._flask, threaded=True)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def connect(self, client_id: str, client_secret: str | None, **more: Any) -> Any:
        """Register the provider as Authlib's documentation tells to, and return the client."""
        oauth: Any = OAuth(self._flask)
        kwargs = {"scope": SCOPE, "code_challenge_method": "S256", **more.pop("client_kwargs", {})}
        provider = oauth.register(
            "ours",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs=kwargs,
            **more,
        )

        @self._flask.get("/")
        def home() -> str:
            return f"Hello {session['name']}" if "name" in session else '<a href="/login">Sign in</a>'

        @self._flask.get("/login")
        def login() -> Any:
            return provider.authorize_redirect(url_for("callback", _external=True))

        @self._flask.route("/callback", methods=["GET", "POST"])
        def callback() -> Any:
            self.tokens = provider.authorize_access_token()
            session["name"] = self.tokens["userinfo"]["sub"]
            return redirect("/")

        del home, login, callback  # Flask has them
        self._thread.start()
        return provider

    @property
    def flask(self) -> Flask:
        """Return the Flask app, for calls outside a request."""
        return self._flask

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(10)
        self._server.server_close()
