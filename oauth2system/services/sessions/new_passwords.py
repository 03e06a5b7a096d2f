"""New passwords: refused where they are known from a breach, and hashed.

Where the operator names a service (`OAUTH2SYSTEM_BREACHED_PASSWORDS_URL`), it is asked by k-anonymity: it gets five
characters of a hash, which hundreds of breached passwords share, and answers with all of them. So it does not learn
the password. The list of common passwords that comes with the program is always asked (policy/passwords.py).
"""

import asyncio
from hashlib import sha1

from oauth2system import log
from oauth2system.errors import Invalid
from oauth2system.i18n import N_
from oauth2system.policy import passwords, quotas
from oauth2system.runtime.call import Call
from oauth2system.runtime.outgoing_http import Unfetched
from oauth2system.services.sessions import password_hashing

_WHOSE = "breached passwords"
_PREFIX = 5
# The answer gets made-up lines, so that its length says nothing about the question; their count is 0.
_PADDED = (b"Add-Padding", b"true")


async def hash_unbreached(call: Call, password: str) -> str:
    """Return the hash of a new password; raises Invalid for one that is known from a breach."""
    if await _is_breached(call, password):
        sentence = N_("This password was found in a leak of another site, where attackers look first. Choose another.")
        raise Invalid(password=sentence)
    return await call.slow(lambda: password_hashing.hash_password(password))


async def _is_breached(call: Call, password: str) -> bool:
    """Ask the service; False where there is none, and where it does not answer in time."""
    url = call.settings.breached_passwords_url
    if url is None:
        return False
    # The hash is that of the service: it protects nothing here.
    digest = sha1(passwords.normalise(password).encode(), usedforsecurity=False).hexdigest().upper()
    try:
        async with asyncio.timeout(quotas.BREACH_CHECK_SECONDS):
            text = await call.runner.server.outgoing.fetch_text(url + digest[:_PREFIX], _WHOSE, _PADDED)
    except (Unfetched, TimeoutError) as error:
        log.event("breached_passwords.unavailable", why=error.why if isinstance(error, Unfetched) else "too slow")
        return False
    return _names(text.decode("ascii", "replace"), digest[_PREFIX:])


def _names(answer: str, rest: str) -> bool:
    """Return whether an answer has the rest of a hash with a count above 0 (`REST:COUNT` on each line)."""
    for line in answer.splitlines():
        found, _colon, count = line.strip().partition(":")
        if found.upper() == rest:
            return count.strip() not in {"", "0"}
    return False
