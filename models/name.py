"""Names as they are compared: one name in two spellings is one name.

Where there is an id, the id is compared: it is ASCII by its form. This is for what has only a name.
"""

import unicodedata

_LOOK_ALIKE = str.maketrans(
    "авеорсухкмнтіјѕԁһԛԝαβεηικμνορτυχօսհոցıɑɡ0", "abeopcyxkmhtijsdhqwabenikmvoptuxouhngiago"
)
"""Letters of other scripts that look like Latin ones, and the digit that looks like one (UTS #39). What looks
alike within Latin (``l`` and ``I``, ``rn`` and ``m``) is told apart: two names may differ by no more.
"""
_CAPITALS = str.maketrans("ΗΝΥ", "HNY")
"""Greek letters that look like one Latin letter when they are large, and like another when they are small."""
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Letters and marks that nobody sees: default ignorable code points of categories L and M."""


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for spelling: large and small letters, accents, full-width letters,
    apostrophes, blanks, full stops and other punctuation, characters that nobody sees, letters of another
    script that look the same.
    """
    return skeleton(one) == skeleton(other) and (skeleton(one) != "" or one == other)


def skeleton(name: str) -> str:
    """What is left of a name to compare it by; empty where it has no letter and no digit."""
    plain = unicodedata.normalize("NFKD", _letters(name).translate(_CAPITALS).casefold())
    return _letters(unicodedata.normalize("NFKD", plain.translate(_LOOK_ALIKE)))


def _letters(name: str) -> str:
    return "".join(filter(_counts, name))


def _counts(char: str) -> bool:
    """Whether a name is another one with this character: a letter, a digit, a vowel sign. No accent is (names
    are often typed without), and no apostrophe, also where Unicode has it as a letter.
    """
    accent_or_apostrophe = "\u02b9" <= char <= "\u02df" or "\u0300" <= char <= "\u036f"
    return unicodedata.category(char)[0] in "LMN" and char not in _UNSEEN and not accent_or_apostrophe
