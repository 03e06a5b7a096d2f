"""Every command with its options, on two screens."""

import argparse
import sys
from typing import Any, NoReturn

from oauth2system.i18n import _

USAGE_ERROR = 2
# Names of the protocol; importing its rules here would slow every command down.
PROFILES = ("default", "fapi2", "fapi2-signed")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none")
SIGNING_ALGS = ("RS256", "ES256", "EdDSA", "PS256")


class Arguments(argparse.Namespace):
    """The arguments that were typed; `file` and `verb` name the function that runs."""

    file: str
    verb: str


class _Parser(argparse.ArgumentParser):
    """Reports in one line what is wrong with the arguments."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """Print that line and the command for more help, and exit."""
        line = " ".join(message.split())
        sys.stderr.write(_("oauth2system: {line} (see: {command} --help)").format(line=line, command=self.prog) + "\n")
        sys.exit(USAGE_ERROR)


def make() -> argparse.ArgumentParser:
    """Build the parser."""
    parser = _Parser(prog="python -m oauth2system", description=_("One login for all your sites."))
    commands = _add_commands(parser)
    _add_server_commands(commands)
    _add_user_commands(commands)
    _add_invitation_commands(commands)
    _add_app_commands(commands)
    _registration_tokens(commands)
    _add_keys_commands(commands)
    _add_maintenance_commands(commands)
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> Any:
    return parser.add_subparsers(metavar=_("COMMAND"), required=True, parser_class=_Parser)


def _add(commands: Any, name: str, does: str, do: str) -> argparse.ArgumentParser:
    """Add a command with its help, which runs `file.verb` and can answer in JSON."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does)
    file, _dot, verb = do.partition(".")
    command.set_defaults(file=file, verb=verb)
    command.add_argument("--json", action="store_true", help=_("answer in JSON"))
    return command


def _add_group(commands: Any, name: str, does: str) -> Any:
    return _add_commands(commands.add_parser(name, help=does, description=does))


def _add_server_commands(commands: Any) -> None:
    serve = _add(commands, "serve", _("run the server: pages and protocol on one port"), "serve.serve")
    serve.add_argument("--host", metavar="H", help=_("the address to listen on (default: OAUTH2SYSTEM_HOST)"))
    serve.add_argument("--port", metavar="N", help=_("the port to listen on (default: OAUTH2SYSTEM_PORT)"))
    serve.add_argument("--workers", metavar="N", type=_count, default=1, help=_("processes; more than one need Redis"))
    _add(commands, "migrate", _("bring the database to the newest schema"), "maintenance.migrate")
    check = _add(
        commands, "check", _("report what is wrong with the configuration, and how to fix it"), "maintenance.check"
    )
    check.add_argument("--workers", metavar="N", type=_count, default=1, help=_("as it will be given to serve"))


def _add_user_commands(commands: Any) -> None:
    user = _add_group(commands, "user", _("make, list, disable and enable accounts"))
    create = _add(user, "create", _("make an account"), "users.create")
    create.add_argument("username", metavar="USERNAME", help=_("the name to sign in with: 3 to 32 of a-z 0-9 _ . -"))
    create.add_argument("--email", metavar="E", required=True, help=_("the person's email address"))
    create.add_argument(
        "--display-name", metavar="D", default="", help=_("the name that people see (default: the username)")
    )
    create.add_argument(
        "--password-stdin", action="store_true",
        help=_("read the password from standard input; without it the person sets one by a password reset"),
    )  # fmt: skip
    create.add_argument("--confirmed", action="store_true", help=_("the email counts as confirmed"))
    create.add_argument("--admin", action="store_true", help=_("make it an administrator"))
    for verb, does in (
        ("disable", _("disable an account and revoke all its access")),
        ("enable", _("enable it again")),
        ("remove-factors", _("remove all second factors of somebody who lost them")),
    ):
        service = f"users.{verb.replace('-', '_')}"
        _add(user, verb, does, service).add_argument("username", metavar="USERNAME", help=_("whose account"))
    delete = _add(user, "delete", _("delete an account with everything that belongs to it, in 14 days"), "users.delete")
    delete.add_argument("username", metavar="USERNAME", help=_("whose account"))
    delete.add_argument("--now", action="store_true", help=_("delete it at once, and for good"))
    delete.add_argument("--yes", action="store_true", help=_("do not ask"))
    rename = _add(user, "rename", _("give an account another username; the old one is held for a year"), "users.rename")
    rename.add_argument("username", metavar="USERNAME", help=_("whose account"))
    rename.add_argument("new", metavar="NEW", help=_("the new username"))
    invite = _add(user, "invite", _("let somebody register, where registration is by invitation"), "users.invite")
    invite.add_argument("email", metavar="EMAIL", help=_("the address that the link is mailed to"))
    _add_search_option(_add(user, "list", _("list accounts, newest first"), "users.list_all"))


def _add_invitation_commands(commands: Any) -> None:
    invitation = _add_group(commands, "invitation", _("links by which people may register"))
    create = _add(invitation, "create", _("make a link; it is shown this once"), "invitations.create")
    create.add_argument("--uses", metavar="N", type=_count, default=1, help=_("how many accounts it is good for"))
    create.add_argument("--days", metavar="N", type=_count, default=7, help=_("how many days it is good for"))
    create.add_argument("--mail-domain", metavar="DOMAIN", default="", help=_("only for addresses of this domain"))
    create.add_argument("--email", metavar="EMAIL", default="", help=_("only for this address; mails the link to it"))
    _add(invitation, "list", _("list invitations, newest first"), "invitations.list_all")
    revoke = _add(invitation, "revoke", _("revoke an invitation; accounts that it made stay"), "invitations.revoke")
    revoke.add_argument("id", metavar="ID", help=_("the invitation's id, as the list shows it"))


def _add_app_commands(commands: Any) -> None:
    app = _add_group(commands, "app", _("make, list, disable, enable and delete apps"))
    create = _add(app, "create", _("make an app; the secret is shown this once"), "apps.create")
    create.add_argument("name", metavar="NAME", help=_("the name that people see when they sign in to it"))
    create.add_argument("--owner", metavar="USERNAME", required=True, help=_("who manages the app on its page"))
    create.add_argument(
        "--redirect-uri", metavar="URI", nargs="+", action="extend", default=[], dest="redirect_uris",
        help=_("the address of the site that people return to after they signed in; several may follow"),
    )  # fmt: skip
    create.add_argument(
        "--public", action="store_true", help=_("an app that cannot keep a secret: in a browser or on a phone")
    )
    create.add_argument("--first-party", action="store_true", help=_("one of your own sites: skip the consent page"))
    create.add_argument(
        "--scope", metavar="S", nargs="+", action="extend", default=[], dest="scopes",
        help=_("what the app may ask for, such as identify email openid (default: everything that people can allow)"),
    )  # fmt: skip
    create.add_argument(
        "--optional-scope", metavar="S", nargs="+", action="extend", default=[], dest="optional_scopes",
        help=_("those of them that people may leave out: email, offline_access"),
    )  # fmt: skip
    create.add_argument("--homepage", metavar="URI", help=_("the app's website, as people read it when they agree"))
    create.add_argument("--privacy", metavar="URI", help=_("what the app does with people's data"))
    create.add_argument("--terms", metavar="URI", help=_("the app's terms of service"))
    create.add_argument("--no-simple-flow", action="store_true", help=_("the full protocol only"))
    create.add_argument(
        "--reread", metavar="SECONDS", type=_seconds, default=0,
        help=_("let the app fetch the same value again for so long (simple flow)"),
    )  # fmt: skip
    _full_protocol(create)
    for verb, does in (("disable", _("disable an app: nobody can sign in with it")), ("enable", _("enable it again"))):
        _add(app, verb, does, f"apps.{verb}").add_argument("client_id", metavar="CLIENT_ID", help=_("which app"))
    factor = _add(app, "second-factor", _("demand a second factor of the app's visitors"), "apps.second_factor")
    factor.add_argument("client_id", metavar="CLIENT_ID", help=_("which app"))
    factor.add_argument("state", choices=("on", "off"), help=_("whether it is demanded"))
    revoke = _add(app, "revoke-tokens", _("revoke all tokens of an app, after a leak"), "apps.revoke_tokens")
    revoke.add_argument("client_id", metavar="CLIENT_ID", help=_("which app"))
    delete = _add(app, "delete", _("delete an app with everything that belongs to it"), "apps.delete")
    delete.add_argument("client_id", metavar="CLIENT_ID", help=_("which app"))
    delete.add_argument("--yes", action="store_true", help=_("do not ask"))
    _add_search_option(_add(app, "list", _("list apps, newest first"), "apps.list_all"))


def _full_protocol(create: argparse.ArgumentParser) -> None:
    several: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
    create.add_argument("--grant", metavar="G", dest="grants", help=_("authorization_code, device_code, …"), **several)
    create.add_argument("--auth-method", choices=AUTH_METHODS, help=_("how the app authenticates"))
    create.add_argument("--no-pkce", action="store_true", help=_("do not demand PKCE of this confidential app"))
    create.add_argument(
        "--access-token-format", choices=("opaque", "jwt"), default="opaque",
        help=_("jwt lets services check access tokens by themselves"),
    )  # fmt: skip
    create.add_argument(
        "--resource", metavar="URI", dest="resources", help=_("services its access tokens may be for (RFC 8707)"),
        **several,
    )  # fmt: skip
    create.add_argument("--id-token-alg", choices=SIGNING_ALGS, help=_("how its ID tokens are signed (RS256)"))
    create.add_argument("--id-token-claims", action="store_true", help=_("name and email in its ID tokens too"))
    create.add_argument("--require-par", action="store_true", help=_("accept only pushed authorization requests (PAR)"))
    create.add_argument(
        "--jwks", metavar="FILE", help=_("the app's public keys, for private_key_jwt and signed requests")
    )
    create.add_argument(
        "--profile",
        choices=PROFILES,
        default="default",
        help=_("the protocol profile it follows; fapi2-signed accepts signed requests only"),
    )
    create.add_argument(
        "--post-logout-redirect-uri", metavar="URI", dest="post_logout_redirect_uris",
        help=_("the address of the site that people return to after they signed out; several may follow"),
        **several,
    )  # fmt: skip
    create.add_argument(
        "--backchannel-logout-uri", metavar="URI", help=_("where the app is notified of a sign-out, server to server")
    )
    create.add_argument(
        "--frontchannel-logout-uri", metavar="URI", help=_("the page that the browser loads at a sign-out")
    )


def _registration_tokens(commands: Any) -> None:
    token = _add_group(commands, "registration-token", _("let programs register apps"))
    create = _add(
        token, "create", _("make an initial access token; it is shown this once"), "registration_tokens.create"
    )
    create.add_argument("--owner", metavar="USERNAME", help=_("the owner of the apps; without it they have none"))
    create.add_argument("--uses", metavar="N", type=_count, default=1, help=_("how many apps it is good for"))
    create.add_argument("--days", metavar="N", type=_count, default=30, help=_("how many days it is good for"))


def _add_search_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--search", metavar="TEXT", default="", help=_("only those with this in their name"))


def _add_keys_commands(commands: Any) -> None:
    keys = _add_group(commands, "keys", _("the keys that sign tokens"))
    rotate = _add(keys, "rotate", _("publish new keys; they sign as soon as every cache has them"), "keys.rotate")
    rotate.add_argument("--at-once", action="store_true", help=_("sign with them now, e.g. when an old one leaked"))
    rotate.add_argument(
        "--alg", nargs="+", choices=SIGNING_ALGS, default=SIGNING_ALGS, help=_("only these algorithms (default: all)")
    )


def _add_maintenance_commands(commands: Any) -> None:
    _add(commands, "purge", _("delete expired rows and old events"), "maintenance.purge")
    backup = _add(commands, "backup", _("write everything that lasts into one file"), "maintenance.backup")
    backup.add_argument("path", metavar="FILE", help=_("the file to write"))
    backup.add_argument("--force", action="store_true", help=_("write over a file that is there"))
    restore = _add(commands, "restore", _("restore the database from such a file"), "maintenance.restore")
    restore.add_argument("path", metavar="FILE", help=_("a file that backup wrote"))
    restore.add_argument("--force", action="store_true", help=_("replace everything that is in the database"))
    restore.add_argument(
        "--revoke-all", action="store_true",
        help=_("end all sessions too: what was revoked since the backup would work again otherwise"),
    )  # fmt: skip
    restore.add_argument(
        "--unproven", action="store_true",
        help=_("restore a file that SECRET_KEY does not prove unchanged: of another key, or of an older version"),
    )  # fmt: skip


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("must be a whole number of at least 1"))
    return int(text)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(_("must be a whole number of seconds"))
    return int(text)
