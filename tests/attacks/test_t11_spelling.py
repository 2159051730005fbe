"""T11, the pure part: one name in two spellings is one name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.name import same_name, skeleton

BODY = "Hue People's Committee"

SPELLINGS = [
    "Hue People’s Committee",
    "Hue Peopleʼs Committee",
    "Hue People′s Committee",
    "Hue People´s Committee",
    "Hue People`s Committee",
    "Hue People＇s Committee",
    "HUE PEOPLES COMMITTEE",
    "Hue  People's\u00a0Committee.",
    "Hue\u200b People's Com\u00admittee\u2060",
    "Hue\u3164People's Committee\ufe0f",
    "Hue People's Committee\U000e0041",
    "Ｈｕｅ Ｐｅｏｐｌｅ’ｓ Ｃｏｍｍｉｔｔｅｅ",
    "Нue Peоple's Cоmmittee",  # Cyrillic Н and о
    "Ηue People's Cοmmittee",  # Greek Η and ο
    "Hue People's-Committee",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_is_no_other_name(spelling: str) -> None:
    assert same_name(BODY, spelling)
    assert same_name(spelling, BODY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ủy ban nhân dân thành phố Huế", "ỦY BAN NHÂN DÂN THÀNH PHỐ HUẾ"),
        ("Ủy ban Huế", unicodedata.normalize("NFD", "Ủy ban Huế")),
        ("국토교통부", unicodedata.normalize("NFD", "국토교통부")),
        ("국토교통부", "국토 교통부"),
        ("ក្រសួង\u200bសាធារណការ", "ក្រសួងសាធារណការ"),
        ("กระทรวง\u200bคมนาคม", "กระทรวงคมนาคม"),
        ("НОВА", "Нова"),
        ("Huế", "Hue"),  # often typed without
        ("...", "..."),
    ],
)
def test_the_same_in_every_script(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BODY, "Hue People's Council"),
        ("កិ", "កី"),  # a vowel sign is no accent
        ("กิ", "กี"),
        ("Phase 1", "Phase l"),
        ("กระทรวงคมนาคม", "กระทรวงการคลัง"),
        ("ក្រសួងសាធារណការ", "ក្រសួងផែនការ"),
        ("국토교통부", "국토해양부"),
        ("", "A"),
        ("...", "!!!"),
    ],
)
def test_another_name_is_another(one: str, other: str) -> None:
    assert not same_name(one, other)


BETWEEN = st.text(st.sampled_from("'’ʼ′´` .,-\u00a0\u200b\u200c\u00ad\u3164\ufe0f\U000e0020\t"), max_size=3)


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"])).filter(skeleton), st.data())
def test_what_nobody_reads_makes_no_other_name(name: str, data: st.DataObject) -> None:
    dressed = "".join(f"{letter}{data.draw(BETWEEN)}" for letter in name)
    assert same_name(name, dressed)


@given(st.text(), st.text())
def test_it_is_symmetrical_and_everything_is_itself(one: str, other: str) -> None:
    assert same_name(one, one)
    assert same_name(one, other) == same_name(other, one)
