"""Cookies are read all at once, and each as if it were looked for alone."""

from hypothesis import given
from hypothesis import strategies as st

from oauth2system.web.http.message import Request

# Few letters, so that names come twice; with all that ends a cookie or is a space to somebody.
HEADERS = st.lists(st.tuples(st.sampled_from([b"cookie", b"other"]), st.text("ab=; \t\x85\xa0\x1c", max_size=20)))


def find_alone(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    """Return the value of the one cookie of that name, None where there are two (T113)."""
    parts = [part.strip() for key, value in headers if key == b"cookie" for part in value.split(b";")]
    marker = name.encode() + b"="
    found = [part[len(marker) :] for part in parts if part.startswith(marker)]
    return found[0].decode("latin-1") if len(found) == 1 else None


async def receive() -> dict[str, object]:
    return {"type": "http.disconnect"}


@given(HEADERS, st.lists(st.sampled_from(["a", "b", "ab", "c"])))
def test_a_cookie_is_what_it_would_be_if_it_were_looked_for_alone(
    texts: list[tuple[bytes, str]], names: list[str]
) -> None:
    headers = [(key, text.encode("latin-1")) for key, text in texts]
    request = Request({"method": "GET", "path": "/", "headers": headers}, receive)
    assert [request.cookie(name) for name in names] == [find_alone(headers, name) for name in names]


@given(HEADERS)
def test_every_header_of_a_name_is_found(texts: list[tuple[bytes, str]]) -> None:
    headers = [(key, text.encode("latin-1")) for key, text in texts]
    request = Request({"method": "GET", "path": "/", "headers": headers}, receive)
    assert request.every_header(b"cookie") == tuple(text for key, text in texts if key == b"cookie")
