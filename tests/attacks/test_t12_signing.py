"""T12: who binds a government. One human binds one party, by a role of that day, never what they drafted."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from activities.case import notice as notices
from activities.case.inbox import waiting
from activities.people import person
from models.agreement.agreement import Party, Signature, Text
from models.agreement.replacement import Replacement, ReplacementWithdrawal
from models.agreement.rule import AgreementRule
from models.case.record import Answer
from models.case.rule import CaseRule
from models.people.person import Person
from models.people.rule import PeopleRule
from services.agreement import authority
from services.case.cases import Refused
from tests.support.house import House, sha
from tests.support.kinds import Subject, started

_numbers = count(1)
KR = Party(organisation="molit", country="KR", signatory="minister.kr")


def signatory(house: House, organisation: str, *roles: str, **more: Any) -> str:
    """Somebody new of an organisation."""
    who = f"signs.{next(_numbers)}"
    fields = {"id": who, "name": who, "organisation": organisation, "email": f"{who}@accord.example"} | more
    with house.database.begin() as connection:
        person.register(connection, [Person(roles=roles, **fields)])
    return who


async def tabled(house: House, *parties: Party, actor: str = "coord.seo") -> tuple[Subject, Answer]:
    """An agreement with such a text on the table."""
    subject = await started(house, "agreement")
    fields = {"kind": "mou", "title": "MOU", "document": sha(subject.case.id), "parties": parties}
    gate = await subject.case.gate("agreement.text")
    text = Text.model_validate({"gate": gate["id"], "actor": actor} | fields)
    answer = await subject.send(("table", text))
    if answer.accepted:
        await subject.case.approve("agreement.clearance")
    return subject, answer


async def signed(subject: Subject, actor: str) -> Answer:
    gate = await subject.case.gate("agreement.signing")
    fields = {"verdict": "sign", "document": sha(subject.case.id)}
    signature = Signature.model_validate({"gate": gate["id"], "actor": actor} | fields)
    return await subject.send(("sign", signature))


def vietnam(who: str) -> Party:
    return Party(organisation="host.vn", country="VN", signatory=who)


async def test_one_human_does_not_bind_both_countries_under_two_accounts(house: House) -> None:
    one = signatory(house, "molit", "signatory", subject="idp|one")
    other = signatory(house, "host.vn", "signatory", subject="idp|one")
    subject, _ = await tabled(house, KR.model_copy(update={"signatory": one}), vietnam(other))
    assert (await signed(subject, one)).accepted
    answer = await signed(subject, other)
    assert (answer.accepted, answer.rule) == (False, AgreementRule.ONE_PARTY)


@pytest.mark.parametrize(
    "made",
    [
        lambda house: vietnam(signatory(house, "host.vn", "expert")),
        lambda house: vietnam(signatory(house, "kind", "signatory")),
        lambda house: Party(
            organisation="molit", country="VN", signatory=signatory(house, "molit", "signatory")
        ),
        lambda _: vietnam("nobody.at.all"),
    ],
    ids=["no role", "another organisation", "another country", "a stranger"],
)
async def test_nobody_signs_for_a_party_without_its_authority(
    house: House, made: Callable[[House], Party]
) -> None:
    party = made(house)
    subject, _ = await tabled(house, KR, party)
    answer = await signed(subject, party.signatory)
    assert (answer.accepted, answer.rule) == (False, AgreementRule.NO_AUTHORITY)


async def test_a_party_that_nobody_knows_is_not_tabled(house: House) -> None:
    unknown = Party(organisation="Atlantis", country="VN", signatory=signatory(house, "host.vn", "signatory"))
    with pytest.raises(Refused) as caught:
        await tabled(house, KR, unknown)
    assert caught.value.rule == PeopleRule.UNKNOWN_ORGANISATION


async def test_authority_is_that_of_the_day_of_signing(house: House) -> None:
    who = signatory(house, "host.vn", "signatory")
    subject, _ = await tabled(house, KR, vietnam(who))
    with house.database.begin() as connection:
        known = person.find(connection, who)
        assert known
        person.register(connection, [known.model_copy(update={"roles": ()})])
    assert (await signed(subject, who)).rule == AgreementRule.NO_AUTHORITY


async def test_the_drafter_does_not_sign_under_any_account(house: House) -> None:
    drafter = signatory(house, "host.vn", "coordinator", subject="idp|draft")
    signs = signatory(house, "host.vn", "signatory", subject="idp|draft")
    subject, answer = await tabled(house, KR, vietnam(signs), actor=drafter)
    assert answer.accepted
    assert (await signed(subject, signs)).rule == AgreementRule.DRAFTER


async def test_a_text_without_the_host_is_not_tabled(house: House) -> None:
    other = Party(organisation="kind", country="KR", signatory=signatory(house, "kind", "signatory"))
    _, answer = await tabled(house, KR, other)
    assert (answer.accepted, answer.rule) == (False, AgreementRule.COUNTRIES)


async def test_a_party_may_be_named_by_the_name_that_the_directory_has(house: House) -> None:
    named = Party(organisation="host authority, Viet Nam", country="VN", signatory="signatory.vn")
    subject, _ = await tabled(house, KR, named)
    shown = json.loads((await subject.case.gate("agreement.signing"))["subject"])
    assert [party["organisation"] for party in shown["parties"]] == ["molit", "host.vn"], "by id"
    assert (await signed(subject, "signatory.vn")).accepted
    assert (await signed(subject, "minister.kr")).accepted


# -- a signatory is replaced ------------------------------------------------------------------


async def at_signing(house: House) -> Subject:
    """An agreement that waits for minister.kr and signatory.vn."""
    subject, _ = await tabled(house, KR, vietnam("signatory.vn"))
    await subject.case.gate("agreement.signing")
    return subject


async def replaced(
    subject: Subject, actor: str, new: str, old: str = "signatory.vn", reason: str = "A new minister."
) -> Answer:
    gate = f"{subject.case.id}:agreement.signing:1"
    times = subject.case.house.read(lambda connection: authority.times_named(connection, gate, old))
    said = Replacement(gate=gate, actor=actor, old=old, new=new, times=times, reason=reason)
    return await subject.send(("replace_signatory", said))


async def withdrawn(subject: Subject, actor: str, old: str = "signatory.vn") -> Answer:
    gate = f"{subject.case.id}:agreement.signing:1"
    return await subject.send(
        ("withdraw_replacement", ReplacementWithdrawal(gate=gate, actor=actor, old=old))
    )


def inbox(house: House, person_id: str, subject: Subject) -> list[str]:
    """The gates of this agreement that wait for somebody."""
    rows = house.read(lambda connection: waiting(connection, person_id))
    return [row["id"] for row in rows if row["case"] == subject.case.id]


def told(house: House, subject: Subject, words: str) -> set[str]:
    """Who is written to, with these words in the subject."""
    rows = house.read(notices.listing)
    return {row["person"] for row in rows if row["case"] == subject.case.id and words in row["subject"]}


async def test_a_signatory_is_replaced_by_a_coordinator_and_a_second_person(house: House) -> None:
    new, second = signatory(house, "host.vn", "signatory"), signatory(house, "host.vn", "expert")
    subject = await at_signing(house)
    assert (await signed(subject, "minister.kr")).accepted
    assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await signed(subject, new)).rule == AgreementRule.NOT_A_PARTY, "one has asked, nobody confirmed"
    assert inbox(house, new, subject) == []
    assert (await replaced(subject, second, new, reason="Decree 12.")).accepted
    gate = f"{subject.case.id}:agreement.signing:1"
    assert (inbox(house, "signatory.vn", subject), inbox(house, new, subject)) == ([], [gate])
    assert {"signatory.vn", new, "minister.kr"} <= told(house, subject, f"{new} signs instead of")
    assert (await signed(subject, "signatory.vn")).rule == AgreementRule.NOT_A_PARTY
    assert (await signed(subject, new)).accepted, "what the other one signed counts"
    ending = await subject.handle.result()
    assert ending["status"] == "concluded"
    entry = next(row for row in subject.history() if row["action"] == "signatory replaced")
    known = {"old": "signatory.vn", "new": new, "party": "host.vn", "asked_by": "coord.seo"}
    assert (entry["actor"], entry["payload"]["facts"]) == (second, known)
    outcome = subject.history()[-1]["payload"]["effects"][-1]["outcome"]
    assert [party["signatory"] for party in outcome["parties"]] == ["minister.kr", new]


@pytest.mark.parametrize("confirms", ["coord.seo", "the same human"])
async def test_one_human_does_not_replace_a_signatory_alone(house: House, confirms: str) -> None:
    new = signatory(house, "host.vn", "signatory")
    first = signatory(house, "molit", "coordinator", subject=f"idp|{new}")
    other = signatory(house, "host.vn", "coordinator", subject=f"idp|{new}")
    subject = await at_signing(house)
    asks, again = ("coord.seo", "coord.seo") if confirms == "coord.seo" else (first, other)
    assert (await replaced(subject, asks, new)).accepted
    assert (await replaced(subject, again, new, reason="Once more.")).rule == CaseRule.TWO_PEOPLE
    assert inbox(house, new, subject) == []


async def test_nobody_makes_themselves_a_signatory_under_any_account(house: House) -> None:
    new = signatory(house, "host.vn", "signatory", "coordinator", subject="idp|self")
    other = signatory(house, "molit", "coordinator", subject="idp|self")
    subject = await at_signing(house)
    assert (await replaced(subject, new, new)).rule == AgreementRule.NAMES_THEMSELVES
    assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await replaced(subject, other, new)).rule == AgreementRule.NAMES_THEMSELVES


async def test_a_coordinator_asks_and_the_party_only_confirms(house: House) -> None:
    new, second = signatory(house, "host.vn", "signatory"), signatory(house, "host.vn", "expert")
    subject = await at_signing(house)
    assert (await replaced(subject, second, new)).rule == CaseRule.ROLE_NOT_HELD
    assert (await replaced(subject, "coord.seo", new)).accepted
    for stranger in ("pay.oh", "nobody.at.all", "minister.kr"):
        assert (await replaced(subject, stranger, new)).rule == CaseRule.ROLE_NOT_HELD
    assert (await replaced(subject, "signatory.vn", new)).accepted, "who leaves may say so, too"


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (lambda house: signatory(house, "host.vn", "expert"), AgreementRule.NO_AUTHORITY),
        (lambda house: signatory(house, "molit", "signatory"), AgreementRule.NO_AUTHORITY),
        (lambda _: "nobody.at.all", CaseRule.UNKNOWN_PERSON),
        (lambda _: "minister.kr", AgreementRule.ONE_PARTY),
        (
            lambda house: signatory(house, "host.vn", "signatory", subject=behind(house)),
            AgreementRule.ONE_PARTY,
        ),
        (lambda house: drafter(house), AgreementRule.DRAFTER),
    ],
    ids=["no role", "another party", "a stranger", "the other signatory", "the same human", "the drafter"],
)
@pytest.mark.parametrize("first", ["nobody has signed", "the other has signed"])
async def test_who_may_not_sign_replaces_nobody(
    house: House, made: Callable[[House], str], rule: str, first: str
) -> None:
    new = made(house)
    subject = await at_signing(house)
    if first == "the other has signed":
        assert (await signed(subject, "minister.kr")).accepted
    assert (await replaced(subject, "expert.moon", new)).rule == rule


def behind(house: House) -> str:
    """Who is behind the account that signs for Korea."""
    return house.read(lambda connection: person.subject_of(connection, "minister.kr"))


def drafter(house: House) -> str:
    """Another account of who puts texts on the table."""
    subject = house.read(lambda connection: person.subject_of(connection, "coord.seo"))
    return signatory(house, "host.vn", "signatory", subject=subject)


async def test_authority_of_who_replaces_is_that_of_the_day_of_signing(house: House) -> None:
    new = signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await replaced(subject, "signatory.vn", new)).accepted
    with house.database.begin() as connection:
        known = person.find(connection, new)
        assert known
        person.register(connection, [known.model_copy(update={"roles": ()})])
    assert (await signed(subject, new)).rule == AgreementRule.NO_AUTHORITY


async def test_who_has_signed_is_not_replaced(house: House) -> None:
    new = signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await signed(subject, "signatory.vn")).accepted, "asked for is not done"
    answer = await replaced(subject, "nominator.vn", new)
    assert answer.rule == AgreementRule.HAS_SIGNED
    assert "another signatory refuses" in answer.message
    assert (await replaced(subject, "coord.seo", new, old="pay.oh")).rule == AgreementRule.NO_SIGNATORY


async def test_a_request_that_is_withdrawn_is_asked_for_again(house: House) -> None:
    new = signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    assert (await withdrawn(subject, "coord.seo")).rule == AgreementRule.NO_REPLACEMENT
    for _ in range(2):
        first = await replaced(subject, "coord.seo", new)
        assert first.accepted
        assert (await replaced(subject, "coord.seo", new)).seq == first.seq, "the same words"
        assert (await withdrawn(subject, "pay.oh")).rule == CaseRule.ROLE_NOT_HELD
        assert (await withdrawn(subject, "coord.seo")).accepted
        assert (await replaced(subject, "signatory.vn", new)).rule == CaseRule.ROLE_NOT_HELD
    assert inbox(house, "signatory.vn", subject) != []
    assert (await signed(subject, "signatory.vn")).accepted


async def test_a_signatory_is_replaced_twice_and_back(house: House) -> None:
    one, two = signatory(house, "host.vn", "signatory"), signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    for old, new in (("signatory.vn", one), (one, two), (two, "signatory.vn"), ("signatory.vn", one)):
        assert (await replaced(subject, "coord.seo", new, old)).accepted
        confirmed = await replaced(subject, second_of(house), new, old)
        assert confirmed.accepted, confirmed
        assert (inbox(house, old, subject), len(inbox(house, new, subject))) == ([], 1)
    assert (await signed(subject, one)).accepted
    assert (await signed(subject, "minister.kr")).accepted
    assert (await subject.handle.result())["status"] == "concluded"


def second_of(house: House) -> str:
    """Somebody of the party who signs nothing."""
    return signatory(house, "host.vn", "expert")


async def test_another_request_takes_the_place_of_the_first(house: House) -> None:
    one, two = signatory(house, "host.vn", "signatory"), signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    for new in (one, two, one, two):
        assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await replaced(subject, "signatory.vn", one)).rule == CaseRule.ROLE_NOT_HELD
    assert (await replaced(subject, "signatory.vn", two)).accepted
    assert len(inbox(house, two, subject)) == 1


async def test_a_request_lapses_and_is_asked_for_again(house: House) -> None:
    new = signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    assert (await replaced(subject, "coord.seo", new)).accepted
    await house.skip(subject.handle, days=31)
    assert (await replaced(subject, "signatory.vn", new)).rule == CaseRule.ROLE_NOT_HELD
    assert (await replaced(subject, "coord.seo", new)).accepted, "asked for anew"
    assert (await replaced(subject, "signatory.vn", new)).accepted
    assert (await signed(subject, new)).accepted


async def test_the_day_before_the_ceremony_the_deadline_stays_and_the_new_one_signs(house: House) -> None:
    new = signatory(house, "host.vn", "signatory")
    subject = await at_signing(house)
    gate = await subject.case.gate("agreement.signing")
    left = gate["due_at"] - datetime.now(UTC)
    await house.skip(subject.handle, days=left.days)
    assert (await replaced(subject, "coord.seo", new)).accepted
    assert (await replaced(subject, "signatory.vn", new)).accepted
    assert (await subject.case.gate("agreement.signing"))["due_at"] == gate["due_at"]
    assert (await signed(subject, new)).accepted
    assert (await signed(subject, "minister.kr")).accepted
    assert (await subject.handle.result())["status"] == "concluded"
