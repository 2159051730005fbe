"""T12: who binds a government. One human binds one party, by a role of that day, never what they drafted."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from activities.people import person
from models.agreement.agreement import Party, Signature, Text
from models.agreement.rule import AgreementRule
from models.case.record import Answer
from models.people.person import Person
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
        lambda house: Party(
            organisation="Hue", country="VN", signatory=signatory(house, "host.vn", "signatory")
        ),
        lambda _: vietnam("nobody.at.all"),
    ],
    ids=["no role", "another organisation", "another country", "a name that nobody knows", "a stranger"],
)
async def test_nobody_signs_for_a_party_without_its_authority(
    house: House, made: Callable[[House], Party]
) -> None:
    party = made(house)
    subject, _ = await tabled(house, KR, party)
    answer = await signed(subject, party.signatory)
    assert (answer.accepted, answer.rule) == (False, AgreementRule.NO_AUTHORITY)


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
    assert (await signed(subject, "signatory.vn")).accepted
    assert (await signed(subject, "minister.kr")).accepted
