"""How often something may be tried: every budget of attempts. The setting rate_limit_factor multiplies them all."""

from dataclasses import dataclass
from socket import AF_INET6, inet_ntop, inet_pton

_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE
_IPV4_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 §2.5.5.2


@dataclass(frozen=True, slots=True)
class Budget:
    """So many attempts within a period, refilled evenly."""

    name: str
    times: int
    period_ms: int


# Guesses at one account, from wherever they come (T096). The second line is what NIST SP 800-63B-4
# §3.2.2 asks for: about a hundred failures in a row, and no more. The owner gets past it on a
# browser that has signed in before, or by a reset.
SIGN_IN = Budget("sign_in", 10, 10 * _MINUTE)
SIGN_IN_LONG = Budget("sign_in_long", 80, 30 * _DAY)
# Guesses at one account from a browser that has signed in to it before.
SIGN_IN_KNOWN = Budget("sign_in_known", 10, 10 * _MINUTE)
SIGN_IN_KNOWN_LONG = Budget("sign_in_known_long", 20, 30 * _DAY)
# Codes of a second factor, by person and kind: who tries them has had the right password (T098). A browser that has
# signed in before has attempts of its own, and so has each kind: the owner is not locked out by guesses.
FACTOR = Budget("factor", 10, 10 * _MINUTE)
FACTOR_LONG = Budget("factor_long", 80, 30 * _DAY)
FACTOR_KNOWN = Budget("factor_known", 10, 10 * _MINUTE)
FACTOR_KNOWN_LONG = Budget("factor_known_long", 20, 30 * _DAY)
# Failed sign-ins of one address, whatever the accounts: wide, since many people may share it.
SIGN_IN_ADDRESS = Budget("sign_in_address", 100, 10 * _MINUTE)
# Runs of a playground and test people, by owner: each leaves a line in the audit log for a year.
PLAYGROUND = Budget("playground", 200, 60 * _MINUTE)
# Right passwords, by person: each leaves a session for a day and a line in the audit log for a year.
SIGN_INS = Budget("sign_ins", 1000, _DAY)
# What anonymous callers tried or asked for, in the audit log: by all of them together, since it stays for a year.
NOTED_IN_ALL = Budget("noted_in_all", 20_000, _DAY)
# Forms that cost a slow hash, a kept row or a mail, by address.
REGISTER = Budget("register", 40, 60 * _MINUTE)
FORM = Budget("form", 120, 10 * _MINUTE)
SAVED_FORM = Budget("kept_form", 120, 10 * _MINUTE)
# The same for all addresses together: beyond it a form comes back with its sentences, and without what was typed.
SAVED_FORMS_IN_ALL = Budget("kept_forms_in_all", 6000, 10 * _MINUTE)
MAIL_ADDRESS = Budget("mail_address", 40, 60 * _MINUTE)
# Mails of one kind to one mailbox, counted when they are written: nobody can fill somebody else's, and a mail that is
# only asked for uses nothing up. The first mail to a new account counts by the address that registered it.
MAIL_TO = Budget("mail_to", 6, 60 * _MINUTE)
# Names judged while they are typed, by address.
USERNAMES = Budget("usernames", 600, 60 * _MINUTE)
# What is typed at one name from one address: what the sign-in page may say of it, the same for every name.
SIGN_IN_HERE = Budget("sign_in_here", 10, 10 * _MINUTE)
# Mails about new sign-ins, by person: each needs the right password.
NEW_SIGN_IN_MAILS = Budget("new_sign_in_mails", 20, _DAY)
# Links in mails, by address: 256 bits need no protection from guessing, the database does.
LINK = Budget("link", 120, 10 * _MINUTE)
# Failed fetches at /api/user, by address and app: other addresses of that app stay unaffected (T077).
API_FAILURES = Budget("api_failures", 120, 10 * _MINUTE)
# Codes typed to let a device in, by person and by address (RFC 8628 §5.1, T080).
DEVICE_CODE = Budget("device_code", 20, 10 * _MINUTE)
# What people do on their pages, and what stays in the audit log for a year: changes of the account and copies of all
# its data, by person; apps made, by person; secrets made, by app.
CHANGE_ACCOUNT = Budget("change_account", 300, _DAY)
EXPORTS = Budget("exports", 50, _DAY)
NEW_APPS = Budget("new_apps", 100, _DAY)
NEW_SECRETS = Budget("new_secrets", 100, _DAY)
# Usernames changed, by person: sites that show them should not have to follow every week.
CHANGE_USERNAME = Budget("change_username", 3, 365 * _DAY)
# Settings of the server that were changed, by administrator: each leaves a line in the audit log.
CHANGE_SERVER = Budget("change_server", 300, _DAY)
# Pictures and logos that are uploaded: each is decoded, which costs up to a second. By person, by address and in all.
UPLOADS = Budget("uploads", 40, 60 * _MINUTE)
UPLOADS_ADDRESS = Budget("uploads_address", 200, 60 * _MINUTE)
UPLOADS_IN_ALL = Budget("uploads_in_all", 3000, 60 * _MINUTE)
# Invitations, by administrator.
INVITATIONS = Budget("invitations", 1000, _DAY)
# Apps registered by programs, by address.
REGISTER_APP = Budget("register_app", 60, 60 * _MINUTE)
# Authorizations begun and kept, by address: bounded storage, whatever is asked (T078).
FLOWS = Budget("flows", 600, 10 * _MINUTE)
# What an app keeps here once it has authenticated: requests pushed and devices waiting, by app, and for all apps of one
# owner together. An authenticated caller is known, not trusted.
KEPT_FOR_APP = Budget("kept_for_app", 3000, 10 * _MINUTE)
KEPT_FOR_OWNER = Budget("kept_for_owner", 6000, 10 * _MINUTE)
# Tokens that an app gets for itself, by app.
CLIENT_TOKENS = Budget("client_tokens", 3000, 10 * _MINUTE)
# Codes answered at once to a person who has agreed before, by person; refreshes, by app and person. Each leaves a row
# that stays for weeks, so these count by the day.
CODES = Budget("codes", 5000, _DAY)
REFRESHES = Budget("refreshes", 5000, _DAY)
# Checks of a domain that an app's owner asks for: by person, by domain and in all, since each asks another server.
DOMAIN_CHECKS = Budget("domain_checks", 60, 60 * _MINUTE)
DOMAIN_CHECKS_OF_ONE = Budget("domain_checks_of_one", 60, 60 * _MINUTE)
DOMAIN_CHECKS_IN_ALL = Budget("domain_checks_in_all", 2000, 60 * _MINUTE)
# A changed description of an app leaves a line in the audit log, by app.
CHANGE_APP = Budget("change_app", 300, 60 * _MINUTE)
# Event sockets that pages open, counted in each process: without a session by address and in all, with one by person.
# Each leaves a page state in memory for a while (T145).
TABS = Budget("tabs", 120, _MINUTE)
TABS_IN_ALL = Budget("tabs_in_all", 6000, _MINUTE)
TABS_OF_A_PERSON = Budget("tabs_of_a_person", 240, _MINUTE)
# Failures of one background job in the audit log, by job: one that fails every few seconds says so each hour.
JOB_FAILURES = Budget("job_failures", 1, 60 * _MINUTE)


def network(ip: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of IPv6 that one subscriber owns.

    What is no address counts as itself.
    """
    return networks(ip)[0]


def networks(ip: str) -> tuple[str, ...]:
    """Return what an address counts as, narrowest first: of IPv6 its /64, and the /48 that has 65536 of these."""
    if ":" not in ip:
        return (ip,)
    try:
        packed = inet_pton(AF_INET6, ip.partition("%")[0])  # the zone says which cable, not which host
    except (OSError, ValueError):
        return (ip,)
    if packed.startswith(_IPV4_MAPPED):
        return (".".join(map(str, packed[12:])),)
    return (f"{inet_ntop(AF_INET6, packed[:8] + bytes(8))}/64", f"{inet_ntop(AF_INET6, packed[:6] + bytes(10))}/48")
