"""Setting an installation up: schema, programmes, funds, people. Safe to repeat."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from activities.case import registry as programme
from activities.money import fund as funding
from adapters.documents import load, load_directory, load_fund
from adapters.roles import grant
from models.case.envelope import SELF_DECLARED, Belief
from models.case.rule import Broken
from models.codes import currency_problem
from models.files import InvalidFile
from models.money.fund import Fund
from models.people.delegation import DIRECTORY
from runtime.care import needs, restored
from runtime.care.migrating import migrated
from runtime.mode import put_on_record
from runtime.settings import Settings
from services.case.acts import Act, Acts, Asked
from services.case.programme import Programme
from services.money import amendments
from services.money.amendments import Waiting
from services.people.directory import Brought, bring
from services.programmes import PROGRAMMES


class SetUp(NamedTuple):
    """What an installation was set up with, and what became of the differences of directory and funds."""

    programmes: list[Programme]
    directory: Brought
    amendments: list[Waiting]
    migrated: tuple[str, ...]
    """A line for each thing that was done to the schema; none: it was up to date."""


def set_up(
    database: Engine, settings: Settings, actor: str | None = None, belief: Belief = SELF_DECLARED
) -> SetUp:
    """Bring schema and reference data up to date. ``actor`` is the registrar who asks for what takes two
    people, ``belief`` what is believed of them; None: the files alone do. InvalidFile names the file and key
    that is wrong. Refused: the actor may not; then nothing but the schema has changed.
    """
    programmes = [_programme(path) for path in sorted(settings.programmes.glob("*.toml"))]
    directory = load_directory(settings.people)
    funds = [load_fund(path) for path in settings.funds]
    if problem := next(filter(None, (currency_problem(fund.currency) for fund in funds)), None):
        raise InvalidFile(problem)
    backed_up = migrated(database, settings)
    grant(database, settings.database_role, settings.database_reader)
    funds += [terms.fund for terms in programmes if terms.fund]

    def brought(act: Act) -> SetUp | Broken:
        waiting = _registered(act, programmes, funds)
        put_on_record(act.connection, settings, act.at)
        restored.put_on_record(act.connection, settings, act.at)
        done = bring(act, directory)
        return done if isinstance(done, Broken) else SetUp(programmes, done, waiting, backed_up)

    asked = Asked(DIRECTORY, DIRECTORY, actor, {"message": {"asked": "setup"}})
    done = Acts(database, belief).carry_out(asked, brought)
    restored.forget(settings)
    needs.remember(settings)
    return done


def _registered(act: Act, programmes: list[Programme], funds: list[Fund]) -> list[Waiting]:
    """Put funds and programmes on record; what differs in a fund waits for two."""
    waiting: list[Waiting] = []
    for fund in funds:
        funding.register(act.connection, fund, act.at)
        waiting += amendments.bring(act.connection, fund, act.at)
    for terms in programmes:
        programme.register(act.connection, terms, act.at)
    return waiting


def told(done: SetUp) -> Iterator[str]:
    """A line for each thing that was done, or waits."""
    yield from waits(done)
    for terms in done.programmes:
        yield f"programme {terms.id} version {terms.version} ({terms.digest()[:12]})"


def waits(done: SetUp) -> Iterator[str]:
    """What became of the schema; a line for each difference, and what is to be done about those that wait."""
    yield from done.migrated
    for amendment in done.amendments:
        what, fund = amendment.amendment, amendment.amendment.fund
        yield f"waits: {what}; takes two managers: accord fund confirm {fund} {amendment.record} --as MANAGER"
    brought = done.directory
    yield from (f"directory: {change}" for change in brought.done)
    for one in brought.waiting:
        needs = (
            f"asked for by {one.asked_by}; takes another registrar"
            if one.asked_by
            else "takes two registrars"
        )
        yield f"waits: {one.change}; {needs}: accord people confirm {one.record} --as REGISTRAR"
    if brought.waiting and brought.registrars < 2:
        yield (
            "There are not two registrars to confirm that: list two people with the role registrar"
            " in the directory file, then run `accord setup` again."
        )


def _programme(path: Path) -> Programme:
    terms = load(path, PROGRAMMES.read)
    if problems := PROGRAMMES.problems(terms):
        raise InvalidFile(f"{path.name}: {'; '.join(problems)}")
    return terms
