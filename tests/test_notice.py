"""Notices end to end: a real mail server, real databases, and the workflow that delivers."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select, update

from activities.notice import Letter, Outbox, listing, pending
from models.notice import Delivered, Draft, NoticeStatus
from models.tables.notice import delivery, notice
from runtime.database import connect
from runtime.engine import Embedded
from runtime.mail import sender
from runtime.settings import Settings
from runtime.setup import set_up
from runtime.working import working
from tests.house import House, sha
from tests.test_database import entry, furnish, write

LIM, HAN = "expert.lim@accord.example", "sec.han@accord.example"


class Mailbox:
    """The inside of a mail server: keeps what it accepts, and refuses as it is told."""

    def __init__(self, at: str = "RCPT") -> None:
        self.at = at
        self.refusals: dict[str, str] = {}
        self.asked = 0
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        self.asked += 1
        envelope.rcpt_tos.append(to)
        return self.refusals.get(to, "250 OK") if self.at == "RCPT" else "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        (to,) = envelope.rcpt_tos
        if to in self.refusals:
            return self.refusals[to]
        self.letters.append(message_from_bytes(envelope.content, EmailMessage, policy=default))
        self.recipients.append(to)
        return "250 kept"


@contextmanager
def serving(mailbox: Mailbox, port: int) -> Iterator[None]:
    """A mail server on this port."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail(database: Engine, port: int) -> Iterator[tuple[Mailbox, Outbox]]:
    """A running mail server, and the outbox of a furnished database that sends to it."""
    furnish(database)
    mailbox = Mailbox()
    with serving(mailbox, port):
        yield mailbox, Outbox(database, sender(settings(port)))


def settings(port: int | None = None, home: Path = Path("/nowhere")) -> Settings:
    """An installation that sends to this port, or without one to a folder."""
    return Settings(home=home, smtp_host="127.0.0.1" if port else None, smtp_port=port or 25)


def tell(database: Engine, *who: str, key: str = "k", subject: str = "Read", **more: Any) -> None:
    """Put a notice to these people on record."""
    write(database, entry(key, notices=(Draft(subject=subject, body="Please.\n", persons=who, **more),)))


def later(database: Engine) -> None:
    """Let the time pass until every notice would be due."""
    with database.begin() as connection:
        connection.execute(update(notice).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))


def outbox(database: Engine, status: NoticeStatus | None = None) -> dict[str, dict[str, Any]]:
    """The notices by their recipient."""
    with database.connect() as connection:
        return {row["person"]: row for row in listing(connection, status)}


def tried(database: Engine) -> list[tuple[int, str, str]]:
    """The log of what was tried, in order."""
    columns = select(delivery.c.attempt, delivery.c.status, delivery.c.detail)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(columns.order_by(delivery.c.at))]


def test_a_notice_is_delivered_once(database: Engine, mail: tuple[Mailbox, Outbox]) -> None:
    mailbox, post = mail
    tell(database, "expert.lim", roles=("expert", "secretariat"))
    assert post.deliver() == Delivered(delivered=2, failed=0, dead=0, next_in=None)
    later(database)
    assert post.deliver() == Delivered(delivered=0, failed=0, dead=0, next_in=None)
    assert sorted(mailbox.recipients) == [LIM, HAN]
    letter = mailbox.letters[mailbox.recipients.index(LIM)]
    assert letter["Message-ID"] == f"<{sha('k:0:expert.lim')}@accord>"
    assert (letter["X-Accord-Key"], letter["X-Accord-Case"]) == ("k:0:expert.lim", "T-1")
    assert (letter["To"], letter["Subject"], letter.get_content()) == (LIM, "Read", "Please.\r\n")
    assert tried(database) == [(1, "delivered", "250 accepted")] * 2


def test_a_letter_that_was_sent_but_not_ticked_off_goes_out_with_the_same_id(
    database: Engine, mail: tuple[Mailbox, Outbox], port: int
) -> None:
    def send_and_crash(letter: Letter) -> str:
        sender(settings(port))(letter)
        raise RuntimeError("the worker died")

    mailbox, post = mail
    tell(database, "expert.lim")
    with pytest.raises(RuntimeError):
        Outbox(database, send_and_crash).deliver()
    assert post.deliver().delivered == 1
    first, second = mailbox.letters
    assert first.as_bytes() == second.as_bytes()
    assert [attempt for attempt, _, _ in tried(database)] == [1]


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_after_growing_waits(
    database: Engine, mail: tuple[Mailbox, Outbox], at: str
) -> None:
    mailbox, post = mail
    mailbox.at, mailbox.refusals = at, {LIM: "451 busy"}
    tell(database, "expert.lim", "sec.han")
    for wait in (2, 4, 8, 16):
        done = post.deliver()
        assert (done.failed, done.dead) == (1, 0)
        assert done.next_in == pytest.approx(wait, abs=1)
        assert post.deliver().failed == 0
        later(database)
    assert mailbox.recipients == [HAN]
    mailbox.refusals = {}
    assert post.deliver().delivered == 1
    log = [(attempt, status) for attempt, status, _ in tried(database) if attempt > 1]
    assert log == [(2, "pending"), (3, "pending"), (4, "pending"), (5, "delivered")]
    assert sum("451 busy" in detail for _, _, detail in tried(database)) == 4


def test_no_wait_is_longer_than_an_hour(database: Engine, port: int) -> None:
    furnish(database)
    tell(database, "expert.lim")
    with database.begin() as connection:
        connection.execute(update(notice).values(attempts=1_000_000))
    assert 3500 < (Outbox(database, sender(settings(port))).deliver().next_in or 0) <= 3600


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
def test_a_refusal_for_good_is_dead_and_holds_up_nobody_else(
    database: Engine, mail: tuple[Mailbox, Outbox], at: str
) -> None:
    mailbox, post = mail
    mailbox.at, mailbox.refusals = at, {LIM: "550 no such user"}
    tell(database, "expert.lim", "sec.han")
    assert post.deliver() == Delivered(delivered=1, failed=0, dead=1, next_in=None)
    (dead,) = outbox(database, NoticeStatus.DEAD).values()
    assert (dead["person"], dead["attempts"], dead["detail"]) == ("expert.lim", 1, "550 no such user")
    later(database)
    asked = mailbox.asked
    assert post.deliver() == Delivered(delivered=0, failed=0, dead=0, next_in=None)
    assert (mailbox.asked, mailbox.recipients) == (asked, [HAN])


def test_while_the_server_is_down_notices_wait(database: Engine, port: int) -> None:
    furnish(database)
    tell(database, "expert.lim")
    post = Outbox(database, sender(settings(port)))
    assert post.deliver().failed == 1
    row = outbox(database)["expert.lim"]
    assert (row["status"], row["attempts"]) == ("pending", 1)
    assert "ConnectionRefusedError" in row["detail"]
    later(database)
    mailbox = Mailbox()
    with serving(mailbox, port), database.connect() as connection:
        assert pending(connection)
        connection.rollback()
        assert post.deliver().delivered == 1
        assert not pending(connection)
    assert mailbox.recipients == [LIM]


def test_a_subject_cannot_become_a_header(database: Engine, mail: tuple[Mailbox, Outbox]) -> None:
    mailbox, post = mail
    tell(database, "expert.lim", subject="Huế\r\nBcc: sec.han@accord.example\n\nX-Spy: 1\u2028Cc: x@y.z\x0bz")
    assert post.deliver().delivered == 1
    (letter,) = mailbox.letters
    assert letter["Subject"] == "Huế Bcc: sec.han@accord.example X-Spy: 1 Cc: x@y.z z"
    assert not {"Bcc", "Cc", "X-Spy"} & set(letter.keys())
    assert mailbox.recipients == [LIM]


def test_without_a_server_a_letter_is_one_file_however_often_it_is_sent(
    database: Engine, tmp_path: Path
) -> None:
    furnish(database)
    tell(database, "expert.lim", "sec.han")
    send = sender(settings(home=tmp_path))
    assert Outbox(database, send).deliver().delivered == 2
    names = {path.name: path.read_bytes() for path in (tmp_path / "mail").iterdir()}
    assert set(names) == {f"{sha(f'k:0:{who}')[:24]}.eml" for who in ("expert.lim", "sec.han")}
    send(Letter("k:0:expert.lim", "T-1", "Read", "Please.\n", LIM))
    assert {path.name: path.read_bytes() for path in (tmp_path / "mail").iterdir()} == names


async def settled(house: House, case: str, attempts: int) -> list[dict[str, Any]]:
    """The notices of a case, when each was tried that often; or as they are after 15 s."""
    for _ in range(150):
        rows = [row for row in house.read(listing) if row["case"] == case]
        if rows and all(row["attempts"] >= attempts for row in rows):
            break
        await asyncio.sleep(0.1)
    return rows


async def test_the_notices_of_a_case_are_delivered(house: House) -> None:
    case = await house.propose()
    await case.approve("review")
    await case.gate("funding")
    rows = await settled(house, case.id, attempts=1)
    assert {row["status"] for row in rows} == {"delivered"}
    assert {"expert.lim", "sec.han", "molit.park", "treasury.cho"} <= {row["person"] for row in rows}
    for row in rows:
        path = house.settings.home / "mail" / f"{sha(row['key'])[:24]}.eml"
        letter = message_from_bytes(path.read_bytes(), policy=default)
        assert (letter["X-Accord-Key"], letter["X-Accord-Case"]) == (row["key"], case.id)


async def test_a_dead_mail_server_never_holds_up_a_case(tmp_path: Path, port: int) -> None:
    dead = settings(port, tmp_path)
    database = connect(dead.database)
    set_up(database, dead)
    engine = Embedded(tmp_path)
    try:
        client = await engine.start()
        async with working(client, database, dead, grace=timedelta(seconds=1)):
            house = House(client, database, dead)
            case = await house.propose()
            await case.approve("review")
            await settled(house, case.id, attempts=1)
            await case.gate("funding")
            await case.withdraw()
            assert await case.ended() == "withdrawn"
            rows = await settled(house, case.id, attempts=1)
            assert {row["status"] for row in rows} == {"pending"}
            assert all("ConnectionRefusedError" in row["detail"] for row in rows)
    finally:
        engine.stop()
        database.dispose()
