"""The certificate: every script of the region is really drawn, and what is printed can be found again."""

import unicodedata
from datetime import date
from typing import Any

import pypdfium2
import pytest
from pydantic import ValidationError

from adapters.certificate import _WORDS, render
from models.training.certificate import Certificate

NAMES = {
    "Korean": ("ko", "김민수", "박서연"),
    "Thai": ("th", "สมชาย ใจดี", "สุดา แก้วมณี"),
    "Khmer": ("km", "ចាន់ សុភា", "គឹម សុខា"),
    "Lao": ("lo", "ສົມສັກ ວົງສາ", "ບຸນມີ ພົມມະ"),
    "Burmese": ("my", "ခင်မြင့်မြတ်", "အောင်ကျော်စိုး"),
    "Vietnamese": ("vi", "Nguyễn Thị Hoa", "Trần Đức Thắng"),
    "Chinese": ("zh", "王小明", "陈美丽"),
    "Malay": ("ms", "Nur Aisyah binti Rahman", "Muhammad Faiz"),
}


def certificate(**changes: Any) -> Certificate:
    """A certificate; the official is invented."""
    fields: dict[str, Any] = {
        "number": "KST-2016-1-001",
        "programme": "Smart city training for officials",
        "cohort": "Smart city administration",
        "institute": "Training institute (illustrative)",
        "starts": date(2016, 10, 10),
        "ends": date(2016, 10, 21),
        "name": "Nguyễn Thị Hoa",
        "latin": "Nguyen Thi Hoa",
        "country": "VN",
        "language": "vi",
        "issued": date(2016, 10, 21),
    }
    return Certificate(**(fields | changes))


def pages(pdf: bytes) -> list[bytes]:
    """Every page as an image, in grey: a byte a pixel."""
    return [bytes(page.render(scale=1, grayscale=True).buffer) for page in pypdfium2.PdfDocument(pdf)]


def text(pdf: bytes) -> str:
    """All text of it, in one normal form."""
    found = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    return unicodedata.normalize("NFC", found)


def keywords(pdf: bytes) -> str:
    """What it says of itself."""
    return unicodedata.normalize("NFC", pypdfium2.PdfDocument(pdf).get_metadata_value("Keywords"))


@pytest.mark.parametrize("script", NAMES)
def test_names_are_drawn_in_their_own_script(script: str) -> None:
    language, one, other = NAMES[script]
    (drawn,), (another,) = (pages(render(certificate(name=name, language=language))) for name in (one, other))
    (empty,) = pages(render(certificate(name="-", language=language)))
    changed = sum(a != b for a, b in zip(drawn, empty, strict=True))
    assert changed > 300, "the name takes up some room"
    assert sum(a != b for a, b in zip(drawn, another, strict=True)) > 100


@pytest.mark.parametrize("script", NAMES)
def test_what_is_printed_is_found_by_its_text(script: str) -> None:
    language, name, _ = NAMES[script]
    printed = certificate(name=name, language=language)
    pdf = render(printed)
    assert name in keywords(pdf)
    found = text(pdf)
    for words in (printed.number, printed.digest(), printed.latin, printed.cohort, "수료증"):
        assert words in found
    if script != "Khmer":  # its letters are drawn in another order than they are written in
        assert name in found


@pytest.mark.parametrize("language", [*_WORDS, "ko", "fr"])
def test_every_language_fits_on_one_page_without_an_empty_box(language: str) -> None:
    assert len(pages(render(certificate(language=language)))) == 1
    for words in _WORDS.get(language, ()):
        render(certificate(name=words))


def test_the_same_certificate_is_the_same_bytes_and_another_is_not() -> None:
    one = render(certificate())
    assert render(certificate()) == one
    for changes in ({"name": "Nguyễn Thị Hoà"}, {"number": "KST-2016-1-002"}, {"issued": date(2016, 10, 22)}):
        other = certificate(**changes)
        assert other.digest() != certificate().digest()
        assert render(other) != one


@pytest.mark.parametrize(
    "name",
    ["#panic()", "$x^2$", "*bold* _not_", "]", "\\", '"quoted"', "@ref", "<label>", "// gone", "`raw`"],
)
def test_text_is_never_a_command(name: str) -> None:
    assert name in text(render(certificate(name=name)))


@pytest.mark.parametrize("letter", ["ก", "王", "W"])
def test_the_longest_names_fit_on_one_page(letter: str) -> None:
    longest = dict.fromkeys(("name", "cohort", "programme", "institute"), letter * 200)
    assert len(pages(render(certificate(latin="W" * 200, **longest)))) == 1


@pytest.mark.parametrize("letter", ["\U0001f600", "\u0950", "\u05d0"])
def test_a_letter_that_no_font_has_is_named(letter: str) -> None:
    with pytest.raises(ValueError, match=rf"U\+{ord(letter):04X}"):
        render(certificate(name=f"Hoa {letter}"))


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "\u202eabc", "", "x" * 201])
def test_what_is_no_line_of_text_is_no_name(name: str) -> None:
    with pytest.raises(ValidationError):
        certificate(name=name)
