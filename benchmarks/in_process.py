"""Requests to the routes in this process, where no HTTP server and no load generator take part."""

from typing import Any

from oauth2system.web.app import Web


async def get(web: Web, address: str, cookie: str = "") -> tuple[int, str]:
    """Send one GET to the routes; returns the status and where the answer leads, an empty text for nowhere."""
    path, _, query = address.partition("?")
    headers = [(b"host", b"localhost:8000"), *([(b"cookie", cookie.encode())] if cookie else [])]
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "headers": headers,
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "client": ("127.0.0.1", 4000),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await web(scope, receive, send)
    leads: dict[bytes, bytes] = dict(sent[0]["headers"])
    return sent[0]["status"], leads.get(b"location", b"").decode()
