"""Client metadata that cannot be registered: answers to programs, and sentences next to a setting (RFC 7591 §3.2.2)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Entry, Reason

_METADATA, _REDIRECT = "invalid_client_metadata", "invalid_redirect_uri"
_STANDARD = N_("Send {member} as RFC 7591 has it.")
_TOGETHER = N_("Change one of the two.")
_KEYS = N_("Register public keys as jwks, or their address as jwks_uri.")
_ADDRESS = N_("Send an https address without a fragment; http only for this machine.")
_OURS = N_("Send back what the last answer of this server had, or leave it out.")


class MetadataReason(Reason):
    """Why client metadata were refused; `{member}` is the member at fault."""

    # One member.
    NOT_TEXT = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("{member} must be a text of at most {most} visible characters."),
        _STANDARD,
        field=N_("Must be a text of at most {most} visible characters."),
    )
    NOT_ONE_OF = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("{member} can be {values}."),
        N_("Send one of these, or leave {member} out."),
        field=N_("Can be {values}."),
    )
    NONE_OF = Entry(
        _METADATA,
        "RFC 7591 §3.2.1",
        N_("{member} can have {values}."),
        N_("Send at least one of these, or leave {member} out."),
        field=N_("Can have {values}."),
    )
    NOT_FLAG = Entry(
        _METADATA, "RFC 7591 §2", N_("{member} must be true or false."), _STANDARD, field=N_("Must be true or false.")
    )
    NOT_SECONDS = Entry(
        _METADATA,
        "OIDC Registration §2",
        N_("{member} must be a whole number of seconds."),
        _STANDARD,
        field=N_("Must be a whole number of seconds."),
    )
    NOT_LIST = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("{member} must be a list of at most {most} texts."),
        _STANDARD,
        field=N_("Must be a list of at most {most} texts."),
    )
    NOT_HTTPS = Entry(
        _METADATA,
        "OIDC Core §4",
        N_("{member} must begin with https."),
        N_("Send an https address."),
        field=N_("Must begin with https."),
    )
    NOT_LINK = Entry(_METADATA, "RFC 7591 §2", N_("{member}: {problem}"), _ADDRESS, field="{problem}")
    NOT_OFFERED = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("{member} is not offered here."),
        N_("Leave {member} out."),
        field=N_("Is not offered here."),
    )
    NAME_REFUSED = Entry(
        _METADATA, "RFC 7591 §2", N_("client_name: {problem}"), N_("Send another client_name."), field="{problem}"
    )
    SCOPE_EMPTY = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("scope needs at least one word."),
        N_("Leave one scope at least."),
        field=N_("Leave at least one."),
    )
    # Addresses.
    REDIRECT_URI_NONE = Entry(
        _REDIRECT, "RFC 7591 §2", N_("redirect_uris needs at least one address."), N_("Send one address at least.")
    )
    REDIRECT_URI_REFUSED = Entry(_REDIRECT, "RFC 7591 §2", N_("{member}: {problem}"), _ADDRESS, field="{problem}")
    SCHEME_NEEDS_NATIVE = Entry(
        _REDIRECT,
        "OIDC Registration §2",
        N_("An own scheme is for apps with application_type native."),
        N_("Send application_type native, or an https address."),
    )
    # Keys.
    KEYS_NOT_OBJECT = Entry(
        _METADATA, "RFC 7591 §2", N_("jwks must be a JSON object."), _KEYS, field=N_("Must be a JSON object.")
    )
    KEYS_TOO_LONG = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("jwks is too long."),
        N_("Register only the keys that the app signs with."),
        field=N_("Is too long."),
    )
    KEYS_SYMMETRIC = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("jwks has a symmetric key; register public keys only."),
        N_("Take the symmetric key out."),
        field=N_("Has a symmetric key; register public keys only."),
    )
    KEYS_REFUSED = Entry(
        _METADATA, "RFC 7517 §5", N_("jwks was refused: {problem}"), _KEYS, field=N_("Was refused: {problem}")
    )
    KEYS_UNUSABLE = Entry(
        _METADATA,
        "RFC 7517 §5",
        N_("jwks has no key that signs by an algorithm taken here."),
        N_("Add an RSA, a P-256 or an Ed25519 key."),
        field=N_("Has no key that signs by an algorithm taken here."),
    )
    KEYS_TWICE = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("Send jwks or jwks_uri, not both."),
        _KEYS,
        field=N_("Keep one of the two: the keys themselves, or their address."),
    )
    METHOD_NEEDS_KEYS = Entry(
        _METADATA,
        "OIDC Core §9",
        N_("private_key_jwt needs jwks or jwks_uri."),
        _KEYS,
        field=N_("Add the app's public keys below first."),
    )
    REQUESTS_NEED_KEYS = Entry(
        _METADATA,
        "RFC 9101 §10.5",
        N_("Signed requests need jwks or jwks_uri."),
        _KEYS,
        field=N_("Add the app's public keys above first."),
    )
    # What does not fit together.
    ALG_NEEDS_OTHER_METHOD = Entry(
        _METADATA,
        "OIDC Registration §2",
        N_("token_endpoint_auth_signing_alg does not fit token_endpoint_auth_method."),
        N_("HS256 goes with client_secret_jwt, every other algorithm with private_key_jwt."),
    )
    GRANTS_CONTRADICT = Entry(
        _METADATA,
        "RFC 7591 §2.1",
        N_("response_types code and grant_types authorization_code go together."),
        _TOGETHER,
    )
    GRANTS_BEGIN_NOTHING = Entry(
        _METADATA,
        "RFC 7591 §3.2.2",
        N_("With these grant_types the app could get no token at all."),
        N_("Send a grant type that begins something, such as authorization_code; refresh_token goes with it."),
        field=N_("Leave one grant that begins something: refreshing alone brings no token."),
    )
    KEYS_DO_NOT_FIT = Entry(
        _METADATA,
        "OIDC Registration §2",
        N_("None of the app's keys can be used with {algs}, so nothing that it signs would be accepted."),
        N_("Register a key for that algorithm, or another algorithm."),
        field=N_("None of the app's keys can be used with {algs}."),
    )
    GRANT_NEEDS_SECRET = Entry(
        _METADATA,
        "RFC 6749 §4.4",
        N_("client_credentials is for confidential apps only."),
        _TOGETHER,
        field=N_("A public app cannot act for itself: take client_credentials away first."),
    )
    PROFILE_NEEDS_KEYS = Entry(
        _METADATA,
        "FAPI 2.0 Security Profile §5.3.2.1",
        N_("The FAPI 2.0 profile needs token_endpoint_auth_method private_key_jwt."),
        _KEYS,
        field=N_("FAPI 2.0 needs an app that authenticates with keys of its own: choose private_key_jwt first."),
    )
    # The logo, which we fetch after the registration.
    LOGO_NOT_FETCHED = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("The picture at logo_uri could not be fetched."),
        N_("Serve it within five seconds, without a redirect, at a public https address; then register it again."),
    )
    LOGO_UNFIT = Entry(
        _METADATA,
        "RFC 7591 §2",
        N_("The file at logo_uri is no picture that can be shown."),
        N_("Serve a PNG, JPEG, WebP or GIF file of at most 1 MB and 4000 by 4000 pixels."),
    )
    SECTOR_NEEDED = Entry(
        _METADATA,
        "OIDC Core §8.1",
        N_("Pairwise subjects over several hosts need a sector_identifier_uri."),
        N_("Send sector_identifier_uri, or subject_type public."),
        field=N_("The redirect URIs are on several hosts, or there is none yet: name a sector document first."),
    )
    SECTOR_INCOMPLETE = Entry(
        _METADATA,
        "OIDC Registration §5",
        N_("The document at sector_identifier_uri does not list every redirect URI."),
        N_("Add the redirect URIs to the document first."),
        field=N_("The document at this address does not list every redirect URI of this app."),
    )
    SECTOR_UNREADABLE = Entry(
        _METADATA,
        "OIDC Registration §5",
        N_("The document at sector_identifier_uri could not be read."),
        N_("Publish a JSON list of the redirect URIs at that address, for everybody to read."),
        field=N_("There is no JSON document at this address that we could read."),
    )
    FRAME_FOREIGN = Entry(
        _METADATA,
        "OIDC Front-Channel Logout §2",
        N_("frontchannel_logout_uri must share its origin with a redirect URI."),
        N_("Send an address with the scheme, host and port of a redirect URI."),
        field=N_("This address must begin like one of the redirect URIs: same scheme, host and port."),
    )
    # The document around them.
    BODY_NOT_JSON_TYPE = Entry(
        _METADATA,
        "RFC 7591 §3.1",
        N_("The body must be application/json."),
        N_("Send a JSON document, with the matching Content-Type."),
    )
    BODY_NOT_JSON = Entry(
        _METADATA, "RFC 7591 §3.1", N_("The body is not JSON."), N_("Let a library write the document.")
    )
    BODY_NOT_OBJECT = Entry(
        _METADATA, "RFC 7591 §3.1", N_("The body must be a JSON object."), N_("Let a library write the document.")
    )
    OTHER_CLIENT_ID = Entry(
        _METADATA, "RFC 7592 §2.2", N_("client_id must be this app's."), N_("Send the client_id of this app.")
    )
    NOT_IN_UPDATE = Entry(
        _METADATA, "RFC 7592 §2.2", N_("{member} cannot be sent in an update."), N_("Leave {member} out.")
    )
    SECRET_NOT_CURRENT = Entry(
        _METADATA,
        "RFC 7592 §2.2",
        N_("client_secret must be the current one; it cannot be chosen."),
        _OURS,
    )
