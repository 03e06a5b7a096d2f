"""/healthz and /readyz, for monitoring."""

from oauth2system.runtime.runner import Runner
from oauth2system.services.server import health
from oauth2system.web.http.message import Answer, Request, json


async def alive(_request: Request, _runner: Runner) -> Answer:
    """GET /healthz: the process is up, also when the database is not."""
    return json({"status": "ok"})


async def ready(request: Request, runner: Runner) -> Answer:
    """GET /readyz: the database answers and its schema is ours; otherwise 503 with the reason."""
    reason = await request.call_without_cookie(runner)(health.check_ready)
    return json(
        {"status": "ok"} if reason is None else {"status": "not ready", "reason": reason}, 503 if reason else 200
    )
