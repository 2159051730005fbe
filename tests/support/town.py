"""An installation with a directory file of its own, that people swap."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from activities.case.audit import Question, history
from activities.people import person
from activities.people.directory import waiting
from adapters.database import connect
from models.case.envelope import SELF_DECLARED
from models.case.rule import Rule
from models.people.asking import Confirmation
from models.people.change import ChangeKind
from models.tables.people import organisation
from runtime.settings import ROOT, Settings
from runtime.setup import SetUp, set_up
from services.case.cases import Refused
from services.people.registrar import Registrar
from tests.support.k_city import K_CITY, TEXT

ONE, OTHER = "reg.eom", "reg.pyo"
PEOPLE = (ROOT / "data" / "people.toml").read_text(encoding="utf-8")

ACCOUNT = "KR00KENG00000001"


def swapped(text: str, swaps: tuple[tuple[str, str], ...]) -> str:
    """A text with parts of it in the place of others."""
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Town:
    """An installation with a file of its own that people swap."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, people=home / "people.toml", programmes=home / "programmes")
        self.settings.programmes.mkdir()
        (self.settings.programmes / K_CITY.name).write_text(TEXT, encoding="utf-8")
        self.database: Engine = connect(self.settings.database)

    def bring(self, *swaps: tuple[str, str], actor: str | None = None) -> SetUp:
        """Set up from the directory file with these texts in the place of others."""
        self.settings.people.write_text(swapped(PEOPLE, swaps), encoding="utf-8")
        return set_up(self.database, self.settings, actor)

    def rule(self, *swaps: tuple[str, str]) -> SetUp:
        """Set up from the programme with these texts in the place of others."""
        (self.settings.programmes / K_CITY.name).write_text(swapped(TEXT, swaps), encoding="utf-8")
        return self.bring()

    def roles(self, who: str) -> tuple[str, ...]:
        with self.database.connect() as connection:
            found = person.find(connection, who)
        return found.roles_on(datetime.now(UTC).date()) if found else ()

    def account(self) -> tuple[str, datetime | None]:
        wanted = select(organisation.c.account, organisation.c.account_at)
        with self.database.connect() as connection:
            row = connection.execute(wanted.where(organisation.c.id == "k-engineering")).one()
        return row.account, row.account_at

    def pending(self) -> list[tuple[int, ChangeKind]]:
        with self.database.connect() as connection:
            return [(one.record, one.change.kind) for one in waiting(connection, datetime.now(UTC))]

    def actions(self) -> list[tuple[str, str]]:
        with self.database.connect() as connection:
            rows = history(connection, Question(case="directory"))
        return [(row["action"], row["actor"]) for row in rows]

    def confirm(self, number: int, actor: str) -> bool:
        return (
            Registrar(self.database, SELF_DECLARED).confirm(Confirmation(number=number, actor=actor)).in_force
        )

    def refused(self, number: int, actor: str) -> Rule:
        with pytest.raises(Refused) as caught:
            self.confirm(number, actor)
        assert caught.value.seq, "a refusal is on record"
        return caught.value.rule
