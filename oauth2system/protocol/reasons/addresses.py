"""What can be wrong with an address that an app registers: one sentence with its repair, for people and programs."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Fault, Flaw


class UriFault(Fault):
    """Why an address may not be registered (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1)."""

    EMPTY = Flaw(N_("Write the address visitors come back to, like https://app.example/callback."))
    URI_TOO_LONG = Flaw(N_("This address is too long; 2000 characters are the most."))
    SPACE = Flaw(N_("There is a space or a line break in this address; take it out."))
    NOT_ASCII = Flaw(
        N_("Only plain ASCII characters work here; write the host in its xn-- form and the path percent-encoded.")
    )
    BACKSLASH = Flaw(N_("There is a backslash in this address; write / instead."))
    WILDCARD = Flaw(N_("Wildcards are not possible; add each address by itself, without *."))
    FRAGMENT = Flaw(N_("Take out the # and what follows; browsers keep that part for themselves."))
    ESCAPE = Flaw(N_("There is a broken or hidden character after a % sign; take it out."))
    SCHEME_FORGOTTEN = Flaw(N_("Begin with http:// or https://."))
    RELATIVE = Flaw(N_("Write the whole address, beginning with https://."))
    SCHEME_DANGEROUS = Flaw(N_("Browsers must not be sent to this kind of address; use one that begins with https://."))
    # RFC 8252 §7.1: a private-use scheme is a reversed domain name, so that no two apps share one.
    SCHEME_WITHOUT_DOT = Flaw(
        N_("An app's own scheme is a domain turned round, with a dot: com.example.app:/callback.")
    )
    AUTHORITY_MALFORMED = Flaw(
        N_("The part between // and the next / is not a host; write it like https://app.example/callback.")
    )
    HOST_MISSING = Flaw(N_("The host is missing; write it like https://app.example/callback."))
    USER_INFO = Flaw(N_("Take out the user name or password before the @."))
    HOST_INVALID = Flaw(N_("The host name is not valid; write it like https://app.example/callback."))
    PORT_INVALID = Flaw(N_("The port is not valid; write a number from 1 to 65535, or none."))
    PLAIN_HTTP = Flaw(N_("Only https:// is safe here; http:// works for localhost, 127.0.0.1 and [::1] alone."))
    DOT_SEGMENTS = Flaw(N_("Take out the . and .. parts of the path; browsers would change them."))
    ANSWER_NAMES = Flaw(N_("The query already has a name that the answer uses, such as code or state; rename it."))
    NOT_WEB = Flaw(N_("This must be a web address that begins with https://."))
    # An address that would be good, were it not for what else is registered.
    SECTOR_LEFT = Flaw(
        N_("This app knows people by pairwise names of its host: keep to that host, or name a sector document.")
    )
    SECTOR_UNLISTED = Flaw(
        N_("The sector document would have to name this address: take it away first, and put it back after.")
    )
    FRAME_LEFT = Flaw(
        N_("The front-channel logout address needs a redirect URI of the same host. Change that one first.")
    )
