"""The usage of an app, downloaded by its owner as CSV."""

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.runtime.runner import Runner
from oauth2system.services.insight import usage
from oauth2system.services.insight.usage import Period, Span
from oauth2system.web import errors
from oauth2system.web.accounts import session
from oauth2system.web.http import forms
from oauth2system.web.http.message import Answer, Request, redirect
from oauth2system.web.insight import csv_files

COLUMNS = ("from", "sign_ins", "allowed", "cancelled", "users_fetched", "refused_requests")


async def export(request: Request, runner: Runner) -> Answer:
    """GET /apps/usage/export: the numbers of an own app's usage; `span` is `day`, `month` or `year`."""
    query = request.query()
    client_id, span = query.peek("client_id") or "", query.peek("span") or Span.MONTH.value
    if span not in set(Span):
        return errors.answer_unknown(request)
    try:
        found = await usage.export_usage(request.call(runner), client_id, Span(span))
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next="/apps"))
    except NotFound:
        return errors.answer_unknown(request)
    return csv_files.answer_csv(COLUMNS, map(_describe, found.periods), f"usage-{client_id}-{span}.csv")


def _describe(one: Period) -> dict[str, str | int]:
    counts = (one.sign_ins, one.approvals, one.denials, one.fetches, one.refusals)
    return dict(zip(COLUMNS, (one.begins_at.isoformat(), *counts), strict=True))
