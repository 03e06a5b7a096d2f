"""The few lines that connect a site by the simple flow, filled with an app's own values; tests run them."""

from oauth2system.build import STAND_IN

SECRET = "CLIENT_SECRET"  # noqa: S105  (the words that stand where the secret goes)
ID = "CLIENT_ID"
ORIGIN = STAND_IN


def link(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Return the authorization link to put behind "Sign in"."""
    return f"{origin}/oauth2/authorize?client_id={client_id}&scope=identify+email"


def curl(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Fetch the visitor from a shell."""
    return f"""curl {origin}/api/user \\
  -d oauth_token=VALUE \\
  -d client_id={client_id} \\
  -d client_secret={SECRET}"""


def flask(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a Flask site."""
    return f"""import os, secrets
import httpx
from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = os.environ.get("SITE_KEY") or secrets.token_hex(32)

@app.get("/sign-in")
def sign_in():
    session["state"] = secrets.token_urlsafe(16)
    return redirect("{link(origin, client_id)}&state=" + session["state"])

@app.get("/callback")
def callback():
    state = session.pop("state", None)
    if not state or request.args.get("state") != state:
        return "Start again at /sign-in.", 400
    answer = httpx.post("{origin}/api/user", data={{
        "oauth_token": request.args.get("oauth_token", ""),
        "client_id": "{client_id}",
        "client_secret": os.environ["CLIENT_SECRET"],
    }})
    if answer.status_code != 200:
        return "Sign-in did not work: " + answer.json()["error_description"], 400
    session["user"] = answer.json()
    return redirect("/")"""


def javascript(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a site on Node, without any package."""
    return f"""import http from "node:http";
import crypto from "node:crypto";

const states = new Set();

http.createServer(async (request, response) => {{
  const url = new URL(request.url, "http://localhost:3000");
  if (url.pathname === "/sign-in") {{
    const state = crypto.randomUUID();
    states.add(state);
    response.setHeader("Set-Cookie", `state=${{state}}; HttpOnly; SameSite=Lax; Path=/`);
    response.writeHead(302, {{ Location: "{link(origin, client_id)}&state=" + state }});
    return response.end();
  }}
  if (url.pathname !== "/callback") return response.end("Go to /sign-in");

  const state = url.searchParams.get("state");
  const isOurs = states.delete(state) && request.headers.cookie?.includes(`state=${{state}}`);
  if (!isOurs) return response.end("Start again at /sign-in");
  const answer = await fetch("{origin}/api/user", {{
    method: "POST",
    body: new URLSearchParams({{
      oauth_token: url.searchParams.get("oauth_token") ?? "",
      client_id: "{client_id}",
      client_secret: process.env.CLIENT_SECRET,
    }}),
  }});
  const user = await answer.json();
  response.end(answer.ok ? `Hello ${{user.display_name}}` : user.error_description);
}}).listen(3000);"""


def php(origin: str = ORIGIN, client_id: str = ID) -> str:
    """Sign visitors in to a PHP site."""
    return f"""<?php
session_start();

if (isset($_GET['error'])) {{
    exit('You did not agree.');
}}
if (!isset($_GET['oauth_token'])) {{
    $_SESSION['state'] = bin2hex(random_bytes(16));
    header('Location: {link(origin, client_id)}&state=' . $_SESSION['state']);
    exit;
}}
if (empty($_SESSION['state']) || !hash_equals($_SESSION['state'], $_GET['state'] ?? '')) {{
    exit('Please start again.');
}}
unset($_SESSION['state']);

$answer = file_get_contents('{origin}/api/user', false, stream_context_create(['http' => [
    'method' => 'POST',
    'ignore_errors' => true,
    'header' => 'Content-Type: application/x-www-form-urlencoded',
    'content' => http_build_query([
        'oauth_token' => $_GET['oauth_token'],
        'client_id' => '{client_id}',
        'client_secret' => getenv('CLIENT_SECRET'),
    ]),
]]));
$user = json_decode($answer, true);
echo 'Hello ' . htmlspecialchars($user['display_name'] ?? $user['error_description']);"""
