"""Pages that need no build and run no script of ours: errors, the sign-out question, an answer sent as a form."""

from oauth2system.i18n import _, language_tag
from oauth2system.markup import html
from oauth2system.markup.html import Child, Html
from oauth2system.markup.parts import parts
from oauth2system.web.http.message import HTML, NO_STORE, Answer

NAME = "Oauth2System"
# Nothing runs, nothing is fetched but our sheet, type and mark, nothing is framed.
STRICT = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def show(
    title: str,
    *children: Child,
    status: int = 200,
    csp: str = f"{STRICT}; form-action 'none'",
    referrer: str = "no-referrer",
    head: Child = None,
) -> Answer:
    """Answer with a page under one heading; never stored, never framed, and no Referer unless it is asked for."""
    body = f"<!doctype html>\n{_write_document(title, head, children)}".encode()
    policy = [(b"content-security-policy", csp.encode("ascii")), (b"referrer-policy", referrer.encode("ascii"))]
    return Answer(status, body, [HTML, *NO_STORE, *policy])


def show_problem(status: int, title: str, sentence: str, *more: Child, request_id: str = "") -> Answer:
    """Say in plain words what happened and what to do; `more` stands below the sentence."""
    asking = html.text(_("If you ask for help, mention"), " ", html.code(request_id)) if request_id else None
    return show(
        title,
        html.div(
            html.p(sentence, role="alert", class_name="breaks"),
            more,
            html.p(asking, class_name="quiet small breaks") if asking else None,
            class_name="card stack",
        ),
        html.p(html.a(_("Go to the home page"), href="/", class_name="link-line"), class_name="aside"),
        status=status,
    )


def _write_document(title: str, head: Child, children: Child) -> Html:
    """Write the whole page, in the frame that every page of the way in has."""
    return html.html(
        html.head(
            html.meta(charset="utf-8"),
            html.meta(name="viewport", content="width=device-width, initial-scale=1"),
            html.meta(name="color-scheme", content="light dark"),
            html.meta(name="robots", content="noindex"),
            html.title(f"{title} · {NAME}"),
            html.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
            html.link(rel="stylesheet", href="/oauth2system.css"),
            head,
        ),
        html.body(
            html.div(
                html.header(html.a(parts.mark(), NAME, href="/", class_name="brand"), class_name="top"),
                html.main(html.div(html.h1(title), class_name="heading"), children, id="content", class_name="single"),
                class_name="page calm",
            )
        ),
        lang=language_tag(),
    )
