"""Certificates: what may be one, and what its PDF shows."""

import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pydantic import ValidationError

from adapters import certificate as adapter
from adapters.certificate import ENGLISH, WORDS, render
from adapters.fonts import FIRST, PACKAGES, families, installed, undrawable
from models.training.certificate import Certificate
from runtime.settings import ROOT

PEOPLE = {
    "ko": ("김하늘", "Kim Haneul", "KR"),
    "th": ("สมชาย ใจดี", "Somchai Jaidee", "TH"),
    "km": ("ចាន់ សុខា", "Chan Sokha", "KH"),
    "lo": ("ບຸນມີ ພົມມະຈັນ", "Bounmy Phommachanh", "LA"),
    "my": ("အောင်ကျော်မင်း", "Aung Kyaw Min", "MM"),
    "vi": ("Nguyễn Thị Hồng Phượng", "Nguyen Thi Hong Phuong", "VN"),
    "zh": ("王小明", "Wang Xiaoming", "CN"),
    "fil": ("José Peñafrancia", "Jose Penafrancia", "PH"),
    "mn": ("Бат-Эрдэнэ", "Bat-Erdene", "MN"),
}
"""By language: a name, the same in Latin letters, the country."""
DOUBLED = frozenset({"km"})
"""Letters of these are drawn by several glyphs, each of which PDFium reads back as the whole syllable."""

NAME = slice(169, 243)
"""The rows of the page that the name stands in, in points from the top."""
EDGE = 66
"""Points at either side that nothing is written in: there is only the border."""


def certified(language: str = "km", **changed: Any) -> Certificate:
    """The certificate of somebody who speaks this language."""
    name, latin, country = PEOPLE.get(language, PEOPLE["vi"])
    fields: dict[str, Any] = {
        "number": "SMART-2026-0001",
        "programme": "스마트시티 공무원 초청연수 Smart City Training",
        "cohort": "2026 도시계획 Urban Planning III",
        "institute": "국토교통인재개발원",
        "starts": date(2026, 3, 2),
        "ends": date(2026, 3, 20),
        "name": name,
        "latin": latin,
        "country": country,
        "language": language,
        "issued": date(2026, 3, 23),
    }
    return Certificate.model_validate(fields | changed)


def text_of(pdf: bytes) -> str:
    """All that can be read on the one page there is, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        (page,) = document
        text: str = page.get_textpage().get_text_range()
        return squeezed(text)
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Without white space: where a line is broken, and which space is one, a PDF does not say."""
    return "".join(unicodedata.normalize("NFC", text).split())


def image(pdf: bytes) -> list[bytes]:
    """The page, row by row, in greys: 255 is white; a byte a point."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        bitmap = document[0].render(scale=1, grayscale=True)
        assert (bitmap.width, bitmap.height, bitmap.stride) == (842, 596, 842)  # A4, landscape
        grey = bytes(bitmap.buffer)
        return [grey[start : start + 842] for start in range(0, len(grey), 842)]
    finally:
        document.close()


def ink(rows: list[bytes]) -> int:
    """How many points within the border are dark."""
    return sum(point < 128 for row in rows for point in row[EDGE:-EDGE])


@pytest.mark.parametrize("language", PEOPLE)
def test_a_name_is_drawn_and_can_be_read_back(language: str) -> None:
    certificate = certified(language)
    pdf = render(certificate)
    text = text_of(pdf)
    drawn = image(pdf)
    assert ink(drawn[NAME]) > 250
    assert ink(drawn[NAME.start - 5 : NAME.start] + drawn[NAME.stop : NAME.stop + 3]) == 0
    if language in DOUBLED:
        assert set(squeezed(certificate.name)) <= set(text)
    else:
        assert squeezed(certificate.name) in text
    for said in (certificate.latin, certificate.programme, certificate.cohort, certificate.institute):
        assert squeezed(said) in text
    for said in ("수료증", "2026-03-02–2026-03-20", "2026-03-23", certificate.number, certificate.digest()):
        assert said in text


@pytest.mark.parametrize(
    ("language", "other"),
    [
        ("ko", "김하늬"),
        ("th", "สมชาย ใจดํ"),
        ("km", "ចាន់ សុខី"),
        ("lo", "ບຸນມີ ພົມມະຈິນ"),
        ("my", "အောင်ကျော်မင်"),
        ("vi", "Nguyễn Thị Hồng Phương"),
        ("zh", "王小朋"),
    ],
)
def test_another_name_looks_different_and_has_another_digest(language: str, other: str) -> None:
    one, another = certified(language), certified(language, name=other)
    assert one.digest() != another.digest()
    first, second = render(one), render(another)
    assert first != second
    assert image(first)[NAME] != image(second)[NAME]


@pytest.mark.database
def test_the_same_certificate_is_the_same_bytes_here_and_elsewhere(tmp_path: Path) -> None:
    certificate = certified()
    pdf = render(certificate)
    assert render(certified()) == pdf
    with ThreadPoolExecutor(4) as threads:
        assert {*threads.map(render, [certificate] * 8)} == {pdf}
    code = (
        "import sys, hashlib; from adapters.certificate import render, Certificate; "
        "print(hashlib.sha256(render(Certificate.model_validate_json(sys.argv[1]))).hexdigest())"
    )
    elsewhere = {"TZ": "Asia/Seoul", "SOURCE_DATE_EPOCH": "1000000000", "LANG": "ko_KR.UTF-8"}
    told = subprocess.run(
        [sys.executable, "-c", code, certificate.model_dump_json()],
        cwd=tmp_path,
        env=os.environ | elsewhere | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == sha256(pdf).hexdigest()


def test_its_date_is_the_day_of_issue() -> None:
    document = pypdfium2.PdfDocument(render(certified()))
    told = document.get_metadata_dict()
    document.close()
    assert told["CreationDate"] == told["ModDate"] == "D:20260323000000Z"
    assert told["Title"] == "수료증 SMART-2026-0001"
    assert told["Keywords"] == certified().digest()


@pytest.mark.parametrize("language", [*WORDS, "ko", "en", "ar", "fr", "qqq"])
def test_it_is_written_in_korean_and_in_the_language_of_the_official(language: str) -> None:
    words = WORDS.get(language, ENGLISH)
    text = text_of(render(certified(language)))
    assert "수여합니다" in text
    for said in (words.certificate, words.completed):
        assert undrawable(said) is None
        if language not in DOUBLED:
            assert set(squeezed(said)) <= set(text)
    if words is ENGLISH:
        assert "CertificateofCompletion" in text


def test_all_that_the_template_says_can_be_drawn() -> None:
    said = "".join(re.findall(r"[^\x00-\x7f]", adapter.TEMPLATE.read_text()))
    assert "수료증" in said
    assert undrawable(said) is None


@pytest.mark.parametrize(
    "markup",
    [
        "#panic()",
        "$x$",
        "*b* _i_ `c`",
        "]",
        "[#]",
        "\\",
        "\\u{41}",
        "\"quoted\" 'and'",
        '#eval("1")',
        "// gone /* too */",
        "<label> @ref ~ -- ...",
        "= title",
        '"} #panic() {"',
        '#import "@preview/x:1.0.0": *',
        "#(1 + 1)",
        "Ngu&#x41;",
    ],
)
def test_what_looks_like_markup_is_only_text(markup: str) -> None:
    pdf = render(certified(name=markup, latin=markup, programme=markup, cohort=markup, institute=markup))
    assert text_of(pdf).count(squeezed(markup)) >= 5


PILED_UP = "a\u0323\u0301" + "\u0301" * 190


def everywhere(text: str) -> Certificate:
    """A certificate with this text wherever there may be any."""
    return certified(name=text, latin=text, programme=text, cohort=text, institute=text)


@pytest.mark.parametrize(
    "text",
    [
        "W" * 200,
        "i" * 200,
        "王" * 200,
        "힣" * 200,
        "ก" * 200,
        ("ចាន់សុខា" * 25)[:200],
        ("အောင်ကျော်မင်း" * 20)[:200],
        "Nguyễn " * 28 + "Thị",
        "a\u00a0" * 99 + "a",
        "\ufdfd" * 200,  # one of these is as wide as ten letters
    ],
)
def test_the_longest_text_stays_in_its_place(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = render(everywhere(text))
    written = text_of(pdf)
    assert everywhere(text).number in written
    assert everywhere(text).digest() in written
    monkeypatch.setattr(adapter, "TEMPLATE", unclipped(tmp_path))
    assert image(render(everywhere(text))) == image(pdf)


def test_piled_up_accents_reach_over_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, usual = image(render(everywhere(PILED_UP))), image(render(certified()))
    assert page[: NAME.start] == usual[: NAME.start]
    assert page[-40:] == usual[-40:]
    monkeypatch.setattr(adapter, "TEMPLATE", unclipped(tmp_path))
    assert image(render(everywhere(PILED_UP))) != page


def unclipped(folder: Path) -> Path:
    """The template without what keeps every text in its place: it shows whether something was cut off."""
    text = adapter.TEMPLATE.read_text()
    assert text.count("clip: true") == 1
    (changed := folder / "unclipped.typ").write_text(text.replace("clip: true", "clip: false"))
    return changed


def test_what_no_font_has_is_named_instead_of_an_empty_box() -> None:
    for name, told in (
        ("Ali \ua984", "U+A984"),
        ("q\ua984\u0301x", "U+A984 U+0301"),  # Typst would leave the letter out without a word
        ("ក\u0301", "U+1780 U+0301"),  # two fonts have one each
        ("\ue000", "U+FFFD"),  # no meaning that anybody could look up
        ("A😀", "U+1F600"),
    ):
        with pytest.raises(ValueError, match=re.escape(f"({told})")) as refused:
            render(certified(name=name))
        assert str(refused.value).startswith("name: no font can draw")
    with pytest.raises(ValueError, match=r"^institute: .*U\+13000"):
        render(certified(institute="가\U00013000"))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("A", "\u024f"),
        ("\u1e00", "\u1eff"),
        ("가", "힣"),
        ("\u0e01", "\u0e7f"),
        ("\u0e80", "\u0eff"),
        ("\u1000", "\u109f"),
        ("\u1780", "\u17ff"),
        ("\u4e00", "\u9fa5"),
    ],
    ids=["latin", "vietnamese", "korean", "thai", "lao", "burmese", "khmer", "chinese"],
)
def test_every_letter_of_a_script_has_a_font(first: str, last: str) -> None:
    letters = (chr(code) for code in range(ord(first), ord(last) + 1))
    assert [each for each in letters if unicodedata.category(each)[0] in "LMN" and undrawable(each)] == []


def test_marks_that_only_steer_are_no_letters() -> None:
    for name in ("ចាន់\u200bសុខា", "က\u200c\u200dခ", "葛\U000e0100城", "so\u00adft"):
        assert undrawable(name) is None
        render(certified(name=name))


def test_a_chinese_character_has_the_form_of_its_country() -> None:
    places = (("ko", "KR"), ("zh", "CN"), ("zh", "TW"), ("ja", "JP"))
    certificates = [certified(language, name="骨返海", country=country) for language, country in places]
    assert len({b"".join(image(render(each))[NAME]) for each in certificates}) == len(places)


def test_the_fonts_of_the_machine_are_not_looked_at() -> None:
    assert {Path(font.path or "").parent.name for font in installed().fonts()} == set(PACKAGES)
    assert families() == (*FIRST, *sorted(set(families()) - set(FIRST)))


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Sok\x00ha"},
        {"name": "Sok\x1bha"},
        {"name": "Sok\u202eha"},
        {"name": "Sok\nha"},
        {"name": ""},
        {"name": "a" * 201},
        {"latin": "Sok\tha"},
        {"institute": "a\x7fb"},
        {"number": "A"},
        {"number": "-A1"},
        {"number": "smart-1"},
        {"number": "A" * 61},
        {"language": "KM"},
        {"language": "k"},
        {"language": "zh-Hans"},
        {"country": "kh"},
        {"ends": date(2026, 3, 1)},
        {"issued": 20260323},
        {"grade": "A"},
    ],
)
def test_what_is_no_certificate_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        certified(**changed)


def test_a_course_may_take_one_day() -> None:
    assert certified(ends=date(2026, 3, 2)).ends == date(2026, 3, 2)
