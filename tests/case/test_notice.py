"""The outbox on real databases, delivered to a real mail server that is up, down, or unwilling."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from activities.case.delivery import Letter, Outbox
from activities.case.notice import listing, pending
from adapters.mail import compose, sender
from models.case.notice import Delivered, Draft, NoticeStatus
from models.tables.notice import delivery, notice
from runtime.settings import Settings
from runtime.temporal.server import free_ports
from tests.support.entries import entry, write
from tests.support.furnished import furnish
from tests.support.house import sha

LIM, HAN = "expert.lim@accord.example", "sec.han@accord.example"
NOTHING = Delivered(delivered=0, failed=0, dead=0, next_in=None)


class MailServer:
    """A mail server that keeps what it accepts, refuses as it is told, and is down until it is started."""

    def __init__(self) -> None:
        self.settings = Settings(smtp_host="127.0.0.1", smtp_port=free_ports()[0])
        self.controller: Any = None
        self.refusals: dict[tuple[str, str], str] = {}
        self.asked: list[str] = []
        self.kept: list[tuple[str, EmailMessage]] = []

    def start(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.settings.smtp_port)
        self.controller.start()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
        self.asked.append(to)
        envelope.rcpt_tos.append(to)
        return self.refusals.get(("RCPT", to), "250 OK")

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        (to,) = envelope.rcpt_tos
        if ("DATA", to) not in self.refusals:
            self.kept.append((to, message_from_bytes(envelope.content, EmailMessage, policy=default)))
        return self.refusals.get(("DATA", to), "250 kept")


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that is down, and will be."""
    server = MailServer()
    yield server
    if server.controller:
        server.controller.stop()


@pytest.fixture
def post(database: Engine, server: MailServer) -> Outbox:
    """The outbox of a furnished database, and the server started to which it sends."""
    furnish(database)
    server.start()
    return Outbox(database, sender(server.settings))


def tell(database: Engine, *who: str, subject: str = "Read", roles: tuple[str, ...] = ()) -> None:
    """Put a notice to these people on record."""
    draft = Draft(subject=subject, body="Please.\n", persons=who, roles=roles)
    write(database, entry("k", notices=(draft,)))


def later(database: Engine, **more: Any) -> None:
    """Let the time pass until every notice would be due."""
    with database.begin() as connection:
        connection.execute(update(notice).values(due_at=datetime.now(UTC) - timedelta(seconds=1), **more))


def read(database: Engine, query: Any, *wish: Any) -> Any:
    """What a query finds."""
    with database.connect() as connection:
        return query(connection, *wish)


def tried(database: Engine) -> list[tuple[int, str, str]]:
    """The log of what was tried, in order."""
    columns = select(delivery.c.attempt, delivery.c.status, delivery.c.detail)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(columns.order_by(delivery.c.at))]


def test_a_notice_is_delivered_once(database: Engine, server: MailServer, post: Outbox) -> None:
    tell(database, "expert.lim", roles=("expert", "secretariat"))
    assert post.deliver() == Delivered(delivered=2, failed=0, dead=0, next_in=None)
    later(database)
    assert post.deliver() == NOTHING
    letters = dict(server.kept)
    assert sorted(server.asked) == sorted(letters) == [LIM, HAN]
    assert letters[LIM]["Message-ID"].strip() == f"<{sha('k:0:expert.lim')[:40]}@accord>"
    headers = [letters[LIM][name] for name in ("X-Accord-Key", "X-Accord-Case", "To", "Subject")]
    assert headers == ["k:0:expert.lim", "T-1", LIM, "Read"]
    assert letters[LIM].get_content() == "Please.\r\n"
    assert tried(database) == [(1, "delivered", "250 accepted")] * 2


class Died(BaseException):
    """The worker died before it ticked the letter off."""


def test_one_letter_that_cannot_be_written_holds_up_no_other(database: Engine) -> None:
    def send(letter: Letter) -> str:
        if letter.address == LIM:
            raise AttributeError("an address nobody can parse")
        return "sent"

    furnish(database)
    tell(database, "expert.lim", "sec.han")
    done = Outbox(database, send).deliver()
    assert (done.delivered, done.failed, done.dead) == (1, 1, 0)


def test_a_subject_that_is_too_long_is_shortened(database: Engine) -> None:
    furnish(database)
    tell(database, "expert.lim", subject="word " * 200)
    assert len(read(database, listing)[0]["subject"]) <= 300


def test_a_letter_that_is_sent_again_is_the_same_letter(
    database: Engine, server: MailServer, post: Outbox
) -> None:
    def send_and_crash(letter: Letter) -> str:
        sender(server.settings)(letter)
        raise Died

    tell(database, "expert.lim")
    with pytest.raises(Died):
        Outbox(database, send_and_crash).deliver()
    assert post.deliver().delivered == 1
    (_, first), (_, second) = server.kept
    del first["Date"], second["Date"]
    assert first.as_bytes() == second.as_bytes()


def test_a_refusal_for_now_is_tried_again_after_growing_waits(
    database: Engine, server: MailServer, post: Outbox
) -> None:
    server.refusals = {("RCPT", LIM): "451 busy", ("DATA", HAN): "451 busy"}
    tell(database, "expert.lim", "sec.han")
    for wait in (2, 4, 8, 16):
        done = post.deliver()
        assert (done.failed, done.dead) == (2, 0)
        assert done.next_in == pytest.approx(wait, abs=1)
        assert post.deliver().failed == 0
        later(database)
    server.refusals = {}
    assert post.deliver().delivered == 2
    attempts = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [row[:2] for row in tried(database)] == [
        (n, "delivered" if n == 5 else "pending") for n in attempts
    ]
    assert sum("451 busy" in detail for _, _, detail in tried(database)) == 8


def test_a_refusal_for_good_is_dead_and_holds_up_nobody_else(
    database: Engine, server: MailServer, post: Outbox
) -> None:
    server.refusals = {("RCPT", LIM): "550 no such user", ("DATA", HAN): "550 no such user"}
    tell(database, "expert.lim", "sec.han", "coord.seo")
    assert post.deliver() == Delivered(delivered=1, failed=0, dead=2, next_in=None)
    dead = read(database, listing, NoticeStatus.DEAD)
    told = [(row["person"], row["attempts"], row["detail"]) for row in dead]
    assert told == [("sec.han", 1, "550 no such user"), ("expert.lim", 1, "550 no such user")]
    later(database)
    assert post.deliver() == NOTHING
    assert sorted(server.asked) == ["coord.seo@accord.example", LIM, HAN]


def test_while_the_server_is_down_notices_wait_at_most_an_hour(database: Engine, server: MailServer) -> None:
    furnish(database)
    tell(database, "expert.lim")
    post = Outbox(database, sender(server.settings))
    assert post.deliver().failed == 1
    ((attempt, status, detail),) = tried(database)
    assert (attempt, status, detail.partition(":")[0]) == (1, "pending", "ConnectionRefusedError")
    later(database, attempts=1_000_000)
    assert post.deliver().next_in == pytest.approx(3600, abs=10)
    assert not read(database, pending)
    later(database)
    server.start()
    assert read(database, pending)
    assert post.deliver().delivered == 1
    assert not read(database, pending)


def test_a_subject_cannot_become_a_header(database: Engine, server: MailServer, post: Outbox) -> None:
    tell(database, "expert.lim", subject="Huế\r\nBcc: x@accord.example\n\nX-Spy: 1\u2028Cc: x@y.z\x0bz")
    assert post.deliver().delivered == 1
    ((to, letter),) = server.kept
    assert to == LIM
    assert letter["Subject"] == "Huế Bcc: x@accord.example X-Spy: 1 Cc: x@y.z z"
    assert not {"Bcc", "Cc", "X-Spy"} & set(letter.keys())


def test_without_a_server_a_letter_is_one_file_however_often_it_is_sent(
    database: Engine, tmp_path: Path
) -> None:
    furnish(database)
    tell(database, "expert.lim")
    send = sender(Settings(home=tmp_path))
    assert Outbox(database, send).deliver().delivered == 1
    (path,) = (tmp_path / "mail").iterdir()
    assert path.name == f"{sha('k:0:expert.lim')[:24]}.eml"
    before = undated(path)
    send(Letter("k:0:expert.lim", "T-1", "Read", "Please.\n", LIM))
    assert [undated(other) for other in (tmp_path / "mail").iterdir()] == [before]


def undated(letter: Path) -> list[bytes]:
    """Its lines but that of the second in which it was written."""
    return [line for line in letter.read_bytes().splitlines() if not line.startswith(b"Date: ")]


_LINES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=300)


@given(subject=_LINES, lines=st.lists(_LINES | st.just("z" * 1200), max_size=5))
def test_any_letter_can_be_read_by_those_who_read_mail(subject: str, lines: list[str]) -> None:
    letter = Letter("T-1:review:1:0:expert.lim", "T-1", subject, "".join(f"{line}\n" for line in lines), LIM)
    sent = compose(letter, "Bureau du développement <accord@example.org>").as_bytes()
    assert max(len(line) for line in sent.split(b"\r\n")) <= 998
    read = message_from_bytes(sent, policy=SMTP)
    assert not [part for part in read.walk() if part.defects]
    assert read["Subject"] == " ".join(subject.split())
    assert (read["To"], read["X-Accord-Key"]) == (LIM, letter.key)
    assert read["From"].addresses[0].display_name == "Bureau du développement"
    assert str(read.get_content()).replace("\r\n", "\n") == (letter.body or "\n")


@pytest.mark.parametrize("address", ["a@b.c\r\nBcc: x@y.z", "a@b.c\u2028X-Spy: 1", "ä@b.c", "", "<>"])
def test_an_address_cannot_become_a_header(address: str) -> None:
    with pytest.raises(ValueError, match=r"one line|ascii|no address"):
        compose(Letter("k", "T-1", "Read", "Please.", address), "accord@example.org")
