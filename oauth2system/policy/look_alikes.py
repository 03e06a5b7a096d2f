"""How a name reads to a person: letters of other scripts that look like Latin ones, accents and digits for letters.

A table of our own for the letters that can write our name; it is no list of all confusable characters (UTS 39 §4).
"""

# ruff: noqa: RUF001  (these are the letters that are taken for others)

import unicodedata

# What stands for each Latin letter: Cyrillic, Greek, Armenian, Coptic, Cherokee, Lisu, small capitals, other signs.
_ALIKE = {
    "a": "АаΑαɑᴀᎪꓮ@ª", "b": "ВвЬьΒβʙᏴꓐ", "c": "СсϹϲᴄⲤⲥꓚ", "d": "ԀԁᎠꓓđ", "e": "ЕеЁёЄєΕεϵᴇᎬꓰ℮", "g": "ɡԌԍᏀꓖ",
    "h": "НнҺһΗʜհᎻꓧћħ", "i": "ІіЇїΙιıɪӀӏǀ|!", "j": "ЈјϳᎫꓙ", "k": "КкΚκᴋᏦꓗ", "l": "ʟᏞꓡ", "m": "МмΜϺᴍᎷꓟ",
    "n": "ИиПпΝηɴոռꓠ", "o": "ОоΟοσΟᴏօՕסⲞⲟꓳ๐໐ØøθΘ¤°", "p": "РрΡρᴘᏢꓑ", "q": "Ԛԛզ", "r": "гʀᎡꓣ", "s": "ЅѕꜱՏᏚꓢ$§",
    "t": "ТтΤτᴛᎢꓔŧ†", "u": "υμսᴜʋՍꓴ", "v": "Ѵѵνᴠꓦ", "w": "ԜԝωᴡᎳꓪ", "x": "ХхΧχꓫ", "y": "УуҮүΥγʏᎩꓬ¥", "z": "ΖᴢᏃꓜ",
    "2": "ƧƨᒿϨϩꙄ",
}  # fmt: skip
_LATIN = {ord(sign): letter for letter, signs in _ALIKE.items() for sign in signs}
_DIGITS = str.maketrans("013457", "oieast")
_TOGETHER = (("rn", "m"), ("vv", "w"))


def reads_as(text: str) -> str:
    """Return how a text reads: lower-case Latin letters and digits alone; two texts that look alike have one."""
    return "".join(filter(str.isalnum, _letters(text)))


def passes_for(text: str, name: str) -> bool:
    """Return whether people would take a text for this name, alone or with a word like "support"."""
    words = [word for word in _letters(text).split() if reads_as(word) not in _STAFF]
    return reads_as("".join(words)) == reads_as(name)


def _letters(text: str) -> str:
    """Return a text in Latin letters; its spaces stay."""
    plain = unicodedata.normalize("NFKC", text).translate(_LATIN)
    bare = "".join(sign for sign in unicodedata.normalize("NFD", plain) if not unicodedata.combining(sign))
    read = bare.translate(_LATIN).casefold().translate(_DIGITS)
    for seen, same in _TOGETHER:
        read = read.replace(seen, same)
    return read.replace("l", "i")


# Words that make a name no other: a support of ours would be ours.
_STAFF = frozenset(
    map(reads_as, "official support help helpdesk security team staff admin account accounts login service".split())  # noqa: SIM905  (words)
)
