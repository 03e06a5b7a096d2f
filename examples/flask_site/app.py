"""A site that signs people in with Oauth2System through the simple flow; README.md next to it says how to run it."""

import hmac
import json
import os
import secrets
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from flask import Flask, redirect, render_template_string, request, session
from werkzeug.wrappers import Response

OAUTH2SYSTEM = os.environ.get("OAUTH2SYSTEM", "http://localhost:8000")
CLIENT_ID = os.environ.get("CLIENT_ID", "")
CLIENT_SECRET = os.environ.get("CLIENT_SECRET", "")

app = Flask(__name__)
app.secret_key = os.environ.get("FLASK_SECRET_KEY") or secrets.token_hex(32)

PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>My site</title><body style="font: 1.1rem/1.6 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>My site</h1>
{% if user %}
  <p>Hello {{ user.display_name }} ({{ user.email }})!</p>
  <form method="post" action="/logout"><button>Leave my site</button></form>
{% else %}
  {% if problem %}<p role="alert">{{ problem }}</p>{% endif %}
  <p><a href="/login">Sign in with Oauth2System</a></p>
{% endif %}</body></html>"""


@app.get("/")
def home() -> str:
    """Greet the user by name after the sign-in."""
    return page(user=session.get("user"))


@app.get("/login")
def login() -> Response:
    """Send the visitor to Oauth2System; the state ties the answer to this browser."""
    session["state"] = secrets.token_urlsafe(16)
    query = urlencode({"client_id": CLIENT_ID, "scope": "identify email", "state": session["state"]})
    return redirect(f"{OAUTH2SYSTEM}/oauth2/authorize?{query}")


@app.get("/callback")
def callback() -> Response | tuple[str, int]:
    """Check the state, fetch the user, and redirect so that the code leaves the address bar."""
    expected = session.pop("state", "")
    if not expected or not hmac.compare_digest(expected.encode(), request.args.get("state", "").encode()):
        return page("That sign-in was not begun here. Try again."), 400
    if "code" not in request.args:
        return page("You did not agree, so nothing was shared."), 403
    try:
        session["user"] = fetch_user(request.args["code"])
    except HTTPError as refusal:
        return page(json.load(refusal)["error_description"]), 502
    except URLError:
        return page("Oauth2System does not answer. Try again in a moment."), 502
    return redirect("/")


@app.post("/logout")
def logout() -> Response:
    """Sign the visitor out of this site."""
    session.clear()
    return redirect("/")


def fetch_user(code: str) -> dict[str, str]:
    """Fetch the user; the credentials go in a form, so that no access log contains them."""
    form = urlencode({"oauth_token": code, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    with urlopen(Request(f"{OAUTH2SYSTEM}/api/user", form.encode()), timeout=10) as answer:  # noqa: S310  (the address of our own server)
        return json.load(answer)


def page(problem: str = "", user: dict[str, str] | None = None) -> str:
    """Show the one page of this site."""
    return render_template_string(PAGE, user=user, problem=problem)


if __name__ == "__main__":
    if not CLIENT_ID or not CLIENT_SECRET:
        sys.exit("Set CLIENT_ID and CLIENT_SECRET; both are on your app's page at " + OAUTH2SYSTEM + "/apps")
    app.run(port=int(os.environ.get("PORT", "5000")))
