"""Whatever a form answers with has its sentence on the page."""

import re
from pathlib import Path

from oauth2system.policy import page_messages
from oauth2system.web.http import forms

_QUOTED = re.compile(r'"(\w+)"')


def said(by: str) -> set[str]:
    """Return every code that a line of door one gives to `notice=` or `error=`."""
    lines = [
        line for path in Path(forms.__file__).parents[1].rglob("*.py") for line in path.read_text("utf-8").splitlines()
    ]
    after = [line.split(mark, 1)[1] for line in lines for mark in (f"{by}=", f"{by} = ") if mark in line]
    return {code for rest in after for code in _QUOTED.findall(rest.partition(", ")[0])}


def test_every_notice_has_a_sentence() -> None:
    found = said("notice")
    assert {"signed_out", "signed_out_everywhere", "confirmed", "move_undone"} <= found
    assert found <= set(page_messages.NOTICES)


def test_every_error_has_a_sentence() -> None:
    found = {*forms.CODES.values(), *forms.FIELD_CODES.values(), "form", *said("error")}
    assert {"credentials", "token", "incomplete"} <= found
    assert found <= set(page_messages.ERRORS)
