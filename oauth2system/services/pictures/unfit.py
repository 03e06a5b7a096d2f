"""Why a picture is not taken: a refusal with the code of its sentence."""

from oauth2system.errors import Refusal
from oauth2system.policy import page_messages


class UnfitPicture(Refusal):
    """A picture that is not taken. `code` names a sentence in policy/page_messages.py, so an address can carry it."""

    def __init__(self, code: str) -> None:
        """Keep the code, and with it the sentence for the person."""
        super().__init__(page_messages.ERRORS[code])
        self.code = code
