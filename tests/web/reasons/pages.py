"""How each refusal is provoked that a person reads on a page."""

import httpx

from oauth2system.protocol.reasons.pages import PageReason as R
from oauth2system.services.admin import apps as all_apps
from tests.support.in_process.oauth_apps import CB, OPERATOR
from tests.web.reasons.bench import A_PERSON, NO_APP, Bench, Provoked

AT = "/oauth2/authorize"
ELSEWHERE = "https://elsewhere.example/cb"


def post_too_much(b: Bench) -> httpx.Response:
    fields = {"client_id": b.app().id, "response_type": "code", "redirect_uri": CB, "login_hint": "ä" * 3000}
    return b.house.call(AT, None, {"origin": "https://app.example"}, fields)


def simple(**changes: object) -> Provoked:
    """Ask in the simple flow's way for an app that is not set up for it."""
    return Provoked(lambda b: b.visit(AT, {"client_id": b.app(**changes).id, "scope": "identify"}))


def a_disabled_app(b: Bench) -> httpx.Response:
    app = b.app()
    b.house.runner.now(OPERATOR, all_apps.disable, app.id)
    return b.authorize(app)


def without_a_marked_address(b: Bench) -> httpx.Response:
    app = b.app()
    b.change(app, simple_redirect_uri=None)
    return b.visit(AT, {"client_id": app.id, "scope": "identify"})


def two_addresses(b: Bench) -> httpx.Response:
    return b.visit(AT, {"client_id": b.app().id, "response_type": "code", "redirect_uri": [CB, CB]})


def two_states(b: Bench) -> httpx.Response:
    return b.visit(AT, {"client_id": b.app().id, "response_type": "code", "redirect_uri": CB, "state": ["s", "t"]})


def a_public_app_in_the_simple_way(b: Bench) -> httpx.Response:
    return b.visit(AT, {"client_id": b.public().id, "scope": "identify"})


def another_browser(b: Bench) -> httpx.Response:
    app = b.app(first_party=False)
    asked, other = b.authorize(app), b.authorize(app)
    cookie = f"{b.house.ada.cookie}; {other.headers['set-cookie'].partition(';')[0]}"
    return b.house.door.get(asked.headers["location"].replace("/consent", AT), cookie=cookie)


def without_the_cookie(b: Bench) -> httpx.Response:
    asked = b.authorize(b.app(first_party=False))
    return b.house.door.get(asked.headers["location"].replace("/consent", AT), cookie=b.house.ada.cookie)


def changed_meanwhile(b: Bench) -> httpx.Response:
    app = b.app()
    uri = b.reference(app)
    b.change(app, scopes=frozenset({"identify"}))
    return b.visit(AT, {"client_id": app.id, "request_uri": uri})


def pushed_by_another(b: Bench) -> httpx.Response:
    return b.visit(AT, {"client_id": b.app().id, "request_uri": b.reference(b.app())})


def out_to(uri: str) -> Provoked:
    return Provoked(lambda b: b.sign_out(client_id=b.app().id, post_logout_redirect_uri=uri))


def out_of_another_app(b: Bench) -> httpx.Response:
    hint = b.house.tokens(b.app())["id_token"]
    return b.sign_out(client_id=b.app().id, id_token_hint=hint)


PROVOKED: dict[R, Provoked] = {
    R.CLIENT_ID_REPEATED: Provoked(lambda b: b.visit(AT, {"client_id": ["1", "2"]}), NO_APP),
    R.CLIENT_ID_MISSING: Provoked(lambda b: b.visit(AT, {"response_type": "code"}), NO_APP),
    R.CLIENT_UNKNOWN: Provoked(lambda b: b.visit(AT, {"client_id": "999"}), NO_APP),
    R.CLIENT_DISABLED: Provoked(a_disabled_app),
    R.REDIRECT_URI_REPEATED: Provoked(two_addresses),
    R.REDIRECT_URI_MISSING: Provoked(lambda b: b.authorize(b.app(), redirect_uri=None)),
    R.REDIRECT_URI_UNREGISTERED: Provoked(lambda b: b.authorize(b.app(), redirect_uri=f"{CB}/2")),
    R.REDIRECT_URI_FOREIGN: Provoked(lambda b: b.authorize(b.app(), redirect_uri=ELSEWHERE)),
    R.STATE_TOO_LONG: Provoked(lambda b: b.authorize(b.app(), state="s" * 2049)),
    R.STATE_REPEATED: Provoked(two_states),
    R.POSTED_TOO_LONG: Provoked(post_too_much),
    R.SIMPLE_LINK_NOT_SIMPLE: Provoked(lambda b: b.link(scope="identify openid")),
    R.SIMPLE_NEEDS_SECRET: Provoked(a_public_app_in_the_simple_way),
    R.SIMPLE_SWITCHED_OFF: simple(simple_flow=False),
    R.SIMPLE_WITHOUT_ADDRESS: Provoked(without_a_marked_address),
    R.FLOW_UNKNOWN: Provoked(lambda b: b.visit(AT, {"flow": "x"}), A_PERSON),
    R.FLOW_EXPIRED: Provoked(lambda b: b.visit(AT, {"posted": "x"}), A_PERSON),
    R.FLOW_OF_ANOTHER_BROWSER: Provoked(another_browser, A_PERSON),
    R.FLOW_WITHOUT_COOKIE: Provoked(without_the_cookie, A_PERSON),
    R.APP_CHANGED: Provoked(changed_meanwhile),
    R.FORM_INCOMPLETE: Provoked(lambda b: b.decide(b.authorize(b.app(first_party=False)), "perhaps"), A_PERSON),
    R.PUSHED_UNKNOWN: Provoked(lambda b: b.authorize(b.app(), request_uri="urn:ietf:params:oauth:request_uri:x")),
    R.PUSHED_BY_ANOTHER_APP: Provoked(pushed_by_another),
    R.SIGN_OUT_HINT_REFUSED: Provoked(lambda b: b.sign_out(client_id=b.app().id, id_token_hint="x")),
    R.SIGN_OUT_OF_ANOTHER_APP: Provoked(out_of_another_app),
    R.SIGN_OUT_WITHOUT_APP: Provoked(lambda b: b.sign_out(post_logout_redirect_uri=ELSEWHERE), NO_APP),
    R.SIGN_OUT_URI_UNREGISTERED: out_to(f"{CB}/bye"),
    R.SIGN_OUT_URI_FOREIGN: out_to(ELSEWHERE),
    R.SIGN_OUT_EXPIRED: Provoked(
        lambda b: b.house.door.post("/session/leave", cookie=b.house.ada.cookie, data={"leaving": "x"}), A_PERSON
    ),
}

CANNOT: dict[R, str] = {
    R.PUSHED_COMPLETED: "Only of two links to one pushed request at the same instant does one read this.",
}
