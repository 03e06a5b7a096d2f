"""The command `registration-token create`: initial access tokens for programs that register apps."""

from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import note, say, say_json
from oauth2system.i18n import _
from oauth2system.runtime.caller import SYSTEM
from oauth2system.services.clients import registration


def create(asked: Arguments) -> None:
    """Make a token and print it, this once."""
    with at_work() as runner:
        made = runner.now(SYSTEM, registration.create_token, asked.owner, asked.uses, asked.days)
    if asked.json:
        say_json({"initial_access_token": made.value, "uses": made.uses, "days": made.days})
        return
    say(f"initial_access_token  {made.value}")
    note(_("The token is shown this once; anybody who has it can register apps."))
