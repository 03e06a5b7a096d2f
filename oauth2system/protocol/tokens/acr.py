"""How strong a sign-in was: the levels (`acr`) that what was proved (`amr`, RFC 8176) reaches (OIDC Core §2)."""

from collections.abc import Collection, Iterable

# A password alone, and several factors: levels of our own, as discovery lists them.
ONE_FACTOR, SEVERAL_FACTORS = "1", "2"
# A passkey, which works for no other site: OpenID Connect Extended Authentication Profile ACR Values 1.0 §2.
PHISHING_RESISTANT = "phr"
LEVELS = (ONE_FACTOR, SEVERAL_FACTORS, PHISHING_RESISTANT)

_KEYS = frozenset({"hwk", "swk"})


def list_reached(amr: Collection[str]) -> tuple[str, ...]:
    """Return every level that these methods reach, lowest first."""
    several = (SEVERAL_FACTORS,) if "mfa" in amr else ()
    resistant = (PHISHING_RESISTANT,) if _KEYS.intersection(amr) else ()
    return (ONE_FACTOR, *several, *resistant)


def name_level(amr: Collection[str], wanted: Iterable[str] = ()) -> str:
    """Return the level to name in a token: the first wanted one that was reached, else our own level."""
    reached = list_reached(amr)
    own = SEVERAL_FACTORS if SEVERAL_FACTORS in reached else ONE_FACTOR
    return next((level for level in wanted if level in reached), own)
