"""What a question of an app is about: the values that it would get, boxes for optional ones, and who asks."""

from collections.abc import Iterable

from oauth2system.i18n import Message, _
from oauth2system.markup import html
from oauth2system.markup.html import Child, Html
from oauth2system.markup.parts import parts
from oauth2system.protocol import scopes
from oauth2system.services.authorization.consents import RequestedScope
from oauth2system.services.clients.publishers import Publisher
from oauth2system.services.pictures.addresses import PicturePath


def gives(asked: Iterable[RequestedScope], form: str) -> Html:
    """List the very values that are handed over, each once; of optional scopes with a box of the form of this id."""
    asked = tuple(asked)
    required = dict.fromkeys(pair for one in asked if not one.optional for pair in one.values)
    boxes = [_box(one, form) for one in asked if one.optional]
    values = [html.div(html.dt(_(label)), html.dd(_translate(value))) for label, value in required]
    return html.div(
        html.dl(values, class_name="gives") if values else None,
        html.p(_("You may leave this out:"), class_name="quiet small", id="optional") if boxes else None,
        html.div(boxes, class_name="gives", role="group", custom_attrs={"aria-labelledby": "optional"})
        if boxes
        else None,
        class_name="stack tight",
    )


def _box(one: RequestedScope, form: str) -> Html:
    own = f"scope-{one.scope}"
    words = (
        _(one.words) if one.scope == scopes.OFFLINE else html.text(*(_translate(value) for _label, value in one.values))
    )
    name = None if one.scope == scopes.OFFLINE else html.span(_(one.values[0][0]), class_name="quiet small")
    return html.label(
        html.input(type="checkbox", name="scope", value=one.scope, id=own, form=form, checked=one.ticked),
        html.span(name, html.span(words, class_name="strong breaks"), class_name="option"),
        html_for=own,
        class_name="choice",
    )


def offered(asked: Iterable[RequestedScope]) -> Html:
    """Return the hidden field that names the boxes of a question: a browser only sends those that are ticked."""
    names = " ".join(one.scope for one in asked if one.optional)
    return parts.hidden("offered", names) if names else html.NOTHING


def owner(publisher: Publisher) -> Html:
    """Say whose app asks. Every page on which a person decides about an app says it (RFC 8628 §5.4, T126)."""
    if not publisher.username:
        return html.text(_("The app registered itself here, and nobody has checked who runs it."))
    words = (
        _("The app belongs to {name} ({username}), an administrator of this server.")
        if publisher.is_admin
        else _("The app belongs to {name} ({username}).")
    )
    return html.sentence(words, name=html.b(publisher.name, class_name="breaks"), username=publisher.username)


def _translate(value: str) -> Child:
    if isinstance(value, PicturePath):
        return html.img(src=value, alt=_("your picture"), width="48", height="48", class_name="face")
    return _(value) if isinstance(value, Message) else value
