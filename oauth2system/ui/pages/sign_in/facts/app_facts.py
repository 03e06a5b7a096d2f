"""What this server knows about an app that asks, and what it does not: for the person who decides about it."""

from urllib.parse import urlsplit

from oauth2system.i18n import _
from oauth2system.markup import html
from oauth2system.markup.html import Html
from oauth2system.markup.parts import parts
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.clients.publishers import Publisher
from oauth2system.ui import words


def domain(publisher: Publisher) -> Html:
    """Say whether this server has checked who controls the domain that the answer goes to."""
    if not publisher.domain:
        return html.NOTHING
    name = html.b(publisher.domain, class_name="breaks")
    if publisher.is_proved:
        return html.p(
            parts.icon("good", 18),
            html.span(html.sentence(_("Its owner has shown that they control {domain}."), domain=name)),
            class_name="fact good",
        )
    return html.p(
        parts.icon("warn", 18),
        html.span(html.sentence(_("This server has not checked who runs {domain}."), domain=name)),
        class_name="fact warn",
    )


def more(ask: ConsentView) -> Html:
    """Return what is known about the app, closed at first, so that the question stays short."""
    about = ask.publisher
    facts = [*([] if about.is_new else [age(about)]), people(about.more_than)]
    links = [
        html.li(html.a(text, " ", html.span(host, class_name="quiet"), href=uri, target="_blank",
                       rel="noopener noreferrer", class_name="link-line breaks"))
        for uri, host, text in _list_links(ask)
    ]  # fmt: skip
    return html.details(
        html.summary(_("About this app")),
        html.p(" ".join(facts)),
        html.ul(links, class_name="plain") if links else None,
        class_name="small about-app",
    )


def _list_links(ask: ConsentView) -> list[tuple[str, str, str]]:
    """Return the addresses that the app registered (RFC 7591 §2), each with its host: its words are ours."""
    named = (
        (ask.client_uri, _("Its website")),
        (ask.policy_uri, _("What this app does with your data")),
        (ask.tos_uri, _("Its terms of service")),
    )
    return [(uri, urlsplit(uri).netloc, text) for uri, text in named if uri]


def age(publisher: Publisher) -> str:
    """Say how long an app has been registered, to the day at first and then to the month."""
    if publisher.is_of_today:
        return _("Registered here today.")
    if publisher.is_new:
        return _("Registered here this week.")
    return _("Registered here in {month}.").format(month=words.month(publisher.registered_at))


def people(more_than: int) -> str:
    """Say roughly how many people use an app."""
    if not more_than:
        return _("Few people use it here.")
    return _("More than {n} people use it here.").format(n=words.number(more_than))
