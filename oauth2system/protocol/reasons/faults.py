"""What can be wrong with a JWT or a key: sentences that complete a reason (RFC 7515, RFC 7517, RFC 8725)."""

from oauth2system.i18n import N_
from oauth2system.protocol.reasons.reason import Fault, Flaw

_CLOCK = N_("Compare the clock of your server with ours, and make the token right before you send it.")
_JTI = N_("Give each token a jti of its own, such as a UUID.")
_AUD = N_("Set aud to the issuer, as discovery names it.")
_LIBRARY = N_("Let a library write the token, and send it whole.")
_SEND_JWS = N_("Sign the token, and neither encrypt nor nest it.")
_KEY = N_("Use an RSA key of 2048 to 8192 bits, a P-256 key, or an Ed25519 key.")

_EXPONENT = N_("Make the key with the usual exponent 65537.")


class JwtFault(Fault):
    """What is wrong with a JWT or a key."""

    # Its writing.
    TOO_LONG = Flaw(N_("It is too long."), N_("Put less into the token."))
    NOT_THREE_PARTS = Flaw(N_("It is not three base64url parts."), _LIBRARY)
    NOT_BASE64URL = Flaw(N_("A part is not base64url."), _LIBRARY)
    NOT_CANONICAL = Flaw(N_("A part is not written in the canonical base64url."), _LIBRARY)
    NOT_JSON = Flaw(N_("It is not the JSON expected."), _LIBRARY)
    NOT_OBJECT = Flaw(N_("It is not a JSON object."), _LIBRARY)
    PART_NOT_OBJECT = Flaw(N_("The {name} is not a JSON object."), _LIBRARY)
    ALG_MISSING = Flaw(N_("The header has no alg."), _LIBRARY)
    EXTENSION_UNKNOWN = Flaw(
        N_("The header asks for extensions that are not understood."), N_("Leave crit and b64 out of the header.")
    )
    HEADER_NOT_TEXT = Flaw(N_("The header has a kid or typ that is not a string."), _LIBRARY)
    NESTED = Flaw(N_("Nested, encrypted and compressed tokens are not accepted."), _SEND_JWS)
    CLAIM_NOT_TEXT = Flaw(N_("{name} is not a string."), N_("Write {name} as a string."))
    CLAIM_NOT_DATE = Flaw(N_("{name} is not a date."), N_("Write {name} as a number of seconds since 1970."))
    AUD_MALFORMED = Flaw(N_("aud is neither a string nor an array of strings."), _AUD)
    # Its signature.
    ALG_REFUSED = Flaw(N_("The algorithm {alg} is not accepted."), N_("Sign with an algorithm that discovery lists."))
    HMAC_REFUSED = Flaw(
        N_("The algorithm is not HS256, or the secret is too short for it."),
        N_("Sign with HS256 and the whole secret."),
    )
    SIGNATURE_WRONG = Flaw(N_("The signature is wrong."))
    TYP_WRONG = Flaw(N_("The typ {typ} is not the one expected."), N_("Send the token that belongs here."))
    KEY_UNKNOWN = Flaw(N_("No key is known under this kid and algorithm."))
    KEY_AMBIGUOUS = Flaw(N_("Several keys fit; send a kid."), N_("Name the key by kid in the header."))
    # What it says.
    AUD_FOREIGN = Flaw(N_("aud names another server."), _AUD)
    AUD_NOT_ISSUER = Flaw(N_("aud must be the issuer, as a string."), _AUD)
    JTI_MISSING = Flaw(N_("jti is missing or too long."), _JTI)
    IAT_REFUSED = Flaw(N_("iat is missing, too old, or in the future."), _CLOCK)
    EXP_REFUSED = Flaw(N_("exp is missing, past, or more than an hour ahead."), _CLOCK)
    FROM_THE_FUTURE = Flaw(N_("iat or nbf lies in the future."), _CLOCK)
    NOT_VALID_NOW = Flaw(N_("exp or nbf says that it is not valid now."), _CLOCK)
    TIMES_MISSING = Flaw(N_("aud, exp and nbf are required, and exp at most an hour after nbf."), _CLOCK)
    NBF_TOO_OLD = Flaw(N_("nbf is more than an hour ago."), _CLOCK)
    NOT_THE_CLIENTS = Flaw(
        N_("iss and sub must both be the client id."), N_("Set iss and sub to the CLIENT ID on the app's page.")
    )
    # A client assertion.
    IS_REQUEST = Flaw(
        N_("It is an authorization request."), N_("Sign an assertion of its own, without the request's parameters.")
    )
    # A request object.
    REQUEST_NOT_THE_CLIENTS = Flaw(
        N_("iss and client_id must be the client id."),
        N_("Set iss and client_id to the CLIENT ID on the app's page."),
    )
    REQUEST_IN_REQUEST = Flaw(
        N_("A request object cannot carry another."), N_("Leave request and request_uri out of the object.")
    )
    CLAIM_NOT_PARAMETER = Flaw(
        N_("{name} cannot be a parameter."), N_("Write {name} as a string, a whole number or an object.")
    )
    # A hint.
    HINT_FOREIGN = Flaw(N_("The hint has another issuer, or no subject."))
    # A DPoP proof.
    JWK_MISSING = Flaw(N_("The header has no jwk."), N_("Put the public key into the header, as jwk."))
    HTM_DIFFERS = Flaw(N_("htm is another method."), N_("Set htm to the method of the request."))
    HTU_DIFFERS = Flaw(N_("htu is another address."), N_("Set htu to the address of the request, without its query."))
    HTU_MALFORMED = Flaw(N_("htu is not a URL."), N_("Set htu to the address of the request, without its query."))
    ATH_DIFFERS = Flaw(
        N_("ath is missing or belongs to another token."),
        N_("Set ath to the base64url SHA-256 of the access token that is sent with the proof."),
    )
    # Keys.
    KEYS_MISSING = Flaw(N_("A JWK set has an array `keys`."), N_("Paste the whole set, from { to }."))
    KEYS_TOO_MANY = Flaw(N_("There are more than {most} keys."), N_("Leave out the keys that are no longer used."))
    KEY_NOT_OBJECT = Flaw(N_("A key is not a JSON object."))
    KEY_PRIVATE = Flaw(
        N_("The key has private members."), N_("Register the public half alone, and replace a key that was shown.")
    )
    KEY_KIND = Flaw(N_("The key is of a kind that is not accepted."), _KEY)
    KEY_RSA_EXPONENT = Flaw(N_("The exponent of an RSA key is an odd number from 3 to 4294967296."), _EXPONENT)
    KEY_RSA_SIZE = Flaw(N_("An RSA key needs 2048 to 8192 bits."), _KEY)
    KEY_UNREADABLE = Flaw(N_("The key cannot be read."), _KEY)
    KEY_UNUSABLE = Flaw(N_("The key's size, curve or algorithm is not accepted."), _KEY)
