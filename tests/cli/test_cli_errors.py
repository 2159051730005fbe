"""Exit codes and errors: every rule that a person at a terminal can break, and what they are told."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.database import connect
from cli import arguments
from cli.agreement.agreement import read_party
from cli.errors import CommandError, Exit
from models.case.rule import CaseRule, Rule
from runtime.settings import Settings
from runtime.setup import set_up
from tests.support.command import Done, accord, inside
from tests.support.house import Case, House, proposal

pytestmark = pytest.mark.timeout(400)  # the first test waits for all the processes

PROPOSE = (
    *("propose", "CLI-NEVER", "--title", "T", "--country", "VN", "--applicant", "A"),
    *("--amount", "1000", "--as", "coord.seo"),
)


class Wrong(NamedTuple):
    """A command that breaks a rule. ``{open}``, ``{later}``, ``{closed}``, ``{folder}`` are filled in."""

    command: str
    code: int
    says: str
    rule: Rule | None = None
    """The rule that goes on record; None where there is no case that could record it."""


WRONG = {
    "unknown-command": Wrong("lsit", 2, "No such command 'lsit'"),
    "stage-of-no-kind": Wrong("history --stage reveiw", 7, "has a stage 'reveiw'"),
    "unknown-stage": Wrong("list --stage foo", 2, "'foo' is not one of 'proposal'"),
    "events-of-no-case": Wrong("history --events", 2, "needs a case"),
    "file-for-another-case": Wrong("propose OTHER --file {folder}/good.toml --as coord.seo", 2, "CLI-TOML"),
    "decide-unknown-case": Wrong("decide NO-SUCH:review:1 approve --as sec.han", 3, "no such case"),
    "unknown-gate": Wrong("decide {open}:launch:1 approve --as sec.han", 3, "gate", CaseRule.UNKNOWN_GATE),
    "never-returned": Wrong("resubmit {open} --summary S --as coord.seo", 3, "gate", CaseRule.UNKNOWN_GATE),
    "nothing-to-fulfil": Wrong(
        "fulfil {open} C --evidence {folder}/good.toml --as coord.seo", 3, "gate", CaseRule.UNKNOWN_GATE
    ),
    "nobody-decides": Wrong("decide {open}:review:1 approve", 4, "Nobody said who"),
    "own-proposal": Wrong(
        "decide {open}:review:1 approve --as coord.seo", 5, "what they proposed", CaseRule.OWN_PROPOSAL
    ),
    "role-not-held": Wrong(
        "decide {open}:review:1 approve --as treasury.cho", 5, "not hold a role", CaseRule.ROLE_NOT_HELD
    ),
    "stranger": Wrong(
        "decide {open}:review:1 approve --as nobody", 5, "not in the directory", CaseRule.ROLE_NOT_HELD
    ),
    "not-mine-to-withdraw": Wrong(
        "withdraw {open} --reason R --as expert.lim", 5, "not hold a role", CaseRule.ROLE_NOT_HELD
    ),
    "no-coordinator-proposes": Wrong(
        "propose --file {folder}/good.toml --as treasury.cho", 5, "takes one of: coordinator"
    ),
    "second-vote": Wrong(
        "decide {open}:review:1 reject --comment No --as expert.lim", 6, "first vote", CaseRule.SECOND_VOTE
    ),
    "seat-taken": Wrong("decide {open}:review:1 approve --as expert.moon", 6, "seat", CaseRule.SEAT_TAKEN),
    "stale-hash": Wrong(
        f"decide {{open}}:review:1 approve --as sec.han --if-version {'0' * 64}",
        *(6, "not what you read", CaseRule.STALE_CONTENT),
    ),
    "stage-over": Wrong(
        "decide {later}:review:1 approve --as molit.park", 6, "gate is closed", CaseRule.STAGE_OVER
    ),
    "closed-case": Wrong(
        "decide {closed}:review:1 approve --as sec.han", 6, "case is closed", CaseRule.CASE_CLOSED
    ),
    "no-comment": Wrong(
        "decide {open}:review:1 reject --as sec.han", 7, "comment", CaseRule.COMMENT_REQUIRED
    ),
    "no-hash": Wrong("decide {open}:review:1 approve --as sec.han --if-version abc", 7, "no content hash"),
    "no-gate-name": Wrong("decide 'a b' approve --as sec.han", 7, "this is not a gate"),
    "no-amount": Wrong("propose X-1 --title T --country VN --applicant A --as coord.seo", 7, "amount: every"),
    "no-fields": Wrong("propose --amount 5 --as coord.seo", 7, "title: nothing is written here"),
    "amount-too-much": Wrong(f"{' '.join(PROPOSE)} --amount 2000000000", 7, "over-ceiling"),
    "country-unknown": Wrong(f"{' '.join(PROPOSE)} --country XX", 7, "'XX' is not an ISO 3166-1"),
    "country-small": Wrong(f"{' '.join(PROPOSE)} --country vn", 7, "two capital letters"),
    "country-to-filter": Wrong("list --country Vietnam", 7, "ISO 3166-1"),
    "currency-unknown": Wrong(f"{' '.join(PROPOSE)} --currency krw", 7, "'krw' is not an ISO 4217"),
    "currency-of-another-fund": Wrong(f"{' '.join(PROPOSE)} --currency USD", 7, "wrong-currency"),
    "dates-backwards": Wrong("propose --file {folder}/dates.toml --as coord.seo", 7, "later than starts"),
    "date-unreadable": Wrong("propose --file {folder}/day.toml --as coord.seo", 7, "year-month-day"),
    "toml-malformed": Wrong("propose --file {folder}/bad.toml --as coord.seo", 7, "cannot be read as TOML"),
    "toml-missing": Wrong("propose --file {folder}/none.toml --as coord.seo", 7, "there is no such file"),
    "no-signatory": Wrong(
        "table {open}:agreement.text:1 --file {folder}/good.toml --title T --as coord.seo"
        " --party molit,KR,minister.kr --party hue,VN,nobody",
        *(7, "nobody is not in the directory"),
    ),
}

AS_JSON = {
    "list --bogus -o json": (2, "usage"),
    "show NO-SUCH --output json": (3, "not_found"),
    "inbox -ojson": (4, "not_signed_in"),
    "inbox --as nobody --output=jsonl": (5, "not_allowed"),
    "history --since yesterday -o json": (7, "invalid"),
}


class Ran(NamedTuple):
    """The cases that the wrong commands are about, and what became of the commands."""

    cases: dict[str, Case]
    done: dict[str, Done]


@pytest.fixture(scope="module")
async def ran(house: House, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All the wrong commands, run side by side: a process takes its second to start."""
    cases = {name: await house.propose() for name in ("open", "later", "closed")}
    await cases["open"].vote(await cases["open"].gate("review"), "expert.lim")
    await cases["later"].reach("funding")
    await cases["closed"].gate("review")
    await cases["closed"].withdraw()
    await cases["closed"].ended()
    folder = tmp_path_factory.mktemp("files")
    for name, text in dict(files()).items():
        (folder / name).write_text(text)
    names = {name: case.id for name, case in cases.items()} | {"folder": str(folder)}
    commands = [split(wrong.command.format(**names)) for wrong in WRONG.values()]
    commands += [split(command) for command in AS_JSON]
    done = await asyncio.gather(*(accord(house.settings.home, *words) for words in commands))
    return Ran(cases, dict(zip((*WRONG, *AS_JSON), done, strict=True)))


def split(command: str) -> list[str]:
    """The words of a command; one may be quoted."""
    first, *rest = command.split("'")
    return first.split() if not rest else [*first.split(), rest[0], *rest[1].split()]


def files() -> Iterator[tuple[str, str]]:
    """TOML files, most of them wrong."""
    content = proposal("CLI-TOML").content()
    content |= {"requested": '{ minor = 5, currency = "KRW" }', "proposer": None}
    lines = [
        f"{key} = {value if key == 'requested' else json.dumps(value)}"
        for key, value in content.items()
        if value is not None
    ]
    good = "\n".join(lines)
    yield "good.toml", good
    yield "dates.toml", f"{good}\nstarts = 2027-03-31\nends = 2027-03-30\n"
    yield "day.toml", f'{good}\nstarts = "31.3.2027"\n'
    yield "bad.toml", f"{good}\ntitle = [\n"


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_has_its_exit_code_and_says_what_why_and_what_to_do(ran: Ran, name: str) -> None:
    wrong, done = WRONG[name], ran.done[name]
    assert (done.code, done.out) == (wrong.code, "")
    assert wrong.says in done.err
    what, *more = done.err.splitlines()
    assert what.startswith("accord: ")
    assert more[0].startswith("  what to do: ")
    assert ("  reference: record " in done.err) == (wrong.rule is not None)


@pytest.mark.parametrize("name", [name for name, wrong in WRONG.items() if wrong.rule])
async def test_every_refusal_by_a_case_is_on_record_with_its_rule(ran: Ran, name: str) -> None:
    seq = int(ran.done[name].err.rpartition("record ")[2])
    refused = [row for case in ran.cases.values() for row in case.history(refused=True)]
    (entry,) = [row for row in refused if row["seq"] == seq]
    assert entry["rule"] == WRONG[name].rule
    assert entry["actor"] in WRONG[name].command


async def test_the_history_of_a_case_lists_its_refusals(house: House, ran: Ran) -> None:
    case = ran.cases["open"]
    told = (await accord(house.settings.home, "history", case.id, "--refused", "-o", "json")).data()
    assert [row["rule"] for row in told] == [row["rule"] for row in case.history(refused=True)]
    wanted = [wrong.rule for wrong in WRONG.values() if "{open}" in wrong.command and wrong.rule]
    assert sorted(row["rule"] for row in told) == sorted(wanted)


@pytest.mark.parametrize("command", AS_JSON)
async def test_with_json_asked_for_an_error_is_one_json_object(ran: Ran, command: str) -> None:
    done = ran.done[command]
    code, name = AS_JSON[command]
    assert (done.code, done.out) == (code, "")
    assert done.error()["code"] == name
    assert done.error()["message"]
    assert done.error()["hint"]


async def test_a_wrong_proposal_starts_nothing(house: House, ran: Ran) -> None:
    assert not any(house.cases.exists(case) for case in ("CLI-NEVER", "CLI-TOML", "X-1"))


@pytest.mark.parametrize("text", ["1,5", "-5", "1.5", "1e9", "١٠٠", "", "9" * 5000, "0", "1" * 16])
def test_an_amount_that_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(CommandError) as error:
        arguments.amount(text, "KRW")
    assert error.value.code is Exit.INVALID
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 300
    assert error.value.hint


@pytest.mark.parametrize("text", ["Hue", "Hue,VN", "Hue,XX,signatory.vn"])
def test_a_party_is_an_organisation_a_country_and_a_signatory(text: str) -> None:
    with pytest.raises(CommandError) as error:
        read_party(text)
    assert error.value.code is Exit.INVALID


async def test_without_an_engine_or_a_database_the_exit_code_is_9(house: House, tmp_path: Path) -> None:
    bare, no_engine = Settings(home=tmp_path / "bare"), Settings(home=tmp_path / "set-up")
    engine = connect(no_engine.database)
    set_up(engine, no_engine)
    engine.dispose()
    home = house.settings.home
    unset, silent, elsewhere, nowhere = await asyncio.gather(
        accord(bare.home, "list", "-o", "json"),
        accord(no_engine.home, *PROPOSE),
        accord(home, *PROPOSE, TEMPORAL_ADDRESS="127.0.0.1:9"),
        accord(home, "list", ACCORD_DATABASE_URL="postgresql://127.0.0.1:9/none"),
    )
    assert {done.code for done in (unset, silent, elsewhere, nowhere)} == {9}
    assert unset.error()["hint"] == "run `accord setup` once"
    assert "Start it with `make up`" in silent.err
    assert "TEMPORAL_ADDRESS" in elsewhere.err
    assert "ACCORD_DATABASE_URL" in nowhere.err


@pytest.mark.database
@pytest.mark.parametrize(
    ("command", "of"),
    [
        ("nonsense", "accord"),
        ("decide --nope", "accord decide"),
        ("cohort action-plan C-1 vn-0123456789", "accord cohort action-plan"),
    ],
)
def test_whoever_types_a_command_wrongly_is_sent_to_its_help(tmp_path: Path, command: str, of: str) -> None:
    done = inside(tmp_path, *command.split(" "))
    assert done.code == 2
    assert f"see `{of} --help`" in done.err
