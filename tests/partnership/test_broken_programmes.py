"""Programmes as people get them wrong. Each is told by file, key and rule, and what to write instead."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from adapters.database import connect
from adapters.documents import MAX_TOML
from models.faults import FORMS
from models.partnership.programme import Programme
from runtime.settings import ROOT, Settings
from runtime.setup import set_up
from tests.support.command import Done, inside
from tests.support.k_city import SAYS_VERSION
from tests.support.k_city import TEXT as SHIPPED

REVIEW = 'panel = { seats = ["secretariat", "expert", "ministry"], quorum = 2 }'
FUNDING = 'panel = { seats = ["ministry", "treasury"], quorum = 2 }'
LAUNCH = 'panel = { seats = ["ministry", "director"], quorum = 1 }'
APPROVAL = 'panel = { seats = ["paying_officer", "controller"], quorum = 2 }'
TRANCHES = "tranches = { inception = 30, interim = 40, final = 30 }"
FIRST_DAYS = "working_days = 20, remind_before = [5, 1]"
DUTY = '["review", "approve"]'
CEILING = 'master_plan = "1 000 000 000 KRW"'
CAP = 'cap = "15 000 000 000 KRW"'
ONE_BODY = '{ name = "experts", seats = ["expert"], quorum = 1 }'
A_TIER = '{ above = "%s", panel = { seats = ["ministry"], quorum = 1 } }'
ROLE = 'must be small letters, digits and _, a letter first, e.g. paying_officer, not "%s"'
CODE = "must be an ISO %s code in capitals, e.g. %s, not %s"
NO_AMOUNT = "%r is no amount; write digits, a point before decimals, and the currency, e.g. 1 000 000 000 KRW"
OTHER_MONEY = "the fund is in KRW, this is in USD; write it in that of the fund"
WHOLE = "must be a whole number, without quotes, not %s"
MISSING = "this key is missing; write it"
TWO_ACTS = 'a duty is a list of two acts, e.g. ["review", "approve"]'


def meant(name: str) -> str:
    """What is said of a key that is another by mistake."""
    return f"there is no such key; did you mean {name}?"


class Wrong(NamedTuple):
    """One thing that is broken, and what is said of it."""

    old: str
    new: str
    key: str
    says: str


def panel(text: str, key: str, says: str) -> Wrong:
    """The panel of the review, written otherwise."""
    return Wrong(REVIEW, f"panel = {text}", key, says)


UNREADABLE = {
    # keys
    "a key of the whole": Wrong(
        "cooling_off_days", "coolingoff_days", "coolingoff_days", meant("cooling_off_days")
    ),
    "a table": Wrong("[funding]", "[fundng]", "fundng", meant("funding")),
    "a table that is missing": Wrong("[funding]", "[fundng]", "funding", MISSING),
    "a key of a deadline": Wrong(
        FIRST_DAYS,
        FIRST_DAYS.replace("working", "workng"),
        "review.deadline.workng_days",
        meant("working_days"),
    ),
    "a key of a panel": Wrong(
        REVIEW, REVIEW.replace("quorum", "quorom"), "review.panel.quorom", meant("quorum")
    ),
    "a key of a fund": Wrong(CAP, f"{CAP}\nmanager = []", "fund.manager", meant("managers")),
    "a key of a sleeve": Wrong(
        'name = "Studies', 'title = "Studies', "fund.sleeves.0.title", "there are: id, name, cap, "
    ),
    "a table of a table": Wrong(
        "[study.tender.publication]",
        "[study.tender.publicaton]",
        "study.tender.publicaton",
        meant("publication"),
    ),
    "a ceiling": Wrong(
        "master_plan", "masterplan", "ceilings.masterplan", "must be one of 'master_plan', 'pre_feasibility'"
    ),
    "a default": Wrong(
        "[fund]",
        '[defaults]\nescalates_to = "director"\n\n[fund]',
        "defaults.escalates_to",
        "there is no such default; did you mean escalate_to?",
    ),
    "defaults as a text": Wrong(
        SAYS_VERSION,
        f'{SAYS_VERSION}\ndefaults = "director"',
        "defaults",
        "write them as a table, [defaults]",
    ),
    "a default that cannot be": Wrong(
        'remind_before = [20, 5]\nescalate_to = "director"\ngrace_days = 20\n\n[conditions]',
        'escalate_to = "director"\n\n[defaults]\ngrace_days = 0\n\n[conditions]',
        "agreement.signing.grace_days",
        "must be at least 1, not 0",
    ),
    "no one to escalate to": Wrong(
        FIRST_DAYS + ', escalate_to = "director"', FIRST_DAYS, "review.deadline.escalate_to", MISSING
    ),
    # what stands before all
    "version 0": Wrong(SAYS_VERSION, "version = 0", "version", "must be at least 1, not 0"),
    "a version in words": Wrong(SAYS_VERSION, 'version = "one"', "version", WHOLE % '"one"'),
    "an id with spaces": Wrong(
        'id = "k-city-2020"', 'id = "K City 2020"', "id", "must be small letters, digits and hyphens, e.g. k-"
    ),
    "no title": Wrong(
        'title = "K-City Network Global Cooperation Program"', 'title = ""', "title", "must be longer (at le"
    ),
    "another kind": Wrong(
        SAYS_VERSION,
        f'{SAYS_VERSION}\nkind = "partnershp"',
        "kind",
        "there is no kind of programme 'partnershp'; did you mean partnership?",
    ),
    "a kind that is a number": Wrong(
        SAYS_VERSION,
        f"{SAYS_VERSION}\nkind = 3",
        "kind",
        "there is no kind of programme '3'; there are: partner",
    ),
    "a zone in words": Wrong(
        '"Asia/Seoul"', '"Seoul time"', "zone", "must be the IANA name of a time zone, e.g. Asia/Seoul, not "
    ),
    "a country in small letters": Wrong(
        '"VN"]', '"vn"]', "countries.9", CODE % ("3166-1 alpha-2 country", "VN", '"vn"')
    ),
    "a currency in words": Wrong(
        'currency = "KRW"', 'currency = "won"', "fund.currency", CODE % ("4217 currency", "KRW", '"won"')
    ),
    "nobody who proposes": Wrong(
        'coordinators = ["coordinator"]', "coordinators = []", "coordinators", "must be longer (at least 1)"
    ),
    # panels
    "a role with a capital": panel(
        '{ seats = ["Expert"], quorum = 1 }', "review.panel.seats.0", ROLE % "Expert"
    ),
    "a quorum above the seats": panel(
        '{ seats = ["expert"], quorum = 2 }',
        "review.panel",
        "quorum 2 is more than the 1 seats; lower it, or add seats",
    ),
    "a quorum in words": panel(
        '{ seats = ["expert"], quorum = "most" }',
        "review.panel.quorum",
        "must be a whole number, without quotes or one of 'majority', 'two_thirds' or 'all', not \"most\"",
    ),
    "a veto without a seat": panel(
        '{ seats = ["expert"], quorum = 1, veto = ["legal"] }',
        "review.panel",
        "veto by 'legal', which has no seat; name one of the seats",
    ),
    "a chair with two seats": panel(
        '{ seats = ["expert", "expert"], quorum = 1, chair = "expert" }',
        "review.panel",
        "the chair 'expert' must have exactly one seat; name a role that is once in seats",
    ),
    "two bodies of one name": panel(
        f"{{ bodies = [{ONE_BODY}, {ONE_BODY}] }}",
        "review.panel",
        "two bodies have the name 'experts'; give each a name of its own",
    ),
    "a panel without seats": panel(
        "{ seats = [], quorum = 1 }", "review.panel.seats", "must be longer (at least 1), not []"
    ),
    "a panel that is a text": panel(
        '"expert"', "review.panel", "must be a table, in { } or under its name in"
    ),
    "roles as a text": Wrong(
        'roles = ["secretariat"]',
        'roles = "secretariat"',
        "study.tender.publication.roles",
        'must be a list, in [ ], not "secretariat"',
    ),
    "one pair of eyes": Wrong(
        APPROVAL, APPROVAL.replace("quorum = 2", "quorum = 1"), "payment", "(four eyes); raise the quorum"
    ),
    "tiers that fall": Wrong(
        FUNDING,
        f"{FUNDING}\ntiers = [{A_TIER % '5 KRW'}, {A_TIER % '4 KRW'}]",
        "funding",
        "tiers must rise: every `above` is larger than the one before",
    ),
    "a tier in another currency": Wrong(
        'above = "300 000 000 KRW"', 'above = "300 000 USD"', "payment.approval.tiers.0.above", OTHER_MONEY
    ),
    # tranches
    "99 percent": Wrong(
        TRANCHES, TRANCHES.replace("40", "39"), "study", "add up to 99 percent, not to 100; change their perc"
    ),
    "nothing for a tranche": Wrong(
        TRANCHES, TRANCHES.replace("40", "0"), "study.tranches.interim", "must be at least 1, not 0"
    ),
    "a milestone after the end": Wrong(
        TRANCHES,
        'tranches = { inception = 50, final = 40, permit = { percent = 10, milestone = "Given." } }',
        "study",
        "milestone 'permit' comes after the final deliverable, which ends the study; list it before",
    ),
    "a deliverable that there is not": Wrong(
        TRANCHES,
        TRANCHES.replace("interim", "midterm"),
        "study.tranches.midterm",
        "needs one of: the name of a deliverable (inception, interim, final), another name with a milestone",
    ),
    "a tranche twice": Wrong(
        TRANCHES,
        'tranches = [{ name = "final", percent = 50 }, { name = "final", percent = 50 }]',
        "study",
        "two tranches have the name 'final'; give each a name of its own",
    ),
    # money
    "no currency": Wrong(CEILING, 'master_plan = "1 000"', "ceilings.master_plan", NO_AMOUNT % "1 000"),
    "a number without currency": Wrong(
        CEILING,
        "master_plan = 1000",
        "ceilings.master_plan",
        'an amount is written with its currency, e.g. "1 000 000 000 KRW"',
    ),
    "a decimal comma": Wrong(
        CEILING,
        'master_plan = "1000,50 USD"',
        "ceilings.master_plan",
        "'1000,50' is not a positive amount; write digits, a point before decimals",
    ),
    "points between thousands": Wrong(
        CEILING, 'master_plan = "1.000.000 KRW"', "ceilings.master_plan", NO_AMOUNT % "1.000.000 KRW"
    ),
    "less than nothing": Wrong(CAP, 'cap = "-15 KRW"', "fund.cap", NO_AMOUNT % "-15 KRW"),
    "less than nothing, as a number": Wrong(CAP, "cap = -15", "fund.cap", "must be more than 0, not -15"),
    "nothing": Wrong(CAP, 'cap = "0 KRW"', "fund.cap", "'0 KRW' is no amount; write one that is more than 0"),
    "too much": Wrong(
        CAP,
        'cap = "1 000 000 000 000 000 KRW"',
        "fund.cap",
        "write one that is more than 0 and less than 1,000,000,000,000,000 of the smallest unit of KRW",
    ),
    "a fraction of a won": Wrong(
        CAP, 'cap = "15.50 KRW"', "fund.cap", "finer than the minor unit of KRW (0 decimals); round it"
    ),
    "a cap with an exponent": Wrong(CAP, "cap = 15e9", "fund.cap", WHOLE % "15000000000.0"),
    "a ceiling in another currency": Wrong(
        CEILING, 'master_plan = "1 000 000 USD"', "ceilings.master_plan", OTHER_MONEY
    ),
    "a sleeve above the fund": Wrong(
        'cap = "12 000', 'cap = "16 000', "fund", "add up to more than its cap; raise it, or lower theirs"
    ),
    "a sleeve that there is not": Wrong(
        'sleeve = "asean-studies"',
        'sleeve = "africa"',
        "sleeve",
        "'africa' is no sleeve of the fund k-city; there are: asean-studies",
    ),
    "two sleeves of one id": Wrong(
        'id = "asean-studies"', 'id = "k-city"', "fund", "have the id 'k-city'; give each an id of its own"
    ),
    # duties
    "a duty of one act": Wrong(DUTY, '["review"]', "duties.0", TWO_ACTS),
    "a duty without brackets": Wrong(f"[{DUTY}, ", '["review", ', "duties.0", TWO_ACTS),
    "an act and itself": Wrong(
        DUTY, '["review", "review"]', "duties.0", "keeps two different acts apart, not review from itself"
    ),
    "an act that there is not": Wrong(
        DUTY, '["reviews", "approve"]', "duties.0", "must be one of 'draft', 'review', 'approve', 'award'"
    ),
    # deadlines
    "no days": Wrong(
        FIRST_DAYS, "working_days = 0", "review.deadline.working_days", "must be at least 1, not 0"
    ),
    "days in words": Wrong(
        FIRST_DAYS, 'working_days = "20 days"', "review.deadline.working_days", WHOLE % '"20 days"'
    ),
    "half a day": Wrong(FIRST_DAYS, "working_days = 20.5", "review.deadline.working_days", WHOLE % "20.5"),
    "a reminder on the day": Wrong(
        FIRST_DAYS,
        "working_days = 20, remind_before = [5, 0]",
        "review.deadline.remind_before.1",
        "must be at least 1, not 0",
    ),
    "one reminder": Wrong(
        FIRST_DAYS,
        "working_days = 20, remind_before = 5",
        "review.deadline.remind_before",
        "must be a list, in [ ], not 5",
    ),
    "another consequence": Wrong(
        'consequence = "return"',
        'consequence = "approve"',
        "study.acceptance.deadline.consequence",
        "must be one of 'lapse' or 'return', not \"approve\"",
    ),
    "a consequence with a capital": Wrong(
        'consequence = "return"',
        'consequence = "Return"',
        "study.acceptance.deadline.consequence",
        "must be one of 'lapse' or 'return', not \"Return\"",
    ),
    "twenty-one rounds": Wrong("rounds = 2", "rounds = 21", "review.rounds", "must be at most 20, not 21"),
    "perhaps": Wrong(
        "[review]",
        '[review]\nattested = "perhaps"',
        "review.attested",
        "must be true or false, without quotes",
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation without an engine, with the people of the demonstration."""
    return installed(tmp_path_factory.mktemp("home"))


def installed(folder: Path, people: str | None = None) -> Path:
    """An installation with these people in its directory."""
    settings = Settings(home=folder)
    if people is not None:
        (folder / "people.toml").write_text(people, encoding="utf-8")
        settings = settings.model_copy(update={"people": folder / "people.toml"})
    database = connect(settings.database)
    set_up(database, settings)
    database.dispose()
    return folder


def broken(wrong: Wrong) -> str:
    """The shipped programme with this thing broken."""
    assert wrong.old in SHIPPED
    return SHIPPED.replace(wrong.old, wrong.new, 1)


def check(home: Path, folder: Path, content: str | bytes) -> Done:
    """What `accord programme check` says of a file with this content."""
    file = folder / "mine.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return inside(home, "programme", "check", str(file), "-o", "json")


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_breaks_a_rule_is_told_by_file_key_and_rule(home: Path, tmp_path: Path, name: str) -> None:
    wrong = UNREADABLE[name]
    done = check(home, tmp_path, broken(wrong))
    assert (done.code, done.out) == (7, "")
    said = done.error()
    found = re.match(rf"mine\.toml: (?:.*; )?{re.escape(wrong.key)}: (.*)", said["message"])
    assert found
    assert wrong.says in found[1]
    assert said["hint"] == "correct the file and run this again"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (SHIPPED.replace("[fund]", "[fund", 1), "cannot be read as TOML in UTF-8: Expected ']'.* line 18"),
        (SHIPPED.replace(SAYS_VERSION, f"{SAYS_VERSION}\nversion = 9"), "Cannot overwrite a value .*line 8"),
        (SHIPPED.replace("interim = 40", "inception = 40"), "Duplicate inline table key 'inception' .*line"),
        (SHIPPED.encode("utf-16"), r"this is no text in UTF-8; save it as UTF-8 \("),
        (b'title = "M\xfcnchen"', r"this is no text in UTF-8; save it as UTF-8 \("),
        (b"", r"the file is empty; docs/programme\.md has the smallest programme that works$"),
        (b"# nothing yet\n", "the file is empty; "),
        (b"#" * (MAX_TOML + 1), "the file is larger than 10,000,000 bytes; is it the one that you mean"),
    ],
    ids=["syntax", "key twice", "tranche twice", "utf-16", "latin-1", "empty", "comment", "too large"],
)
def test_what_is_no_programme_file_is_told_by_its_name(
    home: Path, tmp_path: Path, content: str | bytes, says: str
) -> None:
    done = check(home, tmp_path, content)
    assert (done.code, done.out) == (7, "")
    assert re.match(rf"mine\.toml: .*{says}|mine\.toml: {says}", done.error()["message"])


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "this is a folder, not a file"), ("gone.toml", "there is no such file")],
)
def test_what_is_no_file_is_told_by_its_path(home: Path, tmp_path: Path, name: str, says: str) -> None:
    done = inside(home, "programme", "check", str(tmp_path / name), "-o", "json")
    assert (done.code, done.out) == (7, "")
    said = f"{tmp_path / name}: {says}; check the name, the folder and the rights"
    assert done.error()["message"] == said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'founder = "KR"',
            'founder = "UK"',
            "founder: 'UK' is not an ISO 3166-1 alpha-2 country code, e.g. VN",
        ),
        ('"VN"]', '"VN", "ZZ"]', "countries: 'ZZ' is not an ISO 3166-1 alpha-2 country code, e.g. VN"),
        ("KRW", "KRX", "fund.currency: 'KRX' is not an ISO 4217 currency code, e.g. KRW or USD"),
        ('"Asia/Seoul"', '"Asia/Soul"', "zone: 'Asia/Soul' is not an IANA time zone, e.g. Asia/Seoul"),
    ],
)
def test_a_code_that_nobody_knows_is_told_with_its_key(
    home: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    done = check(home, tmp_path, SHIPPED.replace(old, new))
    key, _, what = says.partition(": ")
    assert [(row["key"], row["rule"], row["what"], row["to_do"]) for row in done.data()] == [
        (key, "code", what, "correct the code in the file")
    ]
    assert (done.code, done.err) == (10, "mine.toml: 1 to put right, 0 to know\n")


STAFFING = [
    (
        LAUNCH,
        LAUNCH.replace("director", "premier"),
        ("launch", "nobody-holds-the-role", "Nobody holds the role premier.", "give somebody the role, or n"),
    ),
    (
        'roles = ["contractor", "coordinator"]\nrounds = 3\ndeadline = { working_days = 120',
        'roles = ["surveyor"]\nrounds = 3\ndeadline = { working_days = 120',
        (
            "study.delivery",
            "nobody-holds-the-role",
            "Nobody holds the role surveyor.",
            "give somebody the ro",
        ),
    ),
    (
        LAUNCH,
        'panel = { seats = ["director", "director", "director", "director"], quorum = 4 }',
        (
            "launch",
            "seats-cannot-be-filled",
            "Too few people can take the seats (director, ",
            "or lower the qu",
        ),
    ),
    (
        LAUNCH,
        'panel = { seats = ["ministry"], quorum = 1, organisation = "nowhere" }',
        (
            "launch",
            "seats-cannot-be-filled",
            "Too few people can take the seats (ministry)",
            "give more people",
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "row"), STAFFING)
def test_a_step_that_stops_is_told_with_its_key(
    home: Path, tmp_path: Path, old: str, new: str, row: tuple[str, ...]
) -> None:
    assert old in SHIPPED
    done = check(home, tmp_path, SHIPPED.replace(old, new, 1))
    (found,) = stopping(done)
    assert (found["key"], found["rule"]) == row[:2]
    assert found["what"].startswith(row[2])
    assert row[3] in found["to_do"]
    assert done.code == 10
    assert done.err.startswith("mine.toml: 1 to put right, ")


def stopping(done: Done) -> list[dict[str, Any]]:
    """The findings that would stop a case."""
    return [row for row in done.data() if row["stops"]]


def test_a_panel_that_hangs_on_one_person_is_known_and_no_error(home: Path, tmp_path: Path) -> None:
    done = check(
        home, tmp_path, SHIPPED.replace(LAUNCH, 'panel = { seats = ["finance_director"], quorum = 1 }')
    )
    found = [row for row in done.data() if row["key"] == "launch"]
    assert [(row["rule"], row["stops"]) for row in found] == [("hangs-on-one-person", False)]
    assert re.match(r"Without .+ the seats \(finance_director\) cannot be filled\.", found[0]["what"])
    assert found[0]["to_do"] == "give one more person a role of this panel"
    assert done.code == 0


@pytest.mark.database
def test_a_review_that_returns_names_those_it_uses_up(tmp_path: Path) -> None:
    people = (ROOT / "data" / "people.toml").read_text(encoding="utf-8")
    home = installed(tmp_path, people.replace('roles = ["ministry"]', "roles = []", 1))
    (found,) = stopping(check(home, tmp_path, SHIPPED))
    assert (found["key"], found["rule"]) == ("funding", "dead-end")
    assert found["what"].startswith(
        "Once Jung Ye-rin and Shin Ha-rin acted in review, nobody is left who may"
    )
    assert "one more person" in found["to_do"]
    assert stopping(check(home, tmp_path, SHIPPED.replace("rounds = 2", "rounds = 1", 1))) == []


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern in a JSON schema."""
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "pattern")
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from patterns(part)


def test_every_form_that_a_programme_asks_for_has_words() -> None:
    asked = set(patterns(json.loads(json.dumps(Programme.model_json_schema()))))
    assert asked <= FORMS.keys()
    assert len(asked) > 5
