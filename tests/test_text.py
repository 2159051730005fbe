"""Text from outside: whatever it was, what is kept of it is short, and does nobody any harm."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from models.base import Prose, cleaned
from models.files import InvalidFile

PROSE: TypeAdapter[str] = TypeAdapter(Prose)
ANYTHING = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Zl", "Zp"]))
LIMITS = st.integers(0, 60)

BIDI = [*map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))]


@given(ANYTHING, LIMITS)
@example("\r\n" * 40, 39)
@example("\u03b1\u0314\u0300\u0345" * 20, 59)
@example("\u1112\u1161\u11ab" * 20, 60)
def test_whatever_is_cleaned_is_bounded_and_harmless(text: str, limit: int) -> None:
    kept = cleaned(text, limit)
    assert len(kept.encode()) <= limit
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in kept if one not in "\n\t")
    assert not set(BIDI) & set(kept)
    assert cleaned(kept, limit) == kept
    assert PROSE.validate_python(kept) == kept


@given(ANYTHING, st.text(st.characters(codec="utf-8")), LIMITS)
def test_what_is_left_out_is_left_out_at_the_end(start: str, end: str, limit: int) -> None:
    whole, part = cleaned(start + end, 10_000), cleaned(start + end, limit)
    assert part == whole if len(whole.encode()) <= limit else whole.startswith(part.removesuffix("…"))
    if limit >= 3 and part != whole:
        assert part.endswith("…")
        assert len(part.encode()) > limit - 4  # no more is left out than must be


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Nguyễn Văn A\r\n도시 계획\n\tx", "Nguyễn Văn A\n도시 계획\n\tx"),
        ("e\u0301 \u1112\u1161\u11ab", "é 한"),
        ("one\rtwo\u2028three", "one\ntwo\nthree"),
        ("a\0b\x1b[31mc\x9bd", "a\ufffdb\ufffd[31mc\ufffdd"),
        ("txt.\u202eexe", "txt.\ufffdexe"),
        ("\udcff", "\ufffd"),
    ],
)
def test_what_is_kept_of_a_text(text: str, kept: str) -> None:
    assert cleaned(text, 100) == kept


def test_what_is_too_long_ends_in_a_mark_between_two_characters() -> None:
    assert cleaned("ééé", 6) == "ééé"
    assert cleaned("éééé", 6) == "é…"
    assert cleaned("éééé", 2) == "é"
    assert cleaned("x" * 700_000, 300) == "x" * 297 + "…"


def test_a_million_marks_over_one_letter_hold_nobody_up() -> None:
    marks = "\u0345\u0301\u0323\u0334" * 250_000  # in the order that takes longest to sort
    assert len(cleaned("a" + marks, 4000).encode()) <= 4000


def test_what_is_said_of_a_file_is_cleaned() -> None:
    assert str(InvalidFile("a\0b\x1b]8;;\x07" + "x" * 9999)).startswith("a\ufffdb\ufffd]8;;\ufffdxx")
    assert len(str(InvalidFile("ế" * 9999)).encode()) <= InvalidFile.LONGEST
