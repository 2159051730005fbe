"""The signatory of an agreement is replaced from the command line: one asks, another confirms."""

from activities.people import person
from models.case.rule import CaseRule
from models.people.person import Person
from tests.support.command import accord
from tests.support.house import House


async def test_one_asks_for_another_signatory_and_a_second_person_confirms(house: House) -> None:
    with house.database.begin() as connection:
        fields = {"organisation": "host.vn", "email": "deputy@accord.example", "roles": ["signatory"]}
        new = Person.model_validate({"id": "deputy.vn", "name": "Deputy Minister"} | fields)
        person.register(connection, [new])
    case = await house.propose()
    await case.reach("agreement.signing")
    words = ("agreement", "replace", f"{case.id}:agreement.signing:1", "signatory.vn", "deputy.vn")
    said = (*words, "--reason", "A new minister.", "--as")
    asked = await accord(house.settings.home, *said, "coord.seo")
    assert (asked.code, "On record." in asked.out) == (0, True), asked
    alone = await accord(house.settings.home, *words, "--reason", "Again.", "--as", "coord.seo")
    assert f"({CaseRule.TWO_PEOPLE})" in alone.err, alone
    confirmed = await accord(house.settings.home, *said, "nominator.vn")
    assert confirmed.code == 0, confirmed
    back = (*words[:3], "deputy.vn", "signatory.vn", "--reason", "Back.", "--as")
    for who in ("coord.seo", "nominator.vn"):
        assert (await accord(house.settings.home, *back, who)).code == 0
    gone = await accord(
        house.settings.home, "agreement", "withdraw", words[2], "signatory.vn", "--as", "coord.seo"
    )
    assert "(no-replacement)" in gone.err
    assert case.actions().count("signatory replaced") == 2
