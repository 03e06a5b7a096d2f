"""What the pages of the way in have in common: written by the server, complete in its first answer."""

from collections.abc import Mapping
from urllib.parse import urlencode

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Child, Html
from oauth2system.markup.parts import parts
from oauth2system.policy import page_messages
from oauth2system.policy.page_messages import PageMessage
from oauth2system.services.accounts.page_request import FilledPage, PageRequest
from oauth2system.services.accounts.sign_in_pages import PageVisit
from oauth2system.services.authorization import flow_view
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.authorization.flows import FlowStage

# A person who goes from one page of the way in to the next stays in the same flow.
CARRIED = ("flow", "next", "invite", "token")


def page(seen: PageVisit, title: str, *children: Child, heading: Child = None) -> FilledPage:
    """Return a page with one purpose under its one heading, which is also the name of its tab."""
    words = html.div(html.h1(title if heading is None else heading, tab_index=-1), class_name="heading")
    ends = parts.native_form("/session/end", parts.submit(_("Sign out"), kind="bare"), class_name="arrives")
    return FilledPage(title, html.text(words, *children), ends if seen.signed_in else "", seen.flow is not None)


def notices(asked: PageRequest) -> Html:
    """Say what the address asks to be said: an error or a notice of our own table."""
    return notice(page_messages.of_query(asked.query))


def notice(said: PageMessage) -> Html:
    """Return the place of a notice; it is announced."""
    if not said.text:
        return html.NOTHING
    return html.div(parts.notice(_(said.text), said.kind), class_name="notice-slot live", role="alert")


def problem_of(seen: PageVisit, name: str) -> str:
    """Return the message for this field, empty if there is none."""
    return _(seen.problems[name]) if name in seen.problems else ""


def carry(asked: PageRequest, *names: str) -> list[Html]:
    """Carry parameters of this page's own address along with a form."""
    return [parts.hidden(name, asked.get(name)) for name in names if asked.get(name)]


def link(words: str, path: str, query: Mapping[str, str] | None = None, **props: str) -> Html:
    """Return a link to a page of ours, with this query."""
    props.setdefault("class_name", "link-line")
    return html.a(words, href=address(path, query), **props)


def address(path: str, query: Mapping[str, str] | None = None) -> str:
    """Return an address of ours."""
    return f"{path}?{urlencode(query)}" if query else path


def onward(asked: PageRequest) -> dict[str, str]:
    """Return what a link to another page of the way in carries on."""
    return {name: asked.get(name) for name in ("flow", "next", "invite") if asked.get(name)}


def for_site(flow: FlowView | None) -> Html:
    """Say for which site a person signs in or registers, where that is known."""
    if flow is None or not flow.is_open or not flow.app_name:
        return html.NOTHING
    logo = parts.monogram(flow.app_name[:1], flow.logo) if flow.logo else None
    name = html.b(flow.app_name, class_name="breaks")
    return html.p(logo, html.sentence(_("to continue to {app}"), app=name), class_name="lead")


def cancel(flow: FlowView | None) -> Html:
    """Let a person go back to the site without signing in; a session they have stays as it is (T105)."""
    if flow is None or not flow.is_open:
        return html.NOTHING
    return parts.native_form(
        "/consent",
        parts.hidden("flow", flow.handle),
        html.button(_("Cancel"), type="submit", name="decision", value="cancel", class_name="button bare"),
        class_name="aside",
    )


def explain_ended(seen: PageVisit, flow: FlowView) -> FilledPage:
    """Say how a request stands that cannot be answered here, and where to go on."""
    title = {
        FlowStage.AGREED: _("You have answered this already"),
        FlowStage.REFUSED: _("You have answered this already"),
        FlowStage.EXPIRED: _("This request has expired"),
        FlowStage.NO_COOKIES: _("Cookies are needed"),
        FlowStage.ELSEWHERE: _("Begun in another browser"),
        FlowStage.NEVER: _("There is no such request"),
    }.get(flow.stage, _("This request has ended"))
    ways = [
        html.a(_("Back to {app}").format(app=flow.app_name), href=flow.home, class_name="button main")
        if flow.home
        else html.NOTHING,
        link(_("Your connections"), "/account/connections", class_name="button") if seen.signed_in else html.NOTHING,
    ]
    words = flow_view.explain_stage(flow.stage)
    return page(
        seen,
        title,
        html.div(
            html.div(
                parts.icon("good" if flow.stage is FlowStage.AGREED else "info", 40, "faint"),
                html.p(_(words)),
                html.p(
                    _("The site that asked was {app}.").format(app=flow.app_name), class_name="quiet breaks"
                ) if flow.app_name else None,
                html.div(*ways, class_name="row"),
                class_name="empty",
            ),
            class_name="card",
        ),
    )  # fmt: skip


def mailbox(seen: PageVisit) -> Html:
    """Say, on a laptop without a mail server, where its messages are."""
    if not seen.shows_mailbox:
        return html.NOTHING
    return html.p(
        _("This server has no mail server yet."),
        " ",
        html.a(_("Read its messages here"), href="/dev/mailbox", class_name="strong"),
        class_name="small quiet",
    )


def answer(words: str, decision: str, kind: str) -> Html:
    """Return one of the two buttons that answer a question."""
    return html.button(words, type="submit", name="decision", value=decision, class_name=f"button {kind}")
