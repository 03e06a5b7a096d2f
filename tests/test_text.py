"""A name can be written in every script, and hides nothing."""

import time

import pytest

from oauth2system import text
from oauth2system.errors import Invalid
from oauth2system.policy import names
from oauth2system.protocol.clients.metadata import MetadataReader
from oauth2system.protocol.errors import InvalidClientMetadata

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
WRITTEN_RIGHTLY = {
    "Persian, a non-joiner between joining letters": "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "Persian, with a mark next to the non-joiner": "\u0645\u06cc\u0651\u200c\u062e\u0648\u0627\u0647\u0645",
    "Sinhala, a joiner after a virama": "\u0dc1\u0dca\u200d\u0dbb\u0dd3\u0db8\u0dad\u0dd3",
    "Hindi, a joiner after a virama": "\u0915\u094d\u200d\u0937\u092e\u093e",
    "Hindi, a non-joiner after a virama": "\u0915\u094d\u200c\u0937",
    "a family": FAMILY,
    "two families": f"We: {FAMILY}{FAMILY}!",
    "an astronaut with a skin tone": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "a heart on fire, drawn in colour": "\u2764\ufe0f\u200d\U0001f525",
    "a rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "a face that shakes its head, joined to an arrow": "\U0001f642\u200d\u2194\ufe0f",
    "the flag of Wales": "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
    "a picture newer than our Unicode data": "\U0001fae8",
    "a key": "1\ufe0f\u20e3",
}
HIDES_SOMETHING = {
    "a joiner between Latin letters": "Poe\u200dtry",
    "a non-joiner between Latin letters": "Poe\u200ctry",
    "a non-joiner at the end": "\u0639\u0644\u06cc\u200c",
    "a non-joiner after a letter that joins nothing": "\u0631\u200c\u0631",
    "a joiner without a virama": "\u0915\u200d\u0937",
    "a joiner alone": "\u200d",
    "a joiner next to an unassigned character": "\u0378\u200d",
    "a joiner after a picture": "\U0001f469\u200d",
    "a joiner before a picture": "\u200d\U0001f469",
    "a joiner between a letter and a picture": "a\u200d\U0001f469",
    "two joiners between pictures": "\U0001f469\u200d\u200d\U0001f469",
    "tags that spell words": "\U0001f3f4\U000e0061\U000e0064\U000e0061\U000e007f",
    "tags without a flag": "\U000e0067\U000e0062",
    "text that runs the other way": "gnp.\u202eexe",
    "a line end": "a\nb",
    "a blank letter": "\u3164",
    "a tower of marks": "a" + "\u0301" * 5,
}


def accepts(read: object, *args: object) -> bool:
    assert callable(read)
    try:
        return read(*args) is not None
    except (Invalid, InvalidClientMetadata):
        return False


def places(written: str) -> dict[str, bool]:
    """Return, for each place where somebody names something, whether it takes this text."""
    return {
        "login hint": text.is_plain(written),
        "display name": accepts(names.read_display_name, written),
        "app name": accepts(names.read_app_name, f"App {written}x") and accepts(names.read_app_name, written),
        "label": names.label_problem(written, 300) is None,
        "client metadata": accepts(MetadataReader({"client_name": written}).text, "client_name"),
    }


@pytest.mark.parametrize("written", WRITTEN_RIGHTLY.values(), ids=WRITTEN_RIGHTLY)
def test_a_name_is_written_as_its_script_needs_it(written: str) -> None:
    assert set(places(written).values()) == {True}


@pytest.mark.parametrize("written", HIDES_SOMETHING.values(), ids=HIDES_SOMETHING)
def test_t075_no_place_takes_a_text_that_hides_something(written: str) -> None:
    found = places(written)
    if "\n" in written:  # between the words of an app's name, a line end is a space
        found.pop("app name")
    assert set(found.values()) == {False}


def test_full_width_letters_are_the_ordinary_ones() -> None:
    assert names.read_app_name("\uff21pple \uff12") == "Apple 2"
    with pytest.raises(Invalid):
        names.read_app_name("\uff2f\uff41uth2System")
    assert text.narrow("\u82b1\uff01") == "\u82b1\uff01"  # the signs of a script stay its own


def test_a_long_text_is_judged_in_no_time() -> None:
    begun = time.process_time()
    for unit in ("\u0645\u200c", "\U0001f469\u200d", "\u0651", "\u0915\u094d\u200d"):
        text.is_plain(unit * 2000)
    assert time.process_time() - begun < 1
