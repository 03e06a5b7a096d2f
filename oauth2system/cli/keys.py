"""The command `keys rotate`."""

from oauth2system.cli.parser import Arguments
from oauth2system.cli.session import at_work
from oauth2system.cli.terminal import note, say, say_json
from oauth2system.i18n import _
from oauth2system.services.keys import keyring


def rotate(asked: Arguments) -> None:
    """Publish new signing keys, and print when they begin to sign."""
    with at_work() as runner:
        rotated = keyring.rotate(runner, asked.alg, at_once=asked.at_once)
    if asked.json:
        say_json([{"alg": key.alg, "kid": key.kid, "signs_from": key.active_at.isoformat()} for key in rotated])
        return
    for key in rotated:
        words = _("{alg} signs with {kid} from {when} (UTC).")
        say(words.format(alg=key.alg, kid=key.kid, when=f"{key.active_at:%Y-%m-%d %H:%M}"))
    if asked.at_once:
        note(_("Sites that keep our keys for an hour may refuse sign-ins until they read them again."))
