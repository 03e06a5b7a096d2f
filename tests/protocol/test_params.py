"""Reading parameters."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol import params
from oauth2system.protocol.errors import InvalidRequest
from oauth2system.protocol.params import Params, parse_query

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=20)


def test_an_empty_value_is_an_absent_one() -> None:
    found = parse_query(b"a=&b&c=1&&d=")
    assert (found.get("a"), found.get("b"), found.get("c"), list(found)) == (None, None, "1", ["c"])


def test_a_missing_parameter_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="grant_type is missing"):
        parse_query(b"a=1").need("grant_type")


def test_a_present_parameter_is_returned() -> None:
    assert parse_query(b"a=1").need("a") == "1"


@pytest.mark.parametrize("raw", [b"a=1&a=1", b"a=1&a=2", b"%61=1&a=2", b"a=1&b=2&a=3&a=4"])
def test_t022_a_parameter_that_comes_twice_is_remembered_and_refused(raw: bytes) -> None:
    found = parse_query(raw)
    assert found.repeated == {"a"}
    assert found.peek("a") is None
    assert "a" in found
    with pytest.raises(InvalidRequest):
        found.get("a")
    with pytest.raises(InvalidRequest):
        found.refuse_repeats()


def test_an_empty_twin_is_no_twin() -> None:
    found = parse_query(b"a=&a=1")
    found.refuse_repeats()
    assert found.get("a") == "1"


def test_resource_may_come_more_than_once() -> None:
    found = parse_query(b"resource=https://a&resource=https://b&x=1")
    found.refuse_repeats()
    assert found.every("resource") == ("https://a", "https://b")
    assert (found.every("x"), found.every("y")) == (("1",), ())


@pytest.mark.parametrize(
    ("raw", "name", "value"),
    [
        (b"a=1;b=2", "a", "1;b=2"),
        (b"a[]=1", "a[]", "1"),
        (b"filename*=UTF-8''x", "filename*", "UTF-8''x"),
        (b"a=1%26b=2", "a", "1&b=2"),
        (b"a=b=c", "a", "b=c"),
        (b"a+b=c+d", "a b", "c d"),
        (b"a=%2B", "a", "+"),
        ("a=ü".encode(), "a", "ü"),
        (b"a=%C3%BC", "a", "ü"),
    ],
)
def test_t022_only_an_ampersand_separates(raw: bytes, name: str, value: str) -> None:
    found = parse_query(raw)
    assert list(found) == [name]
    assert found.get(name) == value


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"a=%zz", id="broken escape"),
        pytest.param(b"a=%4", id="short escape"),
        pytest.param(b"a=%", id="lone percent"),
        pytest.param(b"a=\xff", id="raw bytes that are not UTF-8"),
        pytest.param(b"a=%FF", id="escaped bytes that are not UTF-8"),
        pytest.param(b"a=%ED%A0%80", id="lone surrogate"),
        pytest.param(b"a=%C0%AF", id="overlong slash"),
        pytest.param(b"a=x%00y", id="NUL in a value"),
        pytest.param(b"x%00y=1", id="NUL in a name"),
        pytest.param(b"a=" + b"x" * params.MAX_VALUE + b"x", id="value too long"),
        pytest.param(b"x" * params.MAX_NAME + b"x=1", id="name too long"),
        pytest.param(b"a=1&" * params.MAX_FIELDS, id="too many separators"),
        pytest.param(b"a=" + b"x" * params.MAX_BYTES, id="request too long"),
    ],
)
def test_t010_what_cannot_be_read_is_invalid_request(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_query(raw)


def test_too_many_pairs_are_refused_wherever_they_come_from() -> None:
    with pytest.raises(InvalidRequest):
        Params.of([("a", "1")] * (params.MAX_FIELDS + 1))


@given(st.lists(st.tuples(WORDS, WORDS), max_size=20, unique_by=lambda pair: pair[0]))
def test_t022_whatever_was_written_is_read_back(pairs: list[tuple[str, str]]) -> None:
    found = parse_query(urlencode(pairs).encode())
    assert {name: found.get(name) for name in found} == dict(pairs)
    assert not found.repeated


@given(st.binary(max_size=200))
def test_t022_any_bytes_are_read_as_the_standard_library_reads_them_or_refused(raw: bytes) -> None:
    try:
        found = parse_query(raw)
    except InvalidRequest:
        return
    expected = parse_qsl(raw.decode(), keep_blank_values=False, separator="&", errors="strict")
    assert [(name, value) for name in found for value in found.every(name)] == sorted(
        ((name, value) for name, value in expected if name), key=lambda pair: list(found).index(pair[0])
    )


# Few letters, so that names are equal and values are empty; with everything that ends a field or means another letter.
PIECES = st.text("ab=&+%2\0\xe9", max_size=30).map(str.encode)


@given(PIECES | st.binary(max_size=60) | st.lists(st.tuples(WORDS, WORDS)).map(lambda pairs: urlencode(pairs).encode()))
def test_the_quick_way_reads_as_the_full_one_or_leaves_it_to_it(raw: bytes) -> None:
    quick = params._read_plain(raw)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    if quick is not None:
        assert quick == params._read_any(raw)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


@pytest.mark.parametrize(
    ("raw", "is_plain"),
    [
        (b"client_id=1&scope=identify+email", True),
        (b"a=b=c", True),
        (b"a" * params.MAX_NAME + b"=1", True),
        (b"a=" + b"1" * (params.MAX_VALUE - 2), True),
        (b"a" * (params.MAX_NAME + 1) + b"=1", False),
        (b"a=" + b"1" * (params.MAX_VALUE - 1), False),
        (b"a=%31", False),
        (b"a=\0", False),
        (b"a=1&a=2", False),
        (b"a=", False),
        (b"=1", False),
        (b"a", False),
        (b"", False),
        (b"a=\xff", False),
    ],
)
def test_the_quick_way_reads_what_is_plain_only(raw: bytes, *, is_plain: bool) -> None:
    assert (params._read_plain(raw) is not None) is is_plain  # pyright: ignore[reportPrivateUsage]  (a test may look inside)


def test_a_request_that_waits_is_read_back_whole() -> None:
    found = parse_query(b"a=1&resource=x&resource=y")
    assert Params.from_json(found.to_json()) == found
