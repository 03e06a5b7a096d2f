"""Refusals: answers that say no. A refusal commits; anything else that is raised rolls back."""

from enum import StrEnum

from oauth2system.i18n import N_, Message, join


class Refusal(Exception):
    """An answer that says no; what was written before it is kept."""

    @property
    def message(self) -> Message:
        """Return the sentence for the person; the door translates it with `_`."""
        return self.args[0]


class Misconfigured(Exception):
    """A setting cannot be used; the message is one line that says how to fix it."""

    def __init__(self, message: Message) -> None:
        """Keep the sentence for the operator."""
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """It does not exist, or it belongs to somebody else: the answer is the same (T120)."""

    def __init__(self, message: Message) -> None:
        """Keep the sentence for the person."""
        super().__init__(message)


class NotPermitted(Refusal):
    """The actor may not do this; the message says why in words for a person."""

    def __init__(self, message: Message) -> None:
        """Keep the sentence for the person."""
        super().__init__(message)


class Invalid(Refusal):
    """Input from a person that cannot be used: field name -> message for that field."""

    def __init__(self, **problems: Message) -> None:
        """Keep one sentence per field; the empty name `form` stands for the whole form."""
        super().__init__(join(problems.values(), "; "))
        self.problems = problems


class TooManyAttempts(Refusal):
    """A throttle said no; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        """Keep how many seconds to wait."""
        super().__init__(N_("Too many attempts. Wait {seconds} seconds and try again.", seconds=retry_after))
        self.retry_after = retry_after


class Trouble(StrEnum):
    """What kept a service from being done; each needs something else of the operator."""

    LOCK = "lock"  # somebody else holds what it needs
    DISK = "disk"  # the disk is full or fails, or the file may not be written
    SERVER = "server"  # the database server cannot be reached, or ended the connection
    POOL = "pool"  # no connection is free
    QUEUE = "queue"  # too many wait for it
    SLOW = "slow"  # a statement took too long
    STOPPING = "stopping"  # this process ends
    OTHER = "other"


class Busy(Exception):
    """The database could not be reached or was locked too long: 503, nothing was changed."""

    def __init__(self, why: str, trouble: Trouble = Trouble.OTHER) -> None:
        """Keep why, in the first words of the database, which quote no value."""
        super().__init__(why)
        self.trouble = trouble


class Deadlock(Busy):
    """Two transactions waited for each other, and PostgreSQL rolled this one back: it may run again at once."""

    def __init__(self, why: str) -> None:
        """Keep why."""
        super().__init__(why, Trouble.LOCK)
