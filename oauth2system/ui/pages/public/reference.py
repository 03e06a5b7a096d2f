"""For developers: every endpoint with what it takes, answers and refuses, from the document that programs read."""

import reflex as rx

from oauth2system.i18n import _
from oauth2system.ui import layout
from oauth2system.ui.components import PlainLink, code, sentence
from oauth2system.ui.docs import snippets
from oauth2system.ui.docs.guides import WRITTEN_IN
from oauth2system.ui.docs.reference import Chapter, Endpoint, Field, Group, Outcome, build_reference
from oauth2system.ui.state import Visitor

_READ = build_reference(snippets.ORIGIN)


SIGN_IN, TOKENS, MORE = "/docs/reference", "/docs/reference/tokens", "/docs/reference/more"
# One page would weigh more than a page may: each has the chapters that are read together.
_CHAPTERS = {
    SIGN_IN: ("simple-flow", "authorization"),
    TOKENS: ("tokens", "person", "signing-out"),
    MORE: ("registration", "documents", "forms", "operations"),
}
_TABS = ((SIGN_IN, _("Signing in")), (TOKENS, _("Tokens")), (MORE, _("Registration, documents, errors")))


@layout.page(
    SIGN_IN,
    _("Protocol reference"),
    description=_("Every endpoint with its parameters, answers and errors."),
    on_load=Visitor.look,
)
def sign_in() -> rx.Component:
    """Show the endpoints for signing people in, folded: one line each."""
    return _page(
        SIGN_IN,
        _("Protocol reference"),
        _("What each address takes and answers. Click one to see all of it."),
        _beginning(),
        *_chapters(SIGN_IN),
        _proving(),
        _coming_back(),
    )


@layout.page(
    TOKENS,
    _("Reference: tokens"),
    description=_("Tokens by each grant, introspection, revocation, userinfo, signing out."),
    on_load=Visitor.look,
)
def tokens() -> rx.Component:
    """Show the endpoints for tokens."""
    lead = _("How to get, introspect, use and revoke them.")
    return _page(TOKENS, _("Reference: tokens"), lead, *_chapters(TOKENS))


@layout.page(
    MORE,
    _("Reference: registration, documents, errors"),
    description=_("Programs that register apps, the documents libraries read, and every error code."),
    on_load=Visitor.look,
)
def more() -> rx.Component:
    """Show the other endpoints, and every error code."""
    lead = _("For programs that register apps, for libraries, and to look up an error.")
    return _page(MORE, _("Reference: registration, documents, errors"), lead, *_chapters(MORE), _errors())


def _page(route: str, title: str, lead: str, *children: rx.Component) -> rx.Component:
    tabs = layout.tab_row(_("Protocol reference"), *(layout.tab(to, words, here=to == route) for to, words in _TABS))
    return layout.read(title, tabs, rx.el.div(*children, class_name="prose"), current="/docs", lead=lead)


def _chapters(route: str) -> tuple[rx.Component, ...]:
    return tuple(_chapter(one) for one in _READ.chapters if one.anchor in _CHAPTERS[route])


def _beginning() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            sentence(
                _("Programs read the same at {address}, which also leaves out what this server does not offer."),
                address=PlainLink.create(rx.el.code("/openapi.json"), href="/openapi.json"),
            ),
            " ",
            sentence(
                _("New here? {begin}."),
                begin=rx.el.a(_("Begin with the simple flow"), href="/docs/simple-flow"),
            ),
        ),
        rx.el.p(
            sentence(
                _(
                    "Parameters without a value count as absent, unknown ones are ignored, and one that comes twice is "
                    "{error}. The documents answer HEAD, too, and what a page of another site may call answers OPTIONS."
                ),
                error=rx.el.code("invalid_request"),
            ),
        ),
        rx.el.p(
            _("Any address may also answer 413 (too large), 429 and 503 (wait as Retry-After says) or 500 (our fault).")
        ),
        class_name="stack tight",
    )


def _chapter(chapter: Chapter) -> rx.Component:
    return rx.el.section(
        rx.el.h2(chapter.title),
        rx.el.p(chapter.words, class_name="quiet"),
        *(_endpoint(one) for one in chapter.endpoints),
        id=chapter.anchor,
        lang=WRITTEN_IN,
        class_name="stack tight",
    )


def _endpoint(one: Endpoint) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(
                rx.el.span(rx.el.code(one.method), " ", rx.el.code(one.path), class_name="breaks"),
                rx.el.span(one.title, class_name="quiet"),
            )
        ),
        rx.el.div(
            rx.el.p(one.words) if one.words else rx.fragment(),
            _proofs(one),
            *(_group(group) for group in one.asked),
            _outcomes(one.outcomes),
            _answered(one),
            id=one.anchor,
            class_name="stack inside",
        ),
        class_name="endpoint",
    )


def _proofs(one: Endpoint) -> rx.Component:
    if not one.proofs:
        return rx.fragment()
    names = [part for name in one.proofs for part in (rx.el.code(name), " ")]
    return rx.el.p(rx.el.a("The app authenticates", href=f"{SIGN_IN}#proof"), " by ", *names)


def _group(group: Group) -> rx.Component:
    if not group.fields and group.rest is None:
        return rx.fragment()
    title = rx.el.h3(rx.el.code(f"grant_type={group.title}")) if group.title else rx.el.h3("What you send")
    return rx.el.div(
        title,
        rx.el.p(group.words) if group.words else rx.fragment(),
        *_members(group),
        class_name="stack tight",
    )


def _members(group: Group) -> tuple[rx.Component, ...]:
    return (
        _list(group.fields) if group.fields else rx.fragment(),
        rx.fragment()
        if group.rest is None
        else rx.el.p(
            sentence(
                _("Also the fields of {object}.") if group.fields else _("The fields of {object}."),
                object=PlainLink.create(rx.el.code(group.rest.name), href=f"#{group.rest.anchor}"),
            ),
        ),
    )


def _list(fields: tuple[Field, ...]) -> rx.Component:
    return rx.el.dl(*(_field(one) for one in fields), class_name="terms")


def _field(one: Field) -> rx.Component:
    values = [part for value in one.values for part in (rx.el.code(value), " ")]
    return rx.el.div(
        rx.el.dt(rx.el.code(one.name), rx.el.span("needed", class_name="badge") if one.is_needed else rx.fragment()),
        rx.el.dd(one.words or "", *([" ", *values] if values else [])),
    )


def _outcomes(outcomes: tuple[Outcome, ...]) -> rx.Component:
    return rx.el.div(
        rx.el.h3("What you get"),
        rx.el.dl(*(_outcome(one) for one in outcomes), class_name="terms short"),
        class_name="stack tight",
    )


def _outcome(one: Outcome) -> rx.Component:
    codes = [part for name in one.codes for part in (rx.el.code(name), " ")]
    return rx.el.div(rx.el.dt(rx.el.code(one.status)), rx.el.dd(one.words, *([" ", *codes] if codes else [])))


def _answered(one: Endpoint) -> rx.Component:
    if one.answered is None:
        return rx.fragment()
    return rx.el.div(
        rx.el.h3("What is in it"),
        *_members(one.answered),
        code(f"Answer to {one.method} {one.path}", one.example) if one.example else rx.fragment(),
        class_name="stack tight",
    )


def _proving() -> rx.Component:
    return rx.el.section(
        rx.el.h2("How an app authenticates"),
        rx.el.p(
            "By its one registered method: HTTP Basic with both values, or these fields of the form. ",
            "A public app has nothing to prove and sends its client_id alone.",
        ),
        _list(_READ.proofs),
        id="proof",
        lang=WRITTEN_IN,
        class_name="stack tight",
    )


def _coming_back() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What comes back to the redirect URI"),
        rx.el.p("After a person has agreed or not: a code, or an error."),
        _list(_READ.sent_back),
        id="answer",
        lang=WRITTEN_IN,
        class_name="stack tight",
    )


def _errors() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What each error means"),
        rx.el.p("Every refusal is JSON with an error and, mostly, an error_description."),
        _list(_READ.codes),
        id="errors",
        lang=WRITTEN_IN,
        class_name="stack tight",
    )
