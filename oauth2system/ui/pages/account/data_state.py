"""The state of the data page: a download that is being made, and how far it is."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import reflex as rx

from oauth2system.i18n import _
from oauth2system.services.accounts.leave import export
from oauth2system.ui.state import Visitor, Who, event

# The same link without `made` makes the file itself: for a browser without script.
DOWNLOAD = "/account/data/export"


class DataState(Visitor):
    """How much of the download is made, in percent; 0 while there is none."""

    percent: int = 0

    @event(Who.USER)
    def reset_progress(self) -> None:
        """Open the page: nothing is being made."""
        self.percent = 0

    @event(Who.USER)
    async def make(self) -> AsyncIterator[Any]:
        """Make the file, show how far it is, and let the browser fetch it."""
        self.clear_notice()
        self.percent = 1
        yield None
        try:
            async with aclosing(export.make(self.call, _)) as steps:
                async for percent in steps:
                    if percent > self.percent:
                        self.percent = percent
                        yield None
        finally:
            self.percent = 0
        self.report(_("Your data is collected. The download begins now."))
        yield rx.download(f"{DOWNLOAD}?made=1", filename="oauth2system-account.zip")
