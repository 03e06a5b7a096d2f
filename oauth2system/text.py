"""Which texts can be shown to other people: everything in them is visible and stays in its place (T075, T126).

One rule for whatever a person or a program names: display names, app names, labels, client metadata, login hints.
It is made for all scripts, so it does not judge by the general category alone.
"""

import re
import unicodedata

from idna.core import valid_contextj

# Control, bidi and other format signs, line and paragraph separators, lone surrogates, private and unassigned.
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
# Letters and symbols by their category, but invisible.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARKS_IN_A_ROW = 3
_JOINERS = frozenset("\u200c\u200d")
# RFC 5892 Appendix A.1 looks past marks on both sides; no name has more of them in a row.
_AROUND = 32

# What Unicode draws as a picture; it keeps all of the second range for pictures, also those to come (UTS 51 §1.4.2).
_PICTURE = "[\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2935\u2b05-\u2b55\U0001f000-\U0001faff]"
_FORMED = f"{_PICTURE}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
# Pictures that are joined to one, such as a family (UTS 51, ED-16).
_JOINED_PICTURES = re.compile(f"{_FORMED}(?:\u200d{_FORMED})+")
_NEW_PICTURES = re.compile("[\U0001f000-\U0001faff]")
# The flags of England, Scotland and Wales: a black flag, the name of the place in tags, a closing tag (UTS 51, ED-14).
_FLAGS = re.compile(
    "\U0001f3f4(?:"
    + "|".join("".join(chr(0xE0000 + ord(sign)) for sign in place) for place in ("gbeng", "gbsct", "gbwls"))
    + ")\U000e007f"
)
# Letters and digits of the width of a Chinese character are those of ASCII (RFC 8265 §3.3.2).
_WIDE = {0xFEE0 + ord(sign): sign for sign in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}


def is_plain(text: str) -> bool:
    """Return whether people see all of a text, in the order in which it is written.

    A joiner is accepted where the script needs it to be written rightly (RFC 5892 Appendix A.1, A.2), and within
    an emoji sequence.
    """
    if text.isascii():
        return text.isprintable()
    rest = _NEW_PICTURES.sub("\u263a", _JOINED_PICTURES.sub("\u263a", _FLAGS.sub("\u263a", text)))
    marks = 0
    for position, sign in enumerate(rest):
        category = unicodedata.category(sign)
        if sign in _BLANKS or (category in _HIDDEN and not _joins(rest, position)):
            return False
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MARKS_IN_A_ROW:
            return False
    return True


def _joins(text: str, position: int) -> bool:
    """Return whether the character there is a joiner that its neighbours allow."""
    if text[position] not in _JOINERS:
        return False
    begin = max(0, position - _AROUND)
    try:
        return valid_contextj(text[begin : position + _AROUND], position - begin)
    except ValueError:  # next to a character without a name
        return False


def narrow(text: str) -> str:
    """Return a text with full-width letters and digits as the ordinary ones, so that two spellings look like one."""
    return text.translate(_WIDE)
