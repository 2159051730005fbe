"""What changed from one version of a programme to another, at the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from activities.case import registry as programme
from adapters.database import connect
from adapters.documents import load
from models.files import InvalidFile
from models.partnership.programme import Programme
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from services.programmes import PROGRAMMES
from tests.support.command import inside
from tests.support.k_city import K_CITY, SAYS_VERSION, VERSION

NOBODY = "nobody-holds-the-role"
OLD, NEW = f"k-city-2020@{VERSION}", f"k-city-2020@{VERSION + 1}"
FIRST = load(K_CITY, Programme.model_validate)
_CHANGES = {"version": VERSION + 1, "title": "=SUM(1) [red]K[/red]", "cooling_off_days": 730}
SECOND = FIRST.model_copy(update=_CHANGES)
CHANGED = [
    ("version", VERSION, VERSION + 1),
    ("title", FIRST.title, SECOND.title),
    ("cooling_off_days", 365, 730),
]


def keep(database: Engine, *versions: Programme) -> None:
    """Register versions, in this order."""
    for terms in versions:
        with database.begin() as connection:
            programme.register(connection, terms, datetime.now(UTC))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without an engine, with two versions of the programme."""
    folder = tmp_path_factory.mktemp("programmes")
    database = connect(Settings(home=folder).database)
    set_up(database, Settings(home=folder))
    keep(database, SECOND)
    database.dispose()
    return folder


def changes(rows: list[dict[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Path, before and after of every difference."""
    return [(row["path"], row["before"], row["after"]) for row in rows]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (str(K_CITY), "k-city-2020"),
        (OLD, NEW),
        (FIRST.digest()[:8], SECOND.digest()),
        (str(K_CITY), SECOND.digest()[:6]),
    ],
)
def test_a_programme_is_named_as_file_as_version_or_by_its_hash(home: Path, before: str, after: str) -> None:
    done = inside(home, "programme", "diff", before, after, "-o", "json")
    assert (done.code, changes(done.data())) == (0, CHANGED)
    names = [f"k-city-2020@{terms.version} {terms.digest()[:12]}" for terms in (FIRST, SECOND)]
    assert done.err == f"{' → '.join(names)}: 3 differences\n"


def test_every_form_of_output_has_the_same_rows(home: Path) -> None:
    words = ("programme", "diff", OLD, NEW, "-o")
    forms = {form: inside(home, *words, form) for form in ("json", "jsonl", "csv", "table")}
    assert forms["jsonl"].lines() == forms["json"].data()
    cells = forms["csv"].cells()
    assert [cell["path"] for cell in cells] == [path for path, _, _ in CHANGED]
    assert cells[1]["after"] == f"'{SECOND.title}"
    assert SECOND.title in forms["table"].out


def test_what_is_equal_has_no_differences(home: Path) -> None:
    done = inside(home, "programme", "diff", str(K_CITY), OLD)
    assert (done.code, done.out) == (0, "")
    assert done.err.endswith(": 0 differences\n")


def test_two_files_need_no_database(tmp_path: Path) -> None:
    changed = tmp_path / "changed.toml"
    changed.write_text(K_CITY.read_text().replace("rounds = 3", "rounds = 4"), encoding="utf-8")
    done = inside(tmp_path / "none", "programme", "diff", str(K_CITY), str(changed), "-o", "csv")
    assert done.code == 0
    told = [(cell["path"], cell["before"], cell["after"]) for cell in done.cells()]
    names = ("study.delivery.rounds", "study.acceptance.rounds", "payment.request.rounds")
    assert told == [(what, "3", "4") for what in names]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("reference", "code", "says"),
    [
        ("gone.toml", 7, "gone.toml: "),
        ("K-City", 7, "K-City: "),
        ("broken.toml", 7, "broken.toml: "),
        ("wrong.toml", 7, "wrong.toml: version: "),
        ("folder.toml", 7, "folder.toml: "),
        ("binary.toml", 7, "binary.toml: "),
        ("k-city-2020@0", 3, "No programme 'k-city-2020@0'"),
        ("k-city-2020@9", 3, "No programme 'k-city-2020@9'"),
        ("k-city-2020@", 7, "k-city-2020@: "),
        ("k-city", 3, "No programme 'k-city'"),
        ("abcdef", 3, "No programme 'abcdef'"),
        ("%", 7, "%: "),
    ],
)
def test_what_is_no_programme_is_refused_by_name(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, code: int, says: str
) -> None:
    (tmp_path / "broken.toml").write_text("id = [")
    (tmp_path / "wrong.toml").write_text(K_CITY.read_text().replace(SAYS_VERSION, "version = 0"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "folder.toml").mkdir()
    monkeypatch.chdir(tmp_path)
    done = inside(home, "programme", "diff", str(K_CITY), reference, "-o", "json")
    assert (done.code, done.out) == (code, "")
    assert done.error()["message"].startswith(says)


def test_the_group_alone_is_a_usage_error(home: Path) -> None:
    done = inside(home, "programme")
    assert (done.code, done.out) == (2, "")
    assert "Missing command" in done.err


def test_a_version_has_one_content_and_the_same_again_changes_nothing(database: Engine) -> None:
    retitled = [FIRST.model_copy(update={"title": f"V{version}", "version": version}) for version in (1, 2)]
    keep(database, *retitled, *retitled)
    with pytest.raises(InvalidFile, match="raise the version to 3"):
        keep(database, retitled[0].model_copy(update={"title": "B"}))
    with database.connect() as connection:
        kept = programme.versions(connection, "k-city-2020")
        assert [PROGRAMMES.of(version).title for version in kept] == ["V2", "V1"]
        assert programme.versions(connection, "k-city-2020", 3) == []
        assert [PROGRAMMES.of(one) for one in programme.by_hash(connection, retitled[0].digest()[:9])] == [
            retitled[0]
        ]
        assert len(programme.by_hash(connection, "")) == len(programme.all_kept(connection)) == 2
        assert programme.by_hash(connection, "%") == []


def test_the_shipped_programme_can_be_run_by_the_people_of_the_demonstration(home: Path) -> None:
    done = inside(home, "programme", "check", str(K_CITY), "-o", "json")
    assert (done.code, [row for row in done.data() if row["stops"]]) == (0, [])
    assert done.err.startswith("k-city-2020.toml: 0 to put right, ")


@pytest.mark.database
def test_a_returned_review_can_use_up_the_ministry_where_it_has_two_officers(tmp_path: Path) -> None:
    people = (ROOT / "data" / "people.toml").read_text().replace('roles = ["ministry"]', "roles = []", 1)
    (tmp_path / "people.toml").write_text(people)
    settings = Settings(home=tmp_path, people=tmp_path / "people.toml")
    database = connect(settings.database)
    set_up(database, settings)
    database.dispose()
    done = inside(tmp_path, "programme", "check", str(K_CITY), "-o", "json")
    (row,) = [row for row in done.data() if row["stops"]]
    assert (done.code, row["key"], row["rule"]) == (10, "funding", "dead-end")
    assert "Jung Ye-rin and Shin Ha-rin acted in review" in row["what"]


def test_a_role_that_nobody_holds_and_a_code_that_nobody_knows_are_found(home: Path, tmp_path: Path) -> None:
    text = K_CITY.read_text()
    for old, new, key, rule in (
        ('seats = ["ministry", "director"]', 'seats = ["ministry", "premier"]', "launch", NOBODY),
        ('zone = "Asia/Seoul"', 'zone = "Asia/Soul"', "zone", "code"),
    ):
        file = tmp_path / "changed.toml"
        file.write_text(text.replace(old, new))
        done = inside(home, "programme", "check", str(file), "-o", "json")
        found = [(row["key"], row["rule"]) for row in done.data() if row["stops"]]
        assert (done.code, found) == (10, [(key, rule)])


def test_a_key_that_is_wrong_is_named_with_its_file_and_rule(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(K_CITY.read_text().replace("rounds = 2", "rounds = 0", 1))
    done = inside(home, "programme", "check", str(file))
    assert done.code == 7
    assert "wrong.toml: review.rounds: " in done.err


def test_every_default_that_holds_is_shown(home: Path) -> None:
    done = inside(home, "programme", "check", str(K_CITY), "--defaults", "-o", "json")
    shown = {path: after for path, before, after in changes(done.data())}
    assert (done.code, shown["labour_percent"], shown["overriders"]) == (0, 40, [])
