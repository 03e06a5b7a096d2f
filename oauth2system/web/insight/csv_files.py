"""Tables as CSV files that a spreadsheet can open without harm."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from oauth2system.web.http.message import NO_STORE, Answer, Header

CSV: Header = (b"content-type", b"text/csv; charset=utf-8")
# What a spreadsheet would run as a formula; an app's visitors choose what they send.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def attach(filename: str) -> list[Header]:
    """Return the headers of a file that is saved under this name and kept by no cache."""
    return [(b"content-disposition", f'attachment; filename="{filename}"'.encode()), *NO_STORE]


def answer_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str | int]], filename: str) -> Answer:
    """Return the rows as a CSV file with a header line."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_defuse(row[column]) for column in columns] for row in rows)
    return Answer(200, file.getvalue().encode(), [CSV, *attach(filename)])


def _defuse(value: str | int) -> str | int:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
