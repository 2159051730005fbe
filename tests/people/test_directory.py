"""The directory file: what it takes, and every way it is refused, by file, key and rule."""

from datetime import date
from pathlib import Path

import pytest

from adapters.documents import load_directory
from models.files import InvalidFile
from runtime.settings import ROOT

GOOD = """
exclusive = [["treasury", "coordinator"]]

[[organisation]]
id = "molit"
name = "MOLIT"
country = "KR"
sector = "public"

[[person]]
id = "an"
name = "An"
organisation = "molit"
email = "an@accord.example"
subject = "idp|an"
roles = ["expert", { role = "treasury", since = 2026-01-01, until = 2026-06-30 }]
former = [{ organisation = "molit", until = 2025-12-31 }]

[[person]]
id = "an.two"
name = "An"
organisation = "molit"
email = "an2@accord.example"
subject = "idp|an"
roles = [{ role = "coordinator", since = 2026-07-01 }]
"""


def load(folder: Path, text: str) -> object:
    """The directory that this text is."""
    path = folder / "people.toml"
    path.write_text(text, encoding="utf-8")
    return load_directory(path)


def test_roles_are_held_for_a_time(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text(GOOD, encoding="utf-8")
    an = load_directory(path).people[0]
    assert an.roles_on(date(2026, 6, 30)) == ("expert", "treasury")
    assert an.roles_on(date(2026, 7, 1)) == an.roles_on(date(2025, 12, 31)) == ("expert",)


def test_ours_is_in_order() -> None:
    directory = load_directory(ROOT / "data" / "people.toml")
    assert len(directory.people) > 20
    assert directory.exclusive


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("since = 2026-07-01", "since = 2026-06-30", "idp|an: treasury and coordinator exclude each other"),
        ("until = 2026-06-30", "until = 2025-06-30", "until (2025-06-30) is before since (2026-01-01)"),
        ('id = "an.two"', 'id = "an"', "person an is listed twice"),
        ('[{ organisation = "molit",', '[{ organisation = "moef",', "there is no organisation 'moef'"),
        ('name = "An"\norganisation = "molit"', 'name = "An"\norganisation = "x"', "no organisation 'x'"),
        ('sector = "public"', 'sector = "royal"', "organisation.0.sector: "),
        ('country = "KR"', 'country = "Korea"', "organisation.0.country: "),
        ('roles = ["expert",', 'roles = ["Expert!",', "person.0.roles.0: must be small letters"),
        ("since = 2026-01-01", "since = 20260101", "person.0.roles.1.since: a date is written as"),
        ('exclusive = [["treasury", "coordinator"]]', 'exclusive = [["treasury"]]', "exclusive.0: two roles"),
        ('subject = "idp|an"\nroles = ["expert"', 'subjects = "x"\nroles = ["expert"', "person.0.subjects: "),
        ('email = "an@accord.example"', 'email = "an@x\\nBcc: y@z"', "person.0.email: "),
        ('[[organisation]]\nid = "molit"', '[[organisation]\nid = "molit"', "line "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_key_and_rule(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidFile) as refused:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert str(refused.value).startswith("people.toml: ")
    assert complaint in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none\.toml: there is no such file"):
        load_directory(tmp_path / "none.toml")
