"""Mail domains: which addresses may have an account, where an administrator restricts them.

A rule is a domain, `example.org`, or all domains below one, `*.example.org`. A domain does not mean the ones below it:
the owner of `example.org` may have given `students.example.org` to others. Both are compared in the form in which mail
servers are looked up (IDNA), in lower case.
"""

from collections.abc import Sequence

from oauth2system.errors import Invalid
from oauth2system.i18n import N_, Message
from oauth2system.policy import names, quotas

_BELOW = "*."


def read_domain(text: str) -> str:
    """Return a rule in the form that is compared, or refuse it; raises Invalid for `mail_domain`."""
    text = text.strip()
    below = _BELOW if text.startswith(_BELOW) else ""
    try:
        address = names.read_email(f"somebody@{text.removeprefix(_BELOW).removeprefix('@')}")
    except Invalid:
        sentence = N_("Write a domain like example.org, or *.example.org for all domains below it.")
        raise Invalid(mail_domain=sentence) from None
    return below + address.key.rpartition("@")[2]


def read_domains(text: str) -> tuple[str, ...]:
    """Return the rules of a text, separated by spaces or commas, each once; raises Invalid for `mail_domain`."""
    found = tuple(dict.fromkeys(read_domain(one) for one in text.replace(",", " ").split()))
    if len(found) > quotas.MAIL_DOMAINS:
        raise Invalid(mail_domain=N_("Use at most {count} domains.", count=quotas.MAIL_DOMAINS))
    return found


def allows(rules: Sequence[str], email_key: str) -> bool:
    """Return whether an address may have an account; without a rule every address may."""
    domain = email_key.rpartition("@")[2]
    return not rules or any(_matches(rule, domain) for rule in rules)


def _matches(rule: str, domain: str) -> bool:
    return domain.endswith(rule[1:]) if rule.startswith(_BELOW) else domain == rule


def make_sentence(rules: Sequence[str]) -> Message:
    """Say which addresses may have an account; the first few rules are named."""
    shown = rules[: quotas.MAIL_DOMAINS_SHOWN]
    if len(shown) < len(rules):
        return N_("Use an address of {domains} or another domain of ours.", domains=", ".join(shown))
    return N_("Use an address of {domains}.", domains=", ".join(shown))
