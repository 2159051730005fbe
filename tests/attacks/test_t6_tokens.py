"""T6: a token for anybody, by anybody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from activities.case import audit
from activities.people import token
from adapters.ciphers import Ciphers
from adapters.keys import Ring
from cli.errors import Exit
from models.case.envelope import DOOR, SELF_DECLARED, Belief
from models.case.rule import CaseRule
from models.people.delegation import DIRECTORY
from models.people.rule import PeopleRule
from models.people.token import TokenOrder, TokenRevocation
from runtime.settings import Settings
from runtime.setup import set_up
from services.case.cases import Refused
from services.people.keys import ENCRYPTING, Keys
from services.people.tokens import Tokens
from tests.support.command import inside

ONE, TWO = "reg.eom", "reg.pyo"


@pytest.fixture
def tokens(database: Engine, tmp_path: Path) -> Tokens:
    """Of an installation with two registrars, neither of whom has a token."""
    set_up(database, Settings(home=tmp_path))
    return Tokens(database, SELF_DECLARED)


def order(actor: str | None, person: str = "minister.kr", days: int = 30) -> TokenOrder:
    """Somebody wants a token for somebody."""
    return TokenOrder(person=person, days=days, actor=actor)


def refusals(database: Engine, case: str = DIRECTORY) -> list[str | None]:
    """The rules by which something was refused, on record."""
    with database.connect() as connection:
        return [row["rule"] for row in audit.history(connection, audit.Question(case, refused=True))]


@pytest.mark.parametrize(
    ("actor", "person", "rule"),
    [
        ("sec.han", "minister.kr", CaseRule.ROLE_NOT_HELD),
        ("minister.kr", "minister.kr", CaseRule.ROLE_NOT_HELD),
        (None, "minister.kr", CaseRule.ROLE_NOT_HELD),
        (ONE, ONE, PeopleRule.BENEFITS),
        ("nobody.at-all", "minister.kr", CaseRule.UNKNOWN_PERSON),
        (ONE, "nobody.at-all", CaseRule.UNKNOWN_PERSON),
    ],
)
def test_nobody_else_makes_a_token(
    tokens: Tokens, database: Engine, actor: str | None, person: str, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        tokens.issue(order(actor, person))
    assert refused.value.rule == rule
    assert refusals(database) == [rule]
    with database.connect() as connection:
        assert token.listing(connection) == []


def test_a_token_takes_two_registrars_who_say_the_same(tokens: Tokens, database: Engine) -> None:
    assert tokens.issue(order(ONE)).secret is None
    with pytest.raises(Refused) as alone:
        tokens.issue(order(ONE))
    assert alone.value.rule == CaseRule.TWO_PEOPLE
    assert tokens.issue(order(TWO, days=366)).secret is None, "another request"
    issued = tokens.issue(order(TWO))
    assert issued.secret
    with database.connect() as connection:
        (row,) = token.listing(connection)
        assert (row["person"], row["record"]) == ("minister.kr", issued.seq)
        now = datetime.now(UTC)
        assert token.holder(connection, issued.secret, now) == "minister.kr"
        assert token.holder(connection, issued.secret, now + timedelta(days=31)) is None
    assert tokens.issue(order(ONE)).secret is None, "the same again takes two again"


def test_the_first_registrars_get_theirs_from_whoever_runs_it_and_then_nobody_does(
    tokens: Tokens, database: Engine
) -> None:
    for registrar in (ONE, TWO):
        assert tokens.issue(order(None, registrar)).secret
    with pytest.raises(Refused):
        tokens.issue(order(None, ONE))
    assert refusals(database) == [CaseRule.ROLE_NOT_HELD]


@pytest.mark.database
def test_a_token_that_could_not_be_kept_is_never_issued(tmp_path: Path) -> None:
    assert inside(tmp_path, "setup").code == 0
    (tmp_path / "file").touch()
    for kept in (tmp_path / "file", tmp_path / "file" / "token"):
        done = inside(tmp_path, "token", "issue", ONE, "--to", str(kept))
        assert (done.code, "cannot be written" in done.err) == (Exit.INVALID, True)
    assert inside(tmp_path, "token", "list", "-o", "jsonl").out == ""
    kept = tmp_path / "token"
    assert inside(tmp_path, "token", "issue", ONE, "--to", str(kept)).code == 0
    assert kept.read_text().startswith("accord_")


def test_tokens_end_at_once_by_a_registrar_or_their_holder_only(tokens: Tokens, database: Engine) -> None:
    tokens.issue(order(ONE))
    secret = tokens.issue(order(TWO)).secret
    assert secret
    with pytest.raises(Refused):
        tokens.revoke(TokenRevocation(person="minister.kr", actor="sec.han", reason="So."))
    now = datetime.now(UTC)
    with database.connect() as connection:
        assert token.holder(connection, secret, now) == "minister.kr"
    tokens.revoke(TokenRevocation(person="minister.kr", actor="minister.kr", reason="Lost."))
    with database.connect() as connection:
        assert token.holder(connection, secret, now) is None


def test_where_people_must_be_signed_in_a_name_is_not_enough(tokens: Tokens, database: Engine) -> None:
    unsigned = Tokens(database, Belief(refused=CaseRule.NOT_ATTESTED))
    with pytest.raises(Refused) as refused:
        unsigned.issue(order(ONE))
    assert refused.value.rule == CaseRule.NOT_ATTESTED
    with pytest.raises(Refused):
        unsigned.revoke(TokenRevocation(person="minister.kr", actor=ONE, reason="So."))
    assert refusals(database) == [CaseRule.NOT_ATTESTED] * 2


def test_payloads_are_encrypted_with_a_new_key_by_registrars_only(
    tokens: Tokens, database: Engine, tmp_path: Path
) -> None:
    ciphers = Ciphers(tmp_path / "keys")
    keys = Keys(database, Ring(tmp_path / "keys", tmp_path / "signing"), ciphers, SELF_DECLARED)
    with pytest.raises(Refused):
        keys.encrypt("sec.han", "So.")
    assert ciphers.listed() == ()
    first, second = keys.encrypt(ONE, "From now on."), keys.encrypt(TWO, "Yearly.")
    assert [one.kid for one in ciphers.listed()] == [first.kid, second.kid]
    with database.connect() as connection:
        rows = audit.history(connection, audit.Question(DOOR))
    assert [row["action"] for row in rows] == ["refused", ENCRYPTING, ENCRYPTING]
    assert all(one.secret not in str(rows) for one in ciphers.listed())


def test_keys_change_on_record_by_registrars_only(tokens: Tokens, database: Engine, tmp_path: Path) -> None:
    ring = Ring(tmp_path / "keys", tmp_path / "signing")
    first, keys = ring.kid, Keys(database, ring, Ciphers(tmp_path / "keys"), SELF_DECLARED)
    with pytest.raises(Refused):
        keys.rotate("sec.han", "So.")
    with pytest.raises(Refused):
        keys.withdraw(first, "minister.kr", "So.")
    assert ring.kid == first
    made = keys.rotate(ONE, "Yearly.")
    assert ring.kid == made.kid != first
    assert keys.withdraw("0" * 16, ONE, "None.") is None
    gone = keys.withdraw(first, TWO, "Leaked.")
    assert gone
    with database.connect() as connection:
        rows = audit.history(connection, audit.Question(DOOR))
    assert [row["action"] for row in rows] == ["refused", "refused", "key made", "key withdrawn"]
    assert [row["seq"] for row in rows[2:]] == [made.seq, gone.seq]
