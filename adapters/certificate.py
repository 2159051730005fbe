"""A certificate as PDF: one A4 page in Korean and the official's language, set by Typst."""

import json
from pathlib import Path
from typing import NamedTuple

import typst

from adapters.fonts import families, installed, undrawable
from models.training.certificate import Certificate


class Words(NamedTuple):
    """What a certificate says in one language, beside the Korean."""

    language: str
    certificate: str
    completed: str
    """That the person named above has completed the course named below."""


ENGLISH = Words("en", "Certificate of Completion", "has completed the following training course.")
FILIPINO = Words("fil", "Sertipiko ng Pagtatapos", "ay nakatapos ng sumusunod na kurso ng pagsasanay.")
WORDS = {
    "fil": FILIPINO,
    "id": Words("id", "Sertifikat", "telah menyelesaikan kursus pelatihan berikut."),
    "km": Words("km", "វិញ្ញាបនបត្រ", "បានបញ្ចប់វគ្គបណ្តុះបណ្តាលដូចខាងក្រោម"),
    "lo": Words("lo", "ໃບຢັ້ງຢືນ", "ໄດ້ສຳເລັດຫຼັກສູດການຝຶກອົບຮົມດັ່ງລຸ່ມນີ້"),
    "ms": Words("ms", "Sijil", "telah menamatkan kursus latihan berikut."),
    "my": Words("my", "သင်တန်းဆင်းလက်မှတ်", "အောက်ပါသင်တန်းကို ပြီးမြောက်ခဲ့ပါသည်။"),
    "th": Words("th", "วุฒิบัตร", "ได้สำเร็จการฝึกอบรมหลักสูตรต่อไปนี้"),
    "tl": FILIPINO._replace(language="tl"),
    "vi": Words("vi", "Giấy chứng nhận", "đã hoàn thành khóa đào tạo sau đây."),
    "zh": Words("zh", "结业证书", "已完成下列培训课程。"),
}
"""By language; in any other, a certificate has English beside the Korean."""

TEMPLATE = Path(__file__).with_suffix(".typ")


def render(certificate: Certificate) -> bytes:
    """The PDF. The same certificate gives the same bytes while Typst and the fonts are the same.

    ValueError: something in it cannot be drawn with the fonts there are; the message names it.
    """
    for field in ("name", "latin", "programme", "cohort", "institute"):
        if problem := unprintable(getattr(certificate, field)):
            raise ValueError(f"{field}: {problem}")
    try:
        return typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=installed(),
            ignore_system_fonts=True,
            sys_inputs={"certificate": _input(certificate)},
            # for archives (ISO 19005-2) and screen readers (ISO 14289-1): the text can be read back
            pdf_standards=["a-2a", "ua-1"],
        )
    except typst.TypstError as error:  # the template is always the same: it is what was written into it
        raise ValueError(f"this certificate cannot be printed: {error.message}") from error


def unprintable(text: str) -> str | None:
    """Why a text cannot stand on a certificate, or None."""
    letter = undrawable(text)
    if letter is None:
        return None
    codes = " ".join(f"U+{ord(char):04X}" for char in letter)
    return f"no font can draw {letter!r} ({codes})"


def _input(certificate: Certificate) -> str:
    """All that the template is given, as JSON. It never becomes a part of the template."""
    issued, words = certificate.issued, WORDS.get(certificate.language, ENGLISH)
    return json.dumps(
        certificate.content()
        | {"digest": certificate.digest(), "words": words._asdict(), "fonts": families()}
        | {"date": {"year": issued.year, "month": issued.month, "day": issued.day}}
    )
