"""The fonts that documents are set in. They come as packages: a machine need not have any of its own."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import typst
from fontTools.ttLib import TTFont

PACKAGES = ("manimgx_fonts", "noto_cjk_sans_otc")
"""Noto Sans for the scripts of the world; Noto Sans CJK. Both under the SIL Open Font License 1.1."""
FIRST = ("Noto Sans", "Noto Sans CJK KR")
"""Latin letters, then Korean: most of what is written. Of the five forms that a Chinese character may have,
any face of CJK draws the one that the language and the country of the text ask for."""
NOT_FOR_NAMES = re.compile("CJK|Emoji|Symbols")

_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Where a line may break, how letters join, which form of a letter is meant: no font has to have these."""


@cache
def installed() -> typst.Fonts:
    """The fonts of the packages, and no others. A font is read when a text first needs it, then kept."""
    folders = [str(files(package)) for package in PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def families() -> tuple[str, ...]:
    """In which order fonts are tried for each letter: the same on every machine."""
    others = {family for family in installed().families() if not NOT_FOR_NAMES.search(family)}
    return (*FIRST, *sorted(others.difference(FIRST)))


def undrawable(text: str) -> str | None:
    """The first letter, with its marks, that no font can draw.

    A letter and its marks are drawn by one font. Typst notices a letter that has no font, but not where
    a mark follows: then it leaves the letter out.
    """
    for letter in _letters(_INVISIBLE.sub("", text)):
        if not any(_characters(family).issuperset(letter) for family in families()):
            return letter
    return None


def _letters(text: str) -> Iterator[str]:
    """Each letter with the combining marks that follow it."""
    start = 0
    for place, char in enumerate(text):
        if place > start and not unicodedata.category(char).startswith("M"):
            yield text[start:place]
            start = place
    if text:
        yield text[start:]


@cache
def _characters(family: str) -> frozenset[str]:
    """All that a font can draw."""
    found = next(font for font in installed().fonts() if font.family == family and font.style == "normal")
    with TTFont(found.path, fontNumber=found.index, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap())) - {"\ufffd"}  # it stands for what was no letter
