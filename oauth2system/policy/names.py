"""Names of people in one canonical form: usernames, display names, email addresses (T127)."""

import re
import unicodedata
from dataclasses import dataclass

import email_validator
from email_validator import EmailNotValidError, EmailSyntaxError, validate_email

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.policy import look_alikes, quotas
from oauth2system.text import is_plain, narrow

OUR_NAME = "oauth2system"

# The special-use names under which no mail can arrive (IANA, Special-Use Domain Names). Closed networks and test
# machines do have mailboxes under local, test and home.arpa; example and its like are how people try a server out.
_LEADS_NOWHERE = ("alt", "arpa", "invalid", "localhost", "onion")
_HOME_NETWORKS = "home.arpa"  # RFC 8375
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # its own list is shorter, and refuses closed networks

_ALLOWED = re.compile(r"[a-z0-9_.-]+")
_DOUBLED = re.compile(r"[.-]{2}")
_SEPARATORS = str.maketrans("", "", "._-")
# Letters that look alike in common fonts become one; a dot, a dash and a line are easily confused too.
_LOOKS = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), (".", "-"), ("_", "-"))
_LEET = str.maketrans("0134578", "oieastb")
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")

# Names of the site's staff, parts of our addresses, and words that programs take for values.
_RESERVED = frozenset(
    """
    admin administrator admins root superuser sysadmin system operator moderator owner staff team official
    support help helpdesk security abuse postmaster hostmaster webmaster noreply mailerdaemon info contact
    billing legal privacy oauth2system oauth2 oauth openid

    wellknown api apps app account accounts login logout signin signout signup register registration session
    consent device docs setup dev healthz readyz metrics assets avatars static www mail

    null none undefined anonymous everyone everybody nobody me self user users you guest true false
    """.split()  # noqa: SIM905  (a list literal would be a screen long)
)


_NO_MAIL = N_("No mail can be sent to this address.")


@dataclass(frozen=True, slots=True)
class Username:
    """A name that may be used: as kept, and as it looks."""

    canonical: str
    skeleton: str


@dataclass(frozen=True, slots=True)
class Email:
    """An address: as written to, and as compared."""

    address: str
    key: str


def canonical(text: str) -> str:
    """Return the one form of a username, without judging it: NFKC, lower case, no outer spaces."""
    if len(text) > 4 * quotas.USERNAME_LONGEST:  # normalising is work; nothing this long can be a name
        return text
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def skeleton(name: str) -> str:
    """Return how a canonical username looks; two names with one skeleton are one name (UTS 39 §4)."""
    for seen, same in _LOOKS:
        name = name.replace(seen, same)
    return name


def username_problem(text: str, *, reserved_ok: bool = False) -> Message | None:
    """Say in a sentence why this cannot be a username, or None; whether it is free is another question."""
    name = canonical(text)
    if not quotas.USERNAME_SHORTEST <= len(name) <= quotas.USERNAME_LONGEST:
        return N_("Use {least} to {most} characters.", least=quotas.USERNAME_SHORTEST, most=quotas.USERNAME_LONGEST)
    if not name.isascii():
        return N_("Use the letters a to z without accents, digits, and the signs . _ - only.")
    if not _ALLOWED.fullmatch(name):
        return N_("Use letters from a to z, digits, and the signs . _ - only.")
    if not reserved_ok and _is_reserved(name):
        return N_("This name is reserved. Choose another.")
    return _order_problem(name)


def _order_problem(name: str) -> Message | None:
    """Say what is wrong with where the signs stand."""
    if name[0] in ".-" or name[-1] in ".-":
        return N_("Begin and end with a letter or a digit.")
    if _DOUBLED.search(name):
        return N_("Put a letter or a digit between two signs.")
    if not any(sign.isalnum() for sign in name):
        return N_("Use at least one letter or digit.")
    return None


def _is_reserved(name: str) -> bool:
    """Return whether it could pass for the site itself, also written like adm1n or a.d.m.i.n."""
    bare = name.translate(_SEPARATORS)
    return bare in _RESERVED or bare.translate(_LEET) in _RESERVED


def read_username(text: str, *, reserved_ok: bool = False) -> Username:
    """Return the canonical username, or refuse with a sentence for its field."""
    sentence = username_problem(text, reserved_ok=reserved_ok)
    if sentence is not None:
        raise Invalid(username=sentence)
    name = canonical(text)
    return Username(name, skeleton(name))


def read_email(text: str) -> Email:
    """Return the address and its key; letter case does not distinguish two addresses; dots and tags do."""
    text = text.strip()
    if not text:
        raise Invalid(email=N_("Enter your email address."))
    if len(text) > quotas.EMAIL_LONGEST:
        raise Invalid(email=N_("This address is too long."))
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailSyntaxError as error:
        raise Invalid(email=_email_sentence(text)) from error
    except EmailNotValidError as error:
        raise Invalid(email=_NO_MAIL) from error
    if _leads_nowhere(found.ascii_domain):
        raise Invalid(email=_NO_MAIL)
    return Email(found.normalized, email_key(found.ascii_email or found.normalized))


def _leads_nowhere(domain: str) -> bool:
    """Return whether a domain is one under which no mailbox can be."""
    labels = domain.lower().split(".")
    return labels[-1] in _LEADS_NOWHERE and ".".join(labels[-2:]) != _HOME_NETWORKS


def email_key(ascii_email: str) -> str:
    """Return what makes an address unique; tags and dots are left alone: other mailboxes may be behind them."""
    return ascii_email.lower()


_UNCONFIRMED = "unconfirmed "  # no address begins like this: a space is never part of one


def unconfirmed_key(key: str) -> str:
    """Return the key under which an unconfirmed account waits for an address without holding it (T095).

    Two rows may so name one address: its confirmed owner, and the newest registration that could not
    prove it. Neither sees the other, so nobody learns from a registration who is registered (T086).
    """
    return _UNCONFIRMED + key


def confirmed_key(key: str) -> str:
    """Return the key of the address itself, whichever of the two was given."""
    return key.removeprefix(_UNCONFIRMED)


def _email_sentence(text: str) -> Message:
    local, at, domain = text.rpartition("@")
    if not at:
        return N_("An address has an @, as in ada@example.org.")
    if not local.isascii():
        return N_("Before the @ use letters from a to z without accents.")
    if "." not in domain:
        return N_("After the @ comes a full domain, as in example.org.")
    return N_("This is not an email address. Check for spaces and missing parts, as in ada@example.org.")


def read_display_name(text: str, *, otherwise: str = "") -> str:
    """Return the name that others see; `otherwise` stands in for an empty one."""
    if len(text) > 4 * quotas.DISPLAY_NAME_LONGEST:
        raise Invalid(display_name=N_("Use at most {count} characters.", count=quotas.DISPLAY_NAME_LONGEST))
    name = _SPACES.sub(" ", narrow(unicodedata.normalize("NFC", text))).strip(" ") or otherwise
    if not name:
        raise Invalid(display_name=N_("Enter the name that others will see."))
    if len(name) > quotas.DISPLAY_NAME_LONGEST:
        raise Invalid(display_name=N_("Use at most {count} characters.", count=quotas.DISPLAY_NAME_LONGEST))
    if not is_plain(name):
        raise Invalid(display_name=N_("Leave out invisible characters and line breaks."))
    return name


def label_problem(text: str, most: int) -> Message | None:
    """Say what is wrong with a short text that other people see (an app's name, a label), or None."""
    if not text:
        return N_("Enter a name.")
    if len(text) > most:
        return N_("Use at most {count} characters.", count=most)
    if not is_plain(text):
        return N_("Leave out invisible characters and line breaks.")
    return None


def read_app_name(name: str, *, may_be_ours: bool = False) -> str:
    """Return the name that visitors see of an app; raises Invalid for one that cannot be shown.

    Nobody's app may pass for this server (T126); `may_be_ours` is for an app that the operator calls its own.
    """
    text = " ".join(narrow(name).split())
    if problem := label_problem(text, quotas.APP_NAME_LONGEST):
        raise Invalid(name=problem)
    if not may_be_ours and look_alikes.passes_for(text, OUR_NAME):
        raise Invalid(name=N_("This is the name of this server itself. Choose another."))
    return text
