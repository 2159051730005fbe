"""A cohort of three on the command line: officer, authority, institute, and who is shown a certificate."""

from pathlib import Path

from tests.support.command import Done, accord
from tests.support.house import House
from tests.support.training import PLANNER, TODAY, Cohort, afterwards

PLAN = f"""
case = "{{case}}"
programme = "k-smart-city-training"
title = "Smart city administration"
institute = "krihs"
language = "en"
starts = {TODAY.replace(year=TODAY.year - 2):%Y-%m}-01
ends = {TODAY.replace(year=TODAY.year - 2):%Y-%m}-02
afterwards = true
minimum = 1
documents = ["passport"]
budget = "90 000 000 KRW"
quotas = [
    {{{{ country = "VN", authority = "host.vn", seats = 2 }}}},
    {{{{ country = "TH", authority = "host.th", seats = 1 }}}},
]
"""
HEADER = "identity,name,latin,language,position,employer,documents\n"


class People:
    """Whoever types commands."""

    def __init__(self, house: House, folder: Path) -> None:
        self.home = house.settings.home
        self.folder = folder

    async def types(self, actor: str, *words: str) -> Done:
        """Type a command as somebody."""
        return await accord(self.home, *words, "--as", actor)

    async def does(self, actor: str, *words: str) -> str:
        """Type a command that must succeed; what it says."""
        done = await self.types(actor, *words)
        assert done.code == 0, done
        return done.out

    def file(self, name: str, text: str) -> str:
        """A file to hand in."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)


async def test_a_cohort_of_three_from_its_plan_to_its_certificates(house: House, tmp_path: Path) -> None:
    cohort = Cohort(house, afterwards("CLI-COHORT"))
    people = People(house, tmp_path)
    plan = people.file("plan.toml", PLAN.format(case=cohort.id))
    assert await people.does(PLANNER, "cohort", "plan", plan, "--dry-run") == f"{cohort.id}: would start.\n"
    assert await people.does(PLANNER, "cohort", "plan", plan) == f"{cohort.id}: started.\n"
    await cohort.open()

    passport = f"passport={'a' * 64}"
    rows = f"CLI-1,Nguyễn Thị Hoa,Nguyen Thi Hoa,vi,Planner,Da Nang,{passport}\n"
    rows += "CLI-2,Trần Đức,Tran Duc,vi,Planner,Hue,passport=scan-2.pdf\n"
    people.file("scan-2.pdf", "the passport of Tran Duc")
    bad_rows = f"CLI-1,X,X,vi,P,E,{passport}\n,Y,,vi,P,E,scan\nCLI-3,Z,Z,KHM,P,E,\n"
    bad_rows += (
        "CLI-4,Z,Z,km,P,E,passport=nothing.pdf\nCLI-5,Z,Z,km,P,E,passport=../scan-2.pdf\nCLI-6,Z,Z,km,P,E,\n"
    )
    bad = people.file("bad.csv", HEADER + rows + bad_rows)
    dry = await people.types("nominator.vn", "nominate", cohort.id, "--file", bad, "-o", "csv")
    assert dry.code == 8
    wrong = {(row["row"], row["column"]): row["why"] for row in dry.cells() if row["what"] == "wrong"}
    assert wrong == {
        ("4", "identity"): "this person is in row 2 already",
        ("5", "identity"): "nothing is written here",
        ("5", "latin"): "nothing is written here",
        ("6", "language"): 'must be a language, in small letters (BCP 47), e.g. km, not "KHM"',
        (
            "7",
            "documents",
        ): f"{tmp_path / 'nothing.pdf'}: there is no such file; check the name, the folder and the rights",
        ("8", "documents"): "these are no documents",
    }
    assert [row["why"] for row in dry.cells() if row["row"] == "9"] == ["still missing: passport"]
    assert cohort.roster() == {}
    odd = people.file("odd.csv", f"{HEADER}CLI-0,Z,Z,vi,P,E,pasport=scan-2.pdf\n")
    for send in ((), ("--send",)):
        done = await people.types("nominator.vn", "nominate", cohort.id, "--file", odd, "-o", "csv", *send)
        assert (done.code, "'pasport' is none of those" in done.out) == (7, True), "no row ends the others"
    assert cohort.roster() == {}
    good = people.file("good.csv", HEADER + rows)
    sent = await people.types("nominator.vn", "nominate", cohort.id, "--file", good, "--send")
    assert (sent.code, len(cohort.roster())) == (0, 2)
    one = ("--identity", "CLI-1", "--name", "สมชาย", "--latin", "Somchai", "--language", "th")
    scan = people.file("scan.pdf", "the passport")
    thai = ("--position", "Planner", "--employer", "Phuket", "--document", f"passport={scan}")
    await people.does("nominator.th", "nominate", cohort.id, *one, *thai)
    nothing = await people.types("nominator.th", "nominate", cohort.id, "--identity", "CLI-9")
    assert (nothing.code, "name: nothing is written here, and it is needed" in nothing.err) == (7, True)
    other = ("--document", f"pasport={scan}", *thai[:-2])
    strange = await people.types("nominator.th", "nominate", cohort.id, *one, *other)
    assert "'pasport' is none of those that the plan asks for: passport" in strange.err
    half = ("cohort", "order", cohort.id, "postpone", "--reason", "Rain.", "--starts", "2199-01-01")
    assert (await people.types(PLANNER, *half)).err.startswith("accord: starts and ends: a postponement has")
    for actor in ("nominator.vn", "nominator.th"):
        await people.does(actor, "nominated", cohort.id)

    shown = await people.types("nominator.th", "cohort", "show", cohort.id, "-o", "json")
    assert [row["name"] for row in shown.data()] == ["สมชาย"], "a country sees its own"
    everybody = (await people.types(PLANNER, "cohort", "show", cohort.id, "-o", "json")).data()
    ids = {row["latin"]: row["nominee"] for row in everybody}
    order = [ids["Somchai"], ids["Nguyen Thi Hoa"], ids["Tran Duc"]]
    await cohort.gate("training.ranking")
    await people.does("train.noh", "cohort", "rank", cohort.id, *order)
    await cohort.decide("training.screening")
    for latin, nominee in ids.items():
        await cohort.in_state(nominee, "accepted")
        await cohort.gate("training.confirmation")
        actor = "nominator.th" if latin == "Somchai" else "nominator.vn"
        await people.does(actor, "cohort", "confirm", cohort.id, nominee)
    await cohort.gate("training.attendance")
    first = f"{TODAY.replace(year=TODAY.year - 2):%Y-%m}-01"
    await people.does("teach.im", "cohort", "attend", cohort.id, first, "--absent", ids["Tran Duc"])
    await people.does("teach.im", "cohort", "close-attendance", cohort.id)
    certified = await cohort.in_state(ids["Somchai"], "certified")
    number = str(certified.certificate)

    found = await accord(people.home, "training", "verify", number)
    assert found.out.startswith(f"{number}: issued on ")
    pdf = tmp_path / "certificate.pdf"
    assert (await accord(people.home, "training", "certificate", number, "--to", str(pdf))).code == 0
    assert (await accord(people.home, "training", "verify", number, "--file", str(pdf))).code == 0
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    pdf.write_bytes(bytes(content))
    changed = await accord(people.home, "training", "verify", number, "--file", str(pdf))
    assert (changed.code, changed.out) == (10, "")
    assert (await accord(people.home, "training", "verify", "KST-0-001")).code == 3

    history = await accord(people.home, "history", "--case", cohort.id, "-o", "json")
    assert "Somchai" not in history.out
    assert (await accord(people.home, "show", cohort.id)).out.count("krihs") == 1
    cancelled = [
        await people.types(who, "cohort", "order", cohort.id, "cancel", "--reason", "A test.")
        for who in ("train.hong", "train.noh")
    ]
    assert [done.code for done in cancelled] == [6, 6], "the course is over"
