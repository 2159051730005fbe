"""Names as they are compared: one name in two spellings is one name.

Where there is an id, the id is compared: it is ASCII by its form. This is for what has only a name.
"""

import unicodedata

_CAPITALS = {
    "АВЕЅІЈКМНОРСТУХҮԌԚԜ": "ABESIJKMHOPCTYXYGQW",
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ": "ABEZHIKMNOPTYX",
}
_SMALL = {
    "аеорсухѕіјԁһԛԝ": "aeopcyxsijdhqw",
    "αγινορυ": "ayivopu",
    "օսհոց": "ouhng",
    "ıɑɡ": "iag",
}
_LATIN = str.maketrans("".join((*_CAPITALS, *_SMALL)), "".join((*_CAPITALS.values(), *_SMALL.values())))
"""Letters of Cyrillic, Greek and Armenian that look like Latin ones (UTS #39, confusables). What looks alike
within Latin (``0`` and ``O``, ``rn`` and ``m``) is told apart: names of two bodies may differ by no more.
"""
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Letters and marks that nobody sees: default ignorable code points of categories L and M."""


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for spelling: large and small letters, full-width letters,
    apostrophes, blanks, full stops and other punctuation, characters that nobody sees, letters of another
    script that look the same.
    """
    return not spellings(one).isdisjoint(spellings(other))


def spellings(name: str) -> frozenset[str]:
    """What a name is compared by: two names are the same where one of these is."""
    compatible = unicodedata.normalize("NFKC", _letters(name))
    return frozenset((_folded(compatible), _folded(compatible.translate(_LATIN)))) - {""} or frozenset(
        (name,)
    )


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", _letters(name.casefold()))


def _letters(name: str) -> str:
    """The letters, marks and digits of a name. An apostrophe is none of them, whatever Unicode says of it."""
    return "".join(
        char
        for char in name
        if unicodedata.category(char)[0] in "LMN" and char not in _UNSEEN and not "\u02b9" <= char <= "\u02df"
    )
