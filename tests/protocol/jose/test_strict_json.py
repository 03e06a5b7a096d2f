"""The one reader of JSON that others send: whatever it reads can be written again, by every writer."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.protocol.jose import strict_json
from oauth2system.protocol.jose.strict_json import MOST_DEEP, NotJson

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def nested(depth: int, *, objects: bool = False) -> str:
    return '{"a":' * depth + "1" + "}" * depth if objects else "[" * depth + "]" * depth


@pytest.mark.parametrize("objects", [True, False])
def test_t059_there_is_one_depth_far_below_what_any_writer_bears(*, objects: bool) -> None:
    found = strict_json.load(nested(MOST_DEEP, objects=objects))
    assert json.loads(strict_json.dump({"kept": found})) == orjson.loads(orjson.dumps({"kept": found}))
    for depth in (MOST_DEEP + 1, 300, 1000, 100_000):
        with pytest.raises(NotJson):
            strict_json.load(nested(depth, objects=objects))


def test_many_lists_beside_each_other_are_not_deep() -> None:
    assert len(strict_json.load("[" + ",".join(["[]"] * 1000) + "]")) == 1000


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "-Infinity", "1e999", str(1 << 64), str(-(1 << 63) - 1), "9" * 5000, '{"a":1,"a":2}', '"\\ud800"'],
)
def test_what_no_writer_could_write_again_is_not_read(text: str) -> None:
    with pytest.raises(NotJson):
        strict_json.load(text)


def test_bytes_that_are_not_utf_8_are_not_json() -> None:
    with pytest.raises(NotJson):
        strict_json.load(b'"\xff"')


@given(JSON)
def test_t059_whatever_is_read_can_be_written_again(value: Any) -> None:
    try:
        found = strict_json.load(json.dumps(value))
    except NotJson:
        return
    assert json.loads(strict_json.dump({"kept": found})) == {"kept": found}
    orjson.dumps(found)


@given(JSON)
def test_what_was_read_is_written_in_ascii_whichever_writer_is_taken(value: Any) -> None:
    text = json.dumps({"kept": value})
    try:
        found = strict_json.load(text)
    except NotJson:
        return
    written = strict_json.dump(found)
    assert written.isascii()
    assert json.loads(written) == found
