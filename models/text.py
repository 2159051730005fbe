"""Characters that do harm: taken out of a text where it enters, made visible where it leaves."""

import json
import string
import unicodedata
from collections.abc import Callable

_JOINERS = "\u200c\u200d"
"""ZERO WIDTH NON-JOINER and JOINER: Indic and Arabic letters are written with them."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of writing: a text that has one can look like another text."""
_LOST = "\ufffd"
_NEAR = 20
"""Characters around a joiner that are looked at: no letter carries more marks than that."""


# -- where text enters ----------------------------------------------------------------------------


def plain(text: str, line_end: str = "\n") -> str:
    """``text`` in NFC, without what nobody sees; control characters and ``TURNING`` stay, to be refused.

    Characters of category Cf are left out: also U+200B, which only allows a line to break (Khmer, Thai, Lao
    and Burmese are broken by dictionary today). A joiner stays where its letters need it, by Unicode's own
    rule (CONTEXTJ, RFC 5892 A.1 and A.2; UAX #31 has the same). Zl and Zp become ``line_end``. What has no
    meaning (Co, Cn, Cs) becomes U+FFFD, and so does a text of which nothing would be left.
    """
    if text.isascii():
        return text
    seen = without_unseen(text, line_end)
    kept = unicodedata.normalize("NFC", _joined(unicodedata.normalize("NFC", seen)))
    if kept != _joined(kept):  # with one joiner gone, marks were sorted anew, and another is out of place
        kept = unicodedata.normalize("NFC", "".join(char for char in kept if char not in _JOINERS))
    return kept if kept.strip() or not text.strip() else _LOST


def without_unseen(text: str, line_end: str = "\n") -> str:
    """``text`` without what ``plain`` leaves out; joiners stay wherever they are. Nothing is normalised."""
    return text.translate({ord(char): _instead(char, line_end) for char in set(text)})


def _instead(char: str, line_end: str) -> str | None:
    """What is kept in the place of a character; None: nothing."""
    if char in TURNING or char in _JOINERS:
        return char
    category = unicodedata.category(char)
    if category in ("Zl", "Zp"):
        return line_end
    if category == "Cf":
        return None
    return char if category == "Cc" or _has_meaning(char) else _LOST


def _joined(text: str) -> str:
    """``text`` with the joiners that are in their place."""
    if not any(joiner in text for joiner in _JOINERS):
        return text
    return "".join(char for place, char in enumerate(text) if char not in _JOINERS or _in_place(text, place))


def _in_place(text: str, place: int) -> bool:
    """Whether the letters around this joiner need it."""
    import idna  # it has the tables of how letters join, and few texts need them

    start = max(0, place - _NEAR)
    try:
        return idna.valid_contextj(text[start : place + _NEAR], place - start)
    except ValueError:  # beside it stands what is no letter
        return False


def _has_meaning(char: str) -> bool:
    """Whether a character stands for something that everybody can look up.

    In the planes for ideographs (names of people and places), what this Python does not know yet counts, too.
    """
    category = unicodedata.category(char)
    ideographic = 0x20000 <= ord(char) < 0x3FFFE and ord(char) & 0xFFFE != 0xFFFE
    return category not in ("Co", "Cn", "Cs") or (category == "Cn" and ideographic)


# -- where text leaves ----------------------------------------------------------------------------


def escaped(text: str) -> str:
    """``text`` as a terminal, a log, a mail or a table may get it: what is no visible character, no blank and
    no LF is written out, as ``\\x1b``. A tab becomes a blank.
    """
    return _written_out(text, lambda char: " " if char == "\t" else ascii(char)[1:-1])


def one_line(text: str) -> str:
    """``escaped``, and without LF: it cannot pass for two lines."""
    return escaped(" ".join(text.splitlines()))


def json_escaped(text: str) -> str:
    """JSON with ``\\u…`` for every character that a terminal could obey: a reader gets the same values."""
    return _written_out(text, lambda char: json.dumps(char)[1:-1])


def markdown(text: str) -> str:
    """``text`` for a page that reads Markdown, as the engine's do: no link, picture or heading is made."""
    return one_line(text).translate({ord(mark): f"\\{mark}" for mark in string.punctuation})


def _written_out(text: str, code: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    codes = {char: code(char) for char in set(text) if not _passes(char)}
    return "".join(
        code(char) if char in _JOINERS and not _in_place(text, place) else codes.get(char, char)
        for place, char in enumerate(text)
    )


def _passes(char: str) -> bool:
    if char == "\n" or char in _JOINERS:
        return True
    return unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") and _has_meaning(char)
