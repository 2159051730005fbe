"""Many decisions at once: what is chosen, what is left out and why, and that nobody votes twice."""

import asyncio
from typing import Any, NamedTuple, cast

import pytest
import typer
from sqlalchemy import Engine

from activities.case import approval
from activities.case import registry as programme
from activities.case.cases import CaseRow
from activities.case.gate import GateRow
from activities.case.record import Record
from adapters.documents import load
from cli.case.bulk import decide_all, read_filters
from cli.context import Context
from cli.errors import CommandError, Exit
from cli.output import Output
from models.amount import Amount
from models.case.approval import Decision
from models.case.conflict_of_interest import Conflict, Declaration
from models.case.duty import Act
from models.case.envelope import SELF_DECLARED
from models.case.panel import Choice
from models.case.record import Answer, Batch, Sent, Source
from models.case.rule import CaseRule
from models.partnership.programme import Programme
from models.people.delegation import Giving, Revocation
from runtime.command_line import ThisInstallation
from runtime.settings import ROOT
from services.case.bulk import Bulk, plan, send
from services.case.cases import Refused
from services.case.details import Details
from services.case.selection import BulkResult, Candidate, Item, candidate, matches, predicted
from services.case.updates import NotConfirmed, Unreachable
from services.details import DETAILS
from services.people.delegation import Delegations
from tests.support.command import Done, accord, inside
from tests.support.entries import NOW, entry, proposes
from tests.support.furnished import register, somebody
from tests.support.house import Case, House, proposal, sha
from tests.support.inbox import opening

PROGRAMMES = ("cli-bulk", "cli-strict", "cli-signed")
WHERE = tuple(word for name in PROGRAMMES for word in ("--where", f"programme={name}"))
MOON = ("--as", "expert.moon")


class Desks(NamedTuple):
    """The gates of one test, by what is to become of each."""

    house: House
    cases: dict[str, Case]

    async def typed(self, *words: str) -> Done:
        """Run `accord decide` beside the worker."""
        return await asyncio.to_thread(inside, self.house.settings.home, "decide", *words)

    def names(self, done: Done) -> dict[str, tuple[str, str]]:
        """What the command says becomes of each case, and by which rule."""
        of = {case.id: name for name, case in self.cases.items()}
        return {of[row["case"]]: (row["what"], row["rule"]) for row in done.data()}

    def votes(self) -> int:
        """How many votes are on record."""
        return sum(action.startswith("vote ") for case in self.cases.values() for action in case.actions())


PREDICTED = {
    "plain": ("would send", ""),
    "other": ("would send", ""),
    "big": ("left out", "ceiling"),
    "own": ("left out", "own-proposal"),
    "hard": ("left out", "conflicted"),
    "silent": ("left out", "declaration-missing"),
    "signed": ("left out", "not-attested"),
    "taken": ("left out", "seat-taken"),
    "voted": ("already voted", "second-vote"),
}


@pytest.fixture(scope="module")
async def desks(house: House) -> Desks:
    """One case for every result; expert.moon decides."""
    review = house.partnerships.programme("k-city-2020").review
    house.programme("cli-bulk")
    house.programme("cli-strict", review=review.model_copy(update={"declared": True}))
    house.programme("cli-signed", review=review.model_copy(update={"attested": True}))
    wishes: dict[str, dict[str, Any]] = {name: {"programme": "cli-bulk"} for name in PREDICTED}
    wishes["silent"], wishes["signed"] = {"programme": "cli-strict"}, {"programme": "cli-signed"}
    wishes["big"] |= {"requested": Amount(minor=500_000_000, currency="KRW")}
    wishes["own"] |= {"proposer": "expert.moon"}
    wishes["other"] |= {"country": "LA", "city": "Viang Chăn", "title": "=Water [red]works[/red]"}
    cases = {name: await house.propose(f"BULK-{name.upper()}", **wish) for name, wish in wishes.items()}
    for case in cases.values():
        await case.gate("review")
    said = Declaration(case=cases["hard"].id, actor="expert.moon", conflict=Conflict.HARD, note="Shares.")
    await house.cases.send("declare", said)
    await cases["taken"].vote(await cases["taken"].gate("review"), "expert.lim")
    await cases["voted"].vote(await cases["voted"].gate("review"), "expert.moon")
    return Desks(house, cases)


async def test_one_decision_goes_to_every_gate_that_can_take_it(desks: Desks) -> None:
    await _looks_before_it_sends(desks)
    await _predicts_what_the_case_would_say(desks)
    before = desks.votes()
    sent = await desks.typed("--all", "approve", *WHERE, "--ceiling", "1000001", "--yes", *MOON, "-o", "json")
    accepted = {"plain": ("accepted", ""), "other": ("accepted", "")}
    assert (sent.code, desks.names(sent)) == (0, PREDICTED | accepted)
    assert (sent.err, desks.votes()) == ("gates: 2 accepted, 1 already voted, 6 left out\n", before + 2)
    on_record = {row["case"]: row["record"] for row in sent.data() if row["record"]}
    for name in ("plain", "other"):
        case = desks.cases[name]
        assert case.history()[-1]["seq"] == on_record[case.id]
    await _says_again_that_it_voted(desks, on_record)
    for case in desks.cases.values():
        await case.withdraw()


async def _looks_before_it_sends(desks: Desks) -> None:
    before = desks.votes()
    words = ("--all", "approve", *WHERE, "--ceiling", "1000001", *MOON, "-o", "json")
    dry, unsure = await desks.typed(*words, "--dry-run"), await desks.typed(*words)
    assert (dry.code, desks.names(dry)) == (0, PREDICTED)
    assert (unsure.code, unsure.data(), desks.votes()) == (2, dry.data(), before)
    assert "add --yes" in unsure.err
    row = next(row for row in dry.data() if row["case"] == "BULK-BIG")
    assert (row["amount"], row["minor"], row["verdict"]) == ("KRW 500,000,000", 500_000_000, "approve")
    told = await desks.typed("--all", "approve", *WHERE, "--where", "city=viang chăn", "--dry-run", *MOON)
    assert "=Water [red]works[/red]" in told.out
    assert told.err == "gates: 1 would send\n"


async def _predicts_what_the_case_would_say(desks: Desks) -> None:
    """What is left out by a rule is refused by the case itself under the same rule."""
    for name, (what, rule) in PREDICTED.items():
        if what != "would send" and rule != "ceiling":
            case = desks.cases[name]
            answer = await case.vote(await case.gate("review"), "expert.moon", comment="Again.")
            assert (name, answer.rule) == (name, rule)


async def _says_again_that_it_voted(desks: Desks, on_record: dict[str, int]) -> None:
    before = desks.votes()
    words = ("decide", "--all", "approve", *WHERE, "--ceiling", "1000001", "--yes", *MOON, "-o", "jsonl")
    again = await accord(desks.house.settings.home, *words)
    assert (again.code, desks.votes()) == (0, before)
    assert again.err == "gates: 3 already voted, 6 left out\n"
    voted = {row["case"]: row["record"] for row in again.lines() if row["what"] == "already voted"}
    assert voted == on_record


class Slow(Context):
    """Between looking and sending, a case is closed."""

    def __init__(self, house: House, case: Case, loop: asyncio.AbstractEventLoop) -> None:
        installation = ThisInstallation()
        installation.settings = house.settings
        super().__init__(installation)
        self._case, self._loop = case, loop

    def ask(self, work: Any) -> Any:
        """Do ``work`` after the case is closed."""
        asyncio.run_coroutine_threadsafe(self._case.withdraw(), self._loop).result(30)
        return super().ask(work)


async def test_what_changed_meanwhile_is_reported_and_the_rest_is_sent(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.programme("cli-late")
    gone, there = [await house.propose(programme="cli-late") for _ in range(2)]
    for case in (gone, there):
        await case.gate("review")
    context = Slow(house, gone, asyncio.get_running_loop())
    bulk = Bulk(said(actor="expert.lim"), read_filters(["programme=cli-late"], DETAILS))
    with pytest.raises(typer.Exit) as error:
        await asyncio.to_thread(decide_all, context, bulk, True, False, Output.CSV)
    assert error.value.exit_code == Exit.PARTIAL
    told = Done(8, *capsys.readouterr())
    assert {cell["gate"].split(":")[0]: (cell["what"], cell["rule"]) for cell in told.cells()} == {
        gone.id: ("refused", "case-closed"),
        there.id: ("accepted", ""),
    }
    assert told.err == "gates: 1 accepted, 1 refused\n"
    await there.withdraw()


async def test_a_delegate_decides_on_the_inbox_of_the_giver(house: House) -> None:
    house.programme("cli-absent")
    small = await house.propose(programme="cli-absent")
    large = await house.propose(programme="cli-absent", requested=Amount(minor=5_000_000, currency="KRW"))
    for case in (small, large):
        await case.gate("review")
    bulk = Bulk(
        said(actor="legal.yoon", on_behalf_of="expert.lim"), read_filters(["programme=cli-absent"], DETAILS)
    )
    ways = Delegations(house.database, SELF_DECLARED)
    assert fates(house, bulk) == {small.id: CaseRule.NOT_DELEGATED, large.id: CaseRule.NOT_DELEGATED}
    wish = {"actor": "expert.lim", "taker": "legal.yoon", "roles": ["expert"], "instrument": "Order 3"}
    number = ways.give(Giving(**wish, ceiling=1_000_001)).delegation.id
    assert fates(house, bulk) == {small.id: "", large.id: CaseRule.OVER_DELEGATION}
    items = await send(house.cases, house.read(lambda c: plan(c, bulk, DETAILS, SELF_DECLARED)))
    became = {item.candidate.case: item.result for item in items}
    assert became == {small.id: BulkResult.ACCEPTED, large.id: BulkResult.LEFT_OUT}
    assert small.history()[-1]["on_behalf_of"] == "expert.lim"
    assert fates(house, bulk) == {small.id: CaseRule.SECOND_VOTE, large.id: CaseRule.OVER_DELEGATION}
    ways.revoke(Revocation(delegation=number, actor="expert.lim"))
    for case in (small, large):
        await case.withdraw()


def fates(house: House, bulk: Bulk) -> dict[str, str]:
    """The rule by which each case is left out; empty where the decision would be sent."""
    return {
        item.candidate.case: item.rule for item in house.read(lambda c: plan(c, bulk, DETAILS, SELF_DECLARED))
    }


def said(**changes: Any) -> dict[str, Any]:
    """A plain approval."""
    plain = {"verdict": Choice.APPROVE, "comment": "", "points": (), "role": None, "on_behalf_of": None}
    return plain | changes


class Failing:
    """A desk that fails now and then."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []

    async def send(self, _: str, decision: Decision) -> Answer:
        """The next answer."""
        self.sent.append(decision.gate)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def item(number: int, result: BulkResult = BulkResult.WOULD_SEND) -> Item:
    """A gate."""
    decision = Decision(gate=f"T-{number}:review:1", content_hash=sha("x"), **said(actor="expert.lim"))
    return Item(cast(Candidate, None), decision, result)


YES = Answer(accepted=True, seq=7, message="On record.", standing="review/open")
NO = Answer(accepted=False, seq=8, rule=CaseRule.STALE_CONTENT, message="Read again.", standing="review/open")


async def test_each_is_sent_until_the_engine_is_gone() -> None:
    desk: Any = Failing(
        YES, NO, Refused(CaseRule.CASE_CLOSED, seq=9), NotConfirmed(), YES, Unreachable("down")
    )
    items = [item(n, BulkResult.LEFT_OUT if n == 1 else BulkResult.WOULD_SEND) for n in range(9)]
    done = await send(desk, items)
    assert [(one.result, one.rule, one.seq) for one in done] == [
        (BulkResult.ACCEPTED, "", 7),
        (BulkResult.LEFT_OUT, "", None),
        (BulkResult.REFUSED, CaseRule.STALE_CONTENT, 8),
        (BulkResult.REFUSED, CaseRule.CASE_CLOSED, 9),
        (BulkResult.NOT_CONFIRMED, "", None),
        (BulkResult.ACCEPTED, "", 7),
        *[(BulkResult.NOT_SENT, "", None)] * 3,
    ]
    assert desk.sent == [f"T-{n}:review:1" for n in (0, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("--all maybe --as expert.lim", 2, "'maybe' is not one of"),
        ("--all approve T-1:review:1 --as expert.lim", 2, "do not go with --all"),
        (f"--all approve --if-version {'0' * 64} --as expert.lim", 2, "do not go with --all"),
        ("T-1:review:1 approve --where stage=review --as expert.lim", 2, "go with --all"),
        ("T-1:review:1 approve --yes --as expert.lim", 2, "go with --all"),
        ("T-1:review:1 approve --ceiling 0 --as expert.lim", 2, "go with --all"),
        ("--as expert.lim", 2, "Missing argument 'GATE'"),
        ("T-1:review:1 --as expert.lim", 2, "Missing argument 'VERDICT'"),
        ("--all approve --ceiling -1 --as expert.lim", 2, "--ceiling"),
        ("--all approve", 4, "Nobody said who"),
        ("--all approve --as nobody", 5, "unknown-person"),
        ("--all approve --for nobody --as expert.lim", 5, "unknown-person"),
        ("--all reject --as expert.lim", 7, "comment-required"),
        ("--all approve --where stage --as expert.lim", 7, "--where 'stage' cannot be read"),
        ("--all approve --where colour=red --as expert.lim", 7, "KEY one of: case, kind, programme"),
        ("--all approve --where stage= --as expert.lim", 7, "cannot be read"),
        ("T-1:review:1 approve --for No-Body --as expert.lim", 7, "on_behalf_of: this is not the id"),
        ("T-1:review:1 approve --point x\ny --as expert.lim", 7, "points"),
    ],
)
async def test_bad_input_is_refused_in_a_sentence(house: House, command: str, code: int, says: str) -> None:
    done = inside(house.settings.home, "decide", *command.split(" "), COLUMNS="200")
    assert (done.code, done.out) == (code, "")
    assert says in done.err


async def test_nothing_meant_is_no_error(house: House) -> None:
    words = ("decide", "--all", "approve", "--where", "case=NO-SUCH", "--yes", *MOON)
    assert inside(house.settings.home, *words) == Done(0, "", "Nothing to show.\ngates: none\n")
    as_json = inside(house.settings.home, *words, "-o", "json")
    assert (as_json.code, as_json.data()) == (0, [])


KNOWN = candidate(
    cast(GateRow, {"id": "T-1:study.final:2", "question": "Accept the final deliverable?", "due_at": NOW}),
    cast(
        CaseRow,
        {
            "number": "T-1",
            "kind": "partnership",
            "programme": "p",
            "countries": '["KR", "TH", "VN"]',
            "title": "Smart",
        },
    ),
    Details(Amount(minor=5, currency="KRW"), {"city": "Huế", "area": None, "applicant": "City"}),
)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ([], True),
        (["case=t-1"], True),
        (["case=T"], False),
        (["stage=study", "round=2"], True),
        (["stage=launch"], False),
        (["stage=launch", "stage=study"], True),
        (["kind=partnership"], True),
        (["country=th"], True),
        (["country=vn"], True),
        (["country=kr"], False),
        (["kind=cohort"], False),
        (["applicant=cit"], True),
        (["country=vn", "city=hue"], False),
        (["city=Hue\u0302\u0301"], True),
        (["question=FINAL"], True),
        (["question=a=b"], False),
        (["area=transport"], False),
        (["title= smart "], True),
    ],
)
def test_gates_are_chosen_by_their_case_and_question(wanted: list[str], fits: bool) -> None:
    assert matches(KNOWN, read_filters(wanted, DETAILS)) is fits


@pytest.mark.parametrize("text", ["", "=", "case", "case=", "=x", "Case=x", "--yes"])
def test_a_wish_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as error:
        read_filters([text], DETAILS)
    assert (error.value.code, error.value.hint.startswith("write KEY=VALUE")) == (Exit.INVALID, True)


def ballot(gate: str, who: str) -> Decision:
    """What somebody would send."""
    return Decision(gate=gate, content_hash=sha(gate), **said(actor=who))


def rule_for(found: approval.Sitting, gate: str, who: str) -> str | None:
    """The rule by which it would be left out."""
    known = KNOWN
    rule = predicted(known, ballot(gate, who), found, ceiling=None).rule
    return rule or None


def sent(actor: str, gate: str) -> Sent:
    """A vote as it was sent."""
    decision = Decision.model_validate(
        {"gate": gate, "verdict": "return", "actor": actor, "content_hash": sha(gate), "points": ["One."]}
    )
    return Sent(name="decide", seal=decision.digest(), message=decision.content())


TERMS = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)


def test_a_panel_is_put_together_from_the_record(database: Engine) -> None:
    people = {"lim": ("expert", "s-1"), "lim.2": ("expert", "s-1"), "han": ("secretariat", None)}
    register(database, *(somebody(who, role, subject=subject) for who, (role, subject) in people.items()))
    register(database, somebody("coord.seo"), somebody("kang", "director"))
    panel = TERMS.review.panel
    gate = opening("T-1:review:1", panel=panel, roles=panel.roles, act=Act.REVIEW, subject={"a": 1})
    vote: dict[str, Any] = {
        "action": "vote return",
        "role": "expert",
        "content_hash": sha(gate.id),
        "act": Act.REVIEW,
    }
    vote |= {"actor": "lim", "reason": "Why?", "facts": {"body": "panel", "who": ["s-1"], "points": ["One."]}}
    vote |= {"sent": sent("lim", gate.id)}
    entries = (
        entry(
            "T-1:proposed",
            effects=proposes(proposal("T-1"), TERMS.digest()),
            act=Act.DRAFT,
            actor="coord.seo",
        ),
        entry("T-1:review:1:opened", opens=gate),
        entry("T-1:review:1:vote:lim", **vote),
        entry(
            "T-1:review:10:vote:han",
            **(vote | {"actor": "han", "role": "secretariat", "sent": sent("han", "T-1:review:10")}),
        ),
        entry("T-1:review:1:escalate:1", action="escalated", facts={"to": ["director"]}),
    )
    with database.begin() as connection:
        programme.register(connection, TERMS, NOW)
    source = Source(case="T-1", workflow_id="partnership/T-1", run_id="run", rules=TERMS.digest())
    seqs = [
        receipt.seq for receipt in Record(database).record(Batch(source=source, entries=entries)).receipts
    ]
    with database.connect() as connection:
        sitting = {
            who: approval.sitting(connection, ballot(gate.id, who), SELF_DECLARED)
            for who in ("lim.2", "han", "kang", "coord.seo")
        }
        assert approval.sitting(connection, ballot("T-1:review:2", "han"), SELF_DECLARED) is None
        assert approval.sitting(connection, ballot("T-1:study.award:1", "han"), SELF_DECLARED) is None
        assert approval.sitting(connection, ballot("T-9:review:1", "han"), SELF_DECLARED) is None
    found = sitting["han"]
    assert found and found.gate.panel == panel.widened("director")
    assert (found.votes, found.gate.votes[0].decision.points) == ({"s-1": seqs[2]}, ("One.",))
    assert {who: one and rule_for(one, gate.id, who) for who, one in sitting.items()} == {
        "lim.2": CaseRule.SECOND_VOTE,
        "han": None,
        "kang": None,
        "coord.seo": CaseRule.OWN_PROPOSAL,
    }
