"""Refusals: answers that say no. A refusal commits; anything else that is raised rolls back."""


class Refusal(Exception):  # noqa: N818  (a refusal is an answer, not an error)
    """An answer that says no; what was written before it was meant, and is kept."""


class Misconfigured(Exception):  # noqa: N818
    """A setting cannot be used; the message is one line with its mend."""


class NotFound(Refusal):
    """It does not exist, or it is not yours: nobody can tell which (T120)."""


class NotPermitted(Refusal):
    """The actor may not do this; the message says why in words for a person."""


class Invalid(Refusal):
    """Input from a person that cannot be used: field name -> sentence for beside that field."""

    def __init__(self, **problems: str) -> None:
        """Keep one sentence per field; the empty name `form` stands for the whole form."""
        super().__init__("; ".join(problems.values()))
        self.problems = problems


class TooManyAttempts(Refusal):
    """A throttle said no; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        """Keep how many seconds to wait."""
        super().__init__(f"Too many attempts. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class Busy(Exception):  # noqa: N818
    """The database could not be reached or was locked too long: 503, nothing was changed."""
