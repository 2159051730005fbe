"""The command line in the hands of the three roles, from proposal to launch."""

import asyncio
from pathlib import Path

from models.base import digest
from tests.support.command import Done, accord
from tests.support.house import Case, House, proposal

PROPOSAL = """
case = "{case}"
programme = "k-city-2020"
title = "Smart traffic for a test"
country = "VN"
city = "Hue"
area = "transport"
applicant = "Hue People's Committee"
study = "master_plan"
requested = {{ minor = 1_000_001, currency = "KRW" }}
starts = 2027-03-31
"""
PARTIES = ("--party", "MOLIT,KR,minister.kr", "--party", "Host authority, Viet Nam,VN,signatory.vn")


class Worker:
    """Somebody at a terminal."""

    def __init__(self, house: House, case: Case, folder: Path) -> None:
        self.home = house.settings.home
        self.case = case
        self.folder = folder

    async def does(self, actor: str, command: str, gate: str, *words: str) -> str:
        """Run a command on a gate of the case (on the case itself without one); it must succeed."""
        where = f"{self.case.id}:{gate}" if gate else self.case.id
        if gate:
            await self.case.house.gate(where)
        done = await accord(self.home, command, where, *words, "--as", actor)
        assert done.code == 0, done.err
        return done.out

    def file(self, name: str, text: str) -> str:
        """A document to hand in."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)


async def test_three_roles_carry_a_case_from_a_file_to_its_launch(house: House, tmp_path: Path) -> None:
    case = Case(house, proposal("CLI-ROAD"))
    at = Worker(house, case, tmp_path)
    toml = at.file("proposal.toml", PROPOSAL.format(case=case.id))
    started = await accord(house.settings.home, "propose", "--file", toml, "--as", "coord.seo")
    assert started == Done(0, "CLI-ROAD: started.\n", "")

    gate = await case.gate("review")
    waiting = (await accord(house.settings.home, "inbox", "--as", "sec.han", "-o", "json")).data()
    mine = next(row for row in waiting if row["id"] == gate["id"])
    assert mine["subject"]["title"] == "Smart traffic for a test"
    assert mine["content_hash"] == digest(mine["subject"])

    await case.vote(gate, "expert.lim", "return", "Who operates it?")
    told = await at.does("sec.han", "decide", "review:1", "return", "--comment", "Name the operator.")
    assert told.startswith("On record. (record ")
    await case.gate("review.revision")
    await at.does("coord.seo", "resubmit", "", "--summary", "The city operates it.", "--amount", "1,000,002")
    await at.does(
        "sec.han", "decide", "review:2", "approve", "--if-version", await current(case, "review", 2)
    )
    await case.vote(await case.gate("review", 2), "expert.lim")
    await case.approve("funding")

    papers = (
        "--criteria",
        at.file("criteria", "quality 80, price 20"),
        "--consent",
        at.file("consent", "yes"),
    )
    await at.does("sec.han", "tender", "study.tender:1", "--reference", "T-1", "--country", "kr", *papers)
    await at.does("sec.han", "award", "study.award:1", "--contractor", "K Engineering", "--tender", "T-1")
    await at.does("consult.jang", "deliver", "study.inception-delivery:1", "--file", at.file("i", "part 1"))
    await case.approve("study.inception")
    await case.deliver("interim")
    await case.approve("study.interim")
    found = ("--finding", "conditional", "--condition", "Land title is registered")
    final = at.file("f", "part 3")
    await at.does("consult.jang", "deliver", "study.final-delivery:1", "--file", final, *found)
    await case.approve("study.final")

    first = ("--file", at.file("text-1", f"{case.id} text 1"), "--title", "[red]MOU[/red]", *PARTIES)
    await at.does("coord.seo", "table", "agreement.text:1", *first)
    await case.approve("agreement.clearance")
    signing = (await case.gate("agreement.signing"))["id"]
    shown = await accord(house.settings.home, "inbox", "--gate", signing)
    assert "Sign the MOU: [red]MOU[/red]" in shown.out
    text = at.file("text-1", f"{case.id} text 1")
    await at.does("signatory.vn", "refuse", "agreement.signing:1", "--file", text, "--comment", "Article 4.")
    await case.table(2)
    await case.approve("agreement.clearance", 2)
    await case.gate("agreement.signing", 2)
    text = at.file("text-2", f"{case.id} text 2")
    for signatory in ("minister.kr", "signatory.vn"):
        await at.does(signatory, "sign", "agreement.signing:2", "--file", text, "--authority", "Full powers.")

    await case.gate("launch.conditions")
    evidence = ("--evidence", at.file("title", "the land title"))
    await at.does("coord.seo", "fulfil", "", "Land title is registered", *evidence)
    await at.does("director.kang", "decide", "launch:1", "approve")
    assert await case.ended() == "launched"
    assert case.money() == {"ordered": 1_000_002}
    assert case.history(refused=True) == []


async def current(case: Case, name: str, round_: int) -> str:
    """The content hash that the gate shows."""
    return str((await case.gate(name, round_))["content_hash"])


async def test_a_proposal_by_flags_starts_once_and_a_dry_run_never(house: House) -> None:
    home = house.settings.home
    flags = (
        *("propose", "CLI-FLAGS", "--title", "Water", "--country", "VN", "--city", "Hue"),
        *("--area", "water_management", "--applicant", "Hue", "--study", "pre_feasibility"),
        *("--amount", "300,000,000", "--currency", "KRW", "--summary", "Dry feet."),
    )
    dry = await accord(home, *flags, "--dry-run", ACCORD_ACTOR="coord.seo")
    assert dry == Done(0, "CLI-FLAGS: would start.\n", "")
    assert not house.cases.exists("CLI-FLAGS")
    assert (await accord(home, *flags, "--as", "coord.seo")).out == "CLI-FLAGS: started.\n"
    await house.gate("CLI-FLAGS:review:1")
    again = await accord(home, *flags, "--as", "coord.seo")
    assert again == Done(0, "CLI-FLAGS: exists already; nothing was started.\n", "")
    gone = await accord(home, "withdraw", "CLI-FLAGS", "--reason", "No need.", "--as", "coord.seo")
    assert gone.code == 0
    assert "On record." in gone.out


async def test_the_same_decision_twice_gets_the_first_answer(house: House) -> None:
    case = await house.propose()
    gate = await case.gate("review")
    vote = ("decide", gate["id"], "approve", "--as", "expert.lim")
    first, second = await asyncio.gather(*(accord(house.settings.home, *vote) for _ in range(2)))
    assert first == second
    assert case.actions().count("vote approve") == 1
    await case.withdraw()


async def test_help_lists_the_exit_codes(house: House) -> None:
    bare, asked = await asyncio.gather(
        accord(house.settings.home), accord(house.settings.home, "--help", COLUMNS="200")
    )
    assert (bare.code, asked.code) == (0, 0)
    assert "130 interrupted" in asked.out.replace("\n", " ")
