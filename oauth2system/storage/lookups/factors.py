"""Which factors a person has, next to the password: one read, at every sign-in with a right password."""

from typing import NamedTuple

from oauth2system.storage.database.transactions import Db

_HELD = (
    "SELECT (SELECT COUNT(*) FROM totp WHERE user_id = ?),"
    " (SELECT COUNT(*) FROM passkeys WHERE user_id = ?),"
    " (SELECT COUNT(*) FROM recovery_codes WHERE user_id = ? AND used_at IS NULL)"
)


class Held(NamedTuple):
    """The factors of a person: an authenticator app, and how many passkeys there are and recovery codes are left.

    A passkey that is not accepted any more counts too: else a copy of it would take the second factor away.
    """

    authenticator: bool
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Return whether the person has a second factor; recovery codes only stand in for one."""
        return self.authenticator or self.passkeys > 0


def find_held(db: Db, user_id: str) -> Held:
    """Return the factors of a person."""
    row = db.one(_HELD, user_id, user_id, user_id)
    totp, passkeys, codes = row or (0, 0, 0)
    return Held(authenticator=totp > 0, passkeys=passkeys, recovery_codes=codes)
