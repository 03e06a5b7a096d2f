"""Sites in Python, each one file with Authlib."""

from oauth2system.ui.docs.guides import AUTHORIZATION_CODE
from oauth2system.ui.docs.quick_starts.start import PORT, Part, Proof, QuickStart, SiteKind, program

_DJANGO = """import os, secrets, sys
from urllib.parse import urlsplit
from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import escape

SITE, CALLBACK = "http://localhost:5000", "/callback"
# In a project of yours these are in settings.py already.
settings.configure(
    SECRET_KEY=os.environ.get("SITE_KEY") or secrets.token_hex(32),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=[urlsplit(SITE).hostname],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
login = OAuth().register(
    "login",
    server_metadata_url="https://id.example.org/.well-known/openid-configuration",
    client_id="CLIENT_ID",
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)

def home(request):
    name = request.session.get("name")
    return HttpResponse(f"Hello {escape(name)}" if name else '<a href="/sign-in">Sign in</a>')

def sign_in(request):
    return login.authorize_redirect(request, SITE + CALLBACK)

def callback(request):
    try:
        token = login.authorize_access_token(request)
    except OAuthError as error:
        text = f"Sign-in did not work: {error.description}. Start again at /sign-in."
        return HttpResponse(text, status=400, content_type="text/plain")
    request.session["user_id"] = token["userinfo"]["sub"]
    request.session["name"] = login.userinfo(token=token)["name"]
    return redirect("/")

urlpatterns = [path("", home), path("sign-in", sign_in), path(CALLBACK[1:], callback)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)"""

_FASTAPI = """import os, secrets
from html import escape
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ.get("SITE_KEY") or secrets.token_hex(32))
login = OAuth().register(
    "login",
    server_metadata_url="https://id.example.org/.well-known/openid-configuration",
    client_id="CLIENT_ID",
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
)

@app.get("/")
async def home(request: Request):
    name = request.session.get("name")
    return HTMLResponse(f"Hello {escape(name)}" if name else '<a href="/sign-in">Sign in</a>')

@app.get("/sign-in")
async def sign_in(request: Request):
    return await login.authorize_redirect(request, "http://localhost:5000/callback")

@app.get("/callback")
async def callback(request: Request):
    try:
        token = await login.authorize_access_token(request)
    except OAuthError as error:
        return PlainTextResponse(f"Sign-in did not work: {error.description}. Start again at /sign-in.", 400)
    request.session["user_id"] = token["userinfo"]["sub"]
    request.session["name"] = (await login.userinfo(token=token))["name"]
    return RedirectResponse("/")"""

FLASK = QuickStart(
    "flask",
    "Flask",
    SiteKind.CODE,
    Proof.RUN,
    (program(AUTHORIZATION_CODE, "site_authlib.py", "python"),),
    install="pip install flask authlib requests",
    run=f"CLIENT_SECRET=… flask --app site_authlib run --port {PORT}",
)
DJANGO = QuickStart(
    "django",
    "Django",
    SiteKind.CODE,
    Proof.RUN,
    (Part("site_django.py", _DJANGO),),
    install="pip install django authlib requests",
    run=f"CLIENT_SECRET=… python site_django.py runserver {PORT}",
)
FASTAPI = QuickStart(
    "fastapi",
    "FastAPI",
    SiteKind.CODE,
    Proof.RUN,
    (Part("site_fastapi.py", _FASTAPI),),
    install="pip install fastapi uvicorn authlib httpx itsdangerous",
    run=f"CLIENT_SECRET=… uvicorn site_fastapi:app --port {PORT}",
)
