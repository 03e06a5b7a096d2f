"""HTTP as bytes: for requests that no decent client would send."""

import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.patience import PATIENCE_S


def send(base: str, *pieces: bytes, patience: float = PATIENCE_S) -> tuple[int, bytes]:
    """Send bytes on one connection and return the status and everything that came back; 0 is a closed line."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname or "", place.port or 80), patience) as line:
        with suppress(OSError):
            for piece in pieces:
                line.sendall(piece)
        return _answer(line, time.monotonic() + patience)


def _answer(line: socket.socket, until: float) -> tuple[int, bytes]:
    found = b""
    while time.monotonic() < until:
        line.settimeout(max(0.01, until - time.monotonic()))
        try:
            piece = line.recv(65536)
        except OSError:
            break
        found += piece
        if not piece or _is_whole(found):
            break
    words = found.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), found


def _is_whole(found: bytes) -> bool:
    head, gap, body = found.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(gap) and bool(lengths) and len(body) >= int(lengths[0])


def get(base: str, target: str, *headers: str, host: str | None = None) -> tuple[int, bytes]:
    """GET a target exactly as written."""
    lines = [f"GET {target} HTTP/1.1", f"Host: {host or urlsplit(base).netloc}", *headers, "Connection: close", "", ""]
    return send(base, "\r\n".join(lines).encode("latin-1"))
