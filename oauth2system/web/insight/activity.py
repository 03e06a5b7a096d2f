"""The log of an app, downloaded by its owner as CSV or JSON."""

import orjson

from oauth2system.errors import NotFound, NotPermitted
from oauth2system.i18n import translate
from oauth2system.runtime.app_log import EventView
from oauth2system.runtime.runner import Runner
from oauth2system.services.insight import activity
from oauth2system.web import errors
from oauth2system.web.accounts import session
from oauth2system.web.http import forms
from oauth2system.web.http.message import JSON, Answer, Request, redirect
from oauth2system.web.insight import csv_files

COLUMNS = (
    *("first_at", "last_at", "times", "stage", "outcome", "reason", "error", "detail", "repair"),
    *("sent", "registered", "reference"),
)


async def export(request: Request, runner: Runner) -> Answer:
    """GET /apps/activity/export: the log of an own app as a file; `format` is `csv` or `json`."""
    query = request.query()
    client_id, kind = query.peek("client_id") or "", query.peek("format") or "json"
    if kind not in {"csv", "json"}:
        return errors.answer_unknown(request)
    try:
        entries = [_describe(one) for one in await activity.export_log(request.call(runner), client_id)]
    except NotPermitted:
        return redirect(forms.to(session.PAGE, next="/apps"))
    except NotFound:
        return errors.answer_unknown(request)
    if kind == "csv":
        return csv_files.answer_csv(COLUMNS, entries, f"activity-{client_id}.csv")
    headers = csv_files.attach(f"activity-{client_id}.json")
    return Answer(200, orjson.dumps(entries, option=orjson.OPT_INDENT_2), [JSON, *headers])


def _describe(one: EventView) -> dict[str, str | int]:
    return {
        "first_at": (one.first_at or one.last_at).isoformat(),
        "last_at": one.last_at.isoformat(),
        "times": one.times,
        "stage": one.stage,
        "outcome": one.outcome,
        "reason": one.reason,
        "error": one.code,
        "detail": translate(one.detail),
        "repair": translate(one.repair),
        "sent": one.sent,
        "registered": one.registered,
        "reference": one.reference,
    }
