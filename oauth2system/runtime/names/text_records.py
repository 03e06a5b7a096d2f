"""TXT records of a name, as the name servers of this machine answer them: bounded in time, number and length."""

from typing import Any

from oauth2system.policy import quotas
from oauth2system.runtime.names.unfetched import Unfetched


def read(name: str) -> tuple[str, ...]:
    """Return the TXT records of a name, none where there are none; raises Unfetched. It blocks: call it in a thread.

    Only the configured name servers are asked, so a name cannot lead us to an address of our own network (T128).
    """
    import dns.exception  # noqa: PLC0415  (a server at rest does not carry dnspython)
    import dns.resolver  # noqa: PLC0415  (loaded with the first look-up)

    try:
        answer: Any = dns.resolver.resolve(name, "TXT", search=False, lifetime=quotas.FETCH_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unfetched(type(error).__name__) from error
    found = [b"".join(record.strings)[: quotas.TEXT_RECORD_LONGEST].decode("utf-8", "replace") for record in answer]
    return tuple(found[: quotas.TEXT_RECORDS_READ])
