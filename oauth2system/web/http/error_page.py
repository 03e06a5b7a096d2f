"""Pages the server renders itself: where no script may be needed, such as errors."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from oauth2system.i18n import _, language_tag
from oauth2system.web.http.message import HTML, NO_STORE, Answer

# Nothing runs, nothing is fetched but our sheet, type and mark, nothing is framed.
STRICT = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    template: str,
    status: int = 200,
    *,
    csp: str = f"{STRICT}; form-action 'none'",
    referrer: str = "no-referrer",
    **values: object,
) -> Answer:
    """Answer with a template; never stored, never framed, and no Referer unless it is asked for."""
    body = _templates.get_template(template).render({**values, "_": _, "language": language_tag()}).encode()
    policy = [(b"content-security-policy", csp.encode("ascii")), (b"referrer-policy", referrer.encode("ascii"))]
    headers = [HTML, *NO_STORE, *policy]
    return Answer(status, body, headers)


def problem(status: int, title: str, sentence: str, *, request_id: str = "", code: str = "") -> Answer:
    """Tell a person in plain words what happened and what to do."""
    return render("problem.html", status, title=title, sentence=sentence, request_id=request_id, code=code)
