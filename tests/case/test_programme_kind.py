"""Programmes of several kinds: each is read, checked and compared by what its own system says of it."""

import re
from pathlib import Path
from tomllib import loads
from typing import Any, Literal

import pytest
from pydantic import ConfigDict
from sqlalchemy import Engine

from activities.case import registry
from adapters.database import connect
from models.base import Line
from models.case.duty import Act
from models.case.rules import Rules
from models.case.staffing import Step
from models.case.terms import TaskTerms
from models.files import InvalidFile
from models.money.fund import Fund
from models.partnership.programme import Programme
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from services.case.cases import CaseService, Refused
from services.case.check import check
from services.case.programme import AllProgrammes, ProgrammeKind
from services.partnership.partnerships import PartnershipService
from services.partnership.programme import PARTNERSHIP
from services.programmes import PROGRAMMES
from tests.support.command import inside

K_CITY = ROOT / "programmes" / "k-city-2020.toml"
SHIPPED = K_CITY.read_text(encoding="utf-8")


class Visits(Rules):
    """A programme of site visits, as small as one can be."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: Literal["visit"]
    id: str
    version: int
    title: Line
    fund: Fund | None = None
    host: str
    writing: TaskTerms

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)

    def in_full(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def hosts(programme: Visits) -> list[str]:
    """The hosts that nobody knows."""
    return [] if programme.host == "hue" else [f"host: nobody knows {programme.host!r}"]


def steps(programme: Visits) -> tuple[Step, ...]:
    """A visit is reported, and that is all."""
    return (Step("writing", Act.DELIVER, programme.writing.roles),)


BOTH = AllProgrammes(PARTNERSHIP, ProgrammeKind("visit", Visits, hosts, steps))
FILE = """\
kind = "visit"
id = "visits"
version = 1
title = "Site visits"
zone = "Asia/Seoul"
coordinators = ["coordinator"]
host = "hue"
writing = { roles = ["expert"], deadline = { working_days = 5, escalate_to = "director" } }

[fund]
id = "trips"
name = "Trips"
currency = "KRW"
cap = "5 000 KRW"
sleeves = [{ id = "asia", name = "Asia", cap = "5 000 KRW" }]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation without an engine, whose programmes are of two kinds; one of each is set up."""
    for module in ("services.programmes", "runtime.files", "runtime.setup"):
        monkeypatch.setattr(f"{module}.PROGRAMMES", BOTH)
    folder = tmp_path / "programmes"
    folder.mkdir()
    (folder / "visits.toml").write_text(FILE, encoding="utf-8")
    (folder / K_CITY.name).write_text(SHIPPED, encoding="utf-8")
    free = FILE.partition("[fund]")[0].replace('"visits"', '"visits-without-money"')
    (folder / "visits-without-money.toml").write_text(free, encoding="utf-8")
    settings = Settings(home=tmp_path).model_copy(update={"programmes": folder})
    database = connect(settings.database)
    assert [(one.kind, one.id) for one in set_up(database, settings).programmes] == [
        ("partnership", "k-city-2020"),
        ("visit", "visits-without-money"),
        ("visit", "visits"),
    ]
    database.dispose()
    return tmp_path


@pytest.fixture
def installed(home: Path) -> Engine:
    """Its database."""
    return connect(Settings(home=home).database)


def written(folder: Path, text: str) -> str:
    """A file with this text."""
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_that_names_no_kind_is_a_partnership_and_its_digest_is_what_it_was() -> None:
    silent, said = (PROGRAMMES.read(loads(text)) for text in (SHIPPED, f'kind = "partnership"\n{SHIPPED}'))
    assert (silent.kind, said.kind) == ("partnership", "partnership")
    assert isinstance(silent, Programme)
    assert "kind" not in silent.content()
    assert said.content() == silent.content() | {"kind": "partnership"}
    assert said.in_full() == silent.in_full()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("visits", "'visits'; did you mean visit?"),
        ("Partnership", "'Partnership'; did you mean partnership?"),
        ("call", "'call'; there are: partnership, visit"),
        ("", "''; there are: partnership, visit"),
        (3, "'3'; there are: partnership, visit"),
        (["visit"], "\"['visit']\"; did you mean visit?"),
    ],
)
def test_a_kind_that_there_is_not_is_told_with_those_that_there_are(kind: Any, says: str) -> None:
    with pytest.raises(InvalidFile, match=re.escape(f"kind: there is no kind of programme {says}")):
        BOTH.read({"kind": kind})


def test_each_kind_is_checked_by_what_its_system_says(installed: Engine, tmp_path: Path) -> None:
    with installed.connect() as connection:
        (kept,) = registry.versions(connection, "visits")
        programme = BOTH.of(kept)
        assert isinstance(programme, Visits)
        assert (kept.kind, programme.digest()) == ("visit", kept.hash)
        assert (BOTH.problems(programme), len(BOTH.steps(programme))) == ([], 1)
        assert check(connection, BOTH, programme) == []
        (found,) = check(connection, BOTH, programme.model_copy(update={"host": "rome"}))
        assert (found["rule"], found["key"], found["what"]) == ("code", "host", "nobody knows 'rome'")
        (of_partnerships,) = registry.versions(connection, "k-city-2020")
        assert of_partnerships.kind is None
        assert isinstance(BOTH.of(of_partnerships), Programme)


def test_the_commands_take_a_programme_of_any_kind(home: Path, tmp_path: Path) -> None:
    nobody = written(tmp_path, FILE.replace('"expert"', '"surveyor"'))
    done = inside(home, "programme", "check", nobody, "-o", "json")
    assert [(row["key"], row["rule"]) for row in done.data()] == [("writing", "nobody-holds-the-role")]
    assert done.code == 10
    done = inside(home, "programme", "diff", "visits", nobody, "-o", "json")
    assert [(row["path"], row["after"]) for row in done.data()] == [("writing.roles", ["surveyor"])]
    done = inside(home, "programme", "check", written(tmp_path, FILE.replace("host =", "hots =")))
    assert done.code == 7
    assert "mine.toml: host: this key is missing; write it; hots: there is no such key; did you" in done.err


def test_a_partnership_is_proposed_under_a_programme_of_partnerships_only(
    home: Path, installed: Engine
) -> None:
    partnerships = PartnershipService(CaseService(None, installed))
    assert partnerships.programme("k-city-2020").kind == "partnership"
    told = "visits is a programme of visit; partnerships are proposed under one of kind partnership."
    with pytest.raises(Refused, match=told):
        partnerships.programme("visits")
    projects = str(ROOT / "data" / "kcity_projects.csv")
    done = inside(home, "import", projects, "--programme", "visits", "--as", "coord.seo")
    assert done.code != 0
    assert told in done.err
