"""The refusal of everything that could not be fetched or looked up."""


class Unfetched(Exception):
    """It could not be fetched. Its text is always the same: nobody can explore our network with it (T131)."""

    def __init__(self, why: str, *, hung: bool = False) -> None:
        """Keep a few words for the log, and whether the host let us wait until we gave up."""
        super().__init__("The address could not be fetched.")
        self.why = why
        self.hung = hung
