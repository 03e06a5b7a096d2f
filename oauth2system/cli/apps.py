"""The commands `app …`."""

import sys
from collections.abc import Iterator

from oauth2system.cli import app_options
from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import note, say, say_json, table
from oauth2system.errors import NotPermitted
from oauth2system.i18n import N_, _, ngettext
from oauth2system.runtime.caller import SYSTEM
from oauth2system.runtime.runner import Runner
from oauth2system.services.admin import apps
from oauth2system.services.apps.views import ListedApp

PAGE = 100


def create(asked: Arguments) -> None:
    """Make an app for a user and print its secret, this once."""
    with at_work() as runner:
        made = runner.now(
            SYSTEM,
            apps.create_for,
            asked.owner,
            app_options.metadata_of(asked),
            first_party=asked.first_party,
            reread_seconds=asked.reread,
            resources=asked.resources,
        )
    if asked.json:
        say_json({"client_id": made.client_id, "client_secret": made.client_secret})
        return
    say(f"client_id      {made.client_id}")
    if made.is_asked_anyway:
        note(_("People are asked at every sign-in all the same: any program on their device could use this address."))
    if made.client_secret is not None:
        say(f"client_secret  {made.client_secret}")
        note(_("The secret is shown this once; keep it where the app reads it, and nowhere else."))


def disable(asked: Arguments) -> None:
    """Disable an app: nobody can sign in with it."""
    _switch(asked, disabled=True, words=_("The app {client_id} is disabled."))


def enable(asked: Arguments) -> None:
    """Enable an app again."""
    _switch(asked, disabled=False, words=_("The app {client_id} works again."))


def _switch(asked: Arguments, *, disabled: bool, words: str) -> None:
    with at_work() as runner:
        runner.now(SYSTEM, apps.disable, asked.client_id, disabled=disabled)
    if asked.json:
        say_json({"client_id": asked.client_id, "disabled": disabled})
    else:
        say(words.format(client_id=asked.client_id))


def second_factor(asked: Arguments) -> None:
    """Demand a second factor of everybody who signs in to an app, or no longer."""
    demanded = asked.state == "on"
    with at_work() as runner:
        runner.now(SYSTEM, apps.demand_second_factor, asked.client_id, demanded=demanded)
    if asked.json:
        say_json({"client_id": asked.client_id, "second_factor": demanded})
    elif demanded:
        say(_("The app {client_id} asks everybody for a second factor.").format(client_id=asked.client_id))
    else:
        say(_("The app {client_id} asks for no second factor.").format(client_id=asked.client_id))


def revoke_tokens(asked: Arguments) -> None:
    """Revoke all tokens of an app; what people allowed stays."""
    with at_work() as runner:
        people = runner.now(SYSTEM, apps.revoke_tokens, asked.client_id)
    if asked.json:
        say_json({"client_id": asked.client_id, "people": people})
        return
    said = ngettext(
        "All tokens of the app {client_id} are revoked: of {n} person.",
        "All tokens of the app {client_id} are revoked: of {n} people.",
        people,
    )
    say(said.format(client_id=asked.client_id, n=people))


def delete(asked: Arguments) -> None:
    """Delete an app after asking, unless an option skips the question."""
    if not asked.yes and not _agrees(asked.client_id):
        raise NotPermitted(N_("Nothing was deleted; add --yes to delete without being asked."))
    with at_work() as runner:
        runner.now(SYSTEM, apps.delete, asked.client_id)
    if asked.json:
        say_json({"client_id": asked.client_id, "deleted": True})
    else:
        say(_("The app {client_id} is deleted.").format(client_id=asked.client_id))


def _agrees(client_id: str) -> bool:
    if not sys.stdin.isatty():
        return False
    note(_("Delete the app {client_id} for everybody? Type yes:").format(client_id=client_id))
    return sys.stdin.readline().strip().lower() == "yes"


def list_all(asked: Arguments) -> None:
    """List apps, newest first."""
    with at_work() as runner:
        found = list(_all(runner, asked.search))
    if asked.json:
        say_json(found)
        return
    heads = (_("CLIENT ID"), _("NAME"), _("OWNER"), _("PEOPLE"), _("MADE"), _("STATE"))
    table(
        heads,
        ((app.client_id, app.name, app.owner, app.people, f"{app.created_at:%Y-%m-%d}", _state(app)) for app in found),
    )


def _state(app: ListedApp) -> str:
    return _("disabled") if app.disabled else ""


def _all(runner: Runner, search: str) -> Iterator[ListedApp]:
    offset = 0
    while found := runner.now(SYSTEM, apps.list_all, search, offset, PAGE):
        yield from found
        offset += len(found)
