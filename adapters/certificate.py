"""Certificates as PDFs, by Typst: in Korean and the official's language, in the official's own script."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from models.training.certificate import Certificate

_FONTS = ("justmytype_intl_sea", "manimgx_fonts_cjk")
"""Packages with the fonts of Thai, Lao, Khmer and Burmese; of Korean and Chinese (Noto Sans, OFL)."""

_LATIN = (range(0x20, 0x250), range(0x300, 0x370), range(0x1E00, 0x1F00), range(0x2010, 0x2028))
"""Latin letters with all their marks: the font that Typst brings has them."""

_WORDS = {
    "en": ("Certificate of Completion", "has completed", "Number"),
    "vi": ("Chứng nhận hoàn thành", "đã hoàn thành khóa học", "Số"),
    "th": ("ประกาศนียบัตร", "ได้สำเร็จหลักสูตร", "เลขที่"),
    "lo": ("ໃບຢັ້ງຢືນ", "ໄດ້ສຳເລັດຫຼັກສູດ", "ເລກທີ"),
    "km": ("វិញ្ញាបនបត្រ", "បានបញ្ចប់វគ្គសិក្សា", "លេខ"),
    "my": ("အောင်လက်မှတ်", "သင်တန်းပြီးမြောက်ကြောင်း", "အမှတ်"),
    "id": ("Sertifikat", "telah menyelesaikan", "Nomor"),
    "ms": ("Sijil", "telah menamatkan", "Nombor"),
    "tl": ("Sertipiko", "ay nakatapos ng", "Bilang"),
    "zh": ("结业证书", "已完成以下课程", "编号"),
}
"""The word for certificate, what was done, and the word for number; other languages have English."""

_PAGE = rb"""
#let c = json(bytes(sys.inputs.certificate))
#set document(title: c.number, description: c.about, keywords: (c.name, c.latin, c.digest), date: c.date)
#set page(paper: "a4", flipped: true, margin: 2cm)
#set par(leading: 0.9em)
#set text(
  font: ("Libertinus Serif", "Noto Sans CJK KR", "Noto Sans Thai", "Noto Sans Lao", "Noto Sans Khmer",
    "Noto Sans Myanmar"),
  size: 14pt,
)
#let fitted(body, largest) = layout(space => {
  let size = largest
  while size > 6pt and measure(text(size: size, body)).width > space.width { size -= 1pt }
  text(size: size, body)
})
#align(center + horizon)[
  #text(size: 34pt, c.korean.at(0)) \
  #text(size: 22pt, c.words.at(0))
  #v(1em)
  #fitted(c.name, 30pt)
  #fitted(c.latin + " (" + c.country + ")", 16pt)
  #v(0.6em)
  #c.korean.at(1) #h(0.6em) #c.words.at(1)
  #fitted(c.cohort, 20pt)
  #fitted(c.programme, 13pt)
  #c.starts \u{2013} #c.ends
  #v(0.6em)
  #fitted(c.institute, 16pt)
  #c.issued
  #v(1.2em)
  #text(size: 11pt)[#c.korean.at(2) / #c.words.at(2): #c.number]
  #text(size: 7pt)[SHA-256 #c.digest]
]
"""
_KOREAN = ("수료증", "위 사람은 아래 과정을 수료하였음", "번호")


def render(certificate: Certificate) -> bytes:
    """The certificate as a PDF of one page; the same certificate is the same bytes.

    ValueError: a letter in it that no font here has: it would be printed as an empty box.
    """
    _check_letters(certificate)
    words = _WORDS.get(certificate.language, _WORDS["en"])
    said = {
        **certificate.content(),
        "digest": certificate.digest(),
        "words": words,
        "korean": _KOREAN,
        "about": f"{certificate.name}; {certificate.cohort}",
    }
    # what people wrote is handed over as data: none of it can be read as a command
    return typst.compile(
        _PAGE.replace(b"c.date", _date(certificate)),
        font_paths=_fonts(),
        sys_inputs={"certificate": json.dumps(said, ensure_ascii=False)},
        format="pdf",
    )


def _date(certificate: Certificate) -> bytes:
    """The day of issue as Typst writes one: otherwise the PDF would say when it was made."""
    day = certificate.issued
    return f"datetime(year: {day.year}, month: {day.month}, day: {day.day})".encode()


@cache
def _fonts() -> typst.Fonts:
    """Those of Typst and of our packages, none of the system: a PDF looks the same everywhere."""
    folders = [str(_folder(name)) for name in _FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _folder(package: str) -> Path:
    return Path(str(files(package)))


def _check_letters(certificate: Certificate) -> None:
    written = "".join(str(value) for value in certificate.content().values())
    for letter in dict.fromkeys(written):
        if not _is_known(letter):
            raise ValueError(
                f"No font here has the letter {letter!r} (U+{ord(letter):04X}); write it otherwise."
            )


def _is_known(letter: str) -> bool:
    return any(ord(letter) in letters for letters in _LATIN) or ord(letter) in _letters()


@cache
def _letters() -> frozenset[int]:
    """Every letter that the fonts of our packages have."""
    return frozenset(letter for name in _FONTS for letter in _letters_in(_folder(name)))


def _letters_in(folder: Path) -> Iterator[int]:
    for path in sorted(folder.rglob("*.tt[fc]")):
        with TTFont(path, lazy=True, fontNumber=0) as font:
            yield from font.getBestCmap()
