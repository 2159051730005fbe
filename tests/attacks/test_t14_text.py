"""T14: what a terminal, a mail program, a spreadsheet or the engine's pages would obey reaches nobody."""

import asyncio
import csv
import io
import json
import logging
import sys
import unicodedata
from email import message_from_bytes
from email.header import decode_header, make_header
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from activities.case.delivery import Letter
from adapters.documents import file_name
from adapters.mail import compose
from cli.app import run
from cli.errors import CommandError, Exit, say
from cli.output import Output, print_rows
from models.base import Line, Prose, cleaned
from models.text import escaped, json_escaped, markdown, one_line, plain
from runtime import logs
from runtime.command_line import ThisInstallation
from tests.support.command import inside
from tests.support.house import House
from tests.support.patience import eventually

LINK = "\x1b]8;;http://evil.example/\x1b\\the ministry\x1b]8;;\x1b\\"
"""OSC 8: a terminal shows a link that leads elsewhere."""
EVIL = f"{LINK} \x9b31m\x9d8;;x\x9c \x1b[2J\x07 txt.\u202eexe \u2066\u200e\U000e0041\u2028 \x7f\x00"
ANYTHING = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"]))
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def obeyed(text: str) -> list[str]:
    """What in this text a terminal could obey, or would not show; joiners between their letters are none."""
    return [char for char in text if unicodedata.category(char) in UNSEEN and char not in "\n\u200c\u200d"]


# -- the way in ---------------------------------------------------------------------------------------

LINE: TypeAdapter[str] = TypeAdapter(Line)
PROSE: TypeAdapter[str] = TypeAdapter(Prose)

NAMES = [
    "សុខ សំណាង",  # Khmer
    "ព្រះរាជាណាចក្រកម្ពុជា",
    "ဒေါ်အောင်ဆန်းစုကြည်",  # Burmese
    "မြန်မာနိုင်ငံ",
    "สมชาย ศรีสุวรรณ",  # Thai
    "กรุงเทพมหานคร",
    "ທອງລຸນ ສີສຸລິດ",  # Lao
    "Nguyễn Thị Ánh",
    "Đà Nẵng",
    "김영희",
    "독고영재",
    "José Rizal y Peña",
    "Siti binti Abdullah",
    "陈美玲",
    "𠮷野家",  # an ideograph beyond the first plane
    "محمد بن سلمان",  # Jawi and Arabic
    "می\u200cخواهم",  # a letter that must not be joined to the next
    "ශ්\u200dරී ලංකා",  # a joiner that makes one letter of two
    "क्\u200dष",
]


@pytest.mark.parametrize("name", NAMES)
def test_real_names_come_in_and_go_out_as_they_are(name: str) -> None:
    assert LINE.validate_python(name) == unicodedata.normalize("NFC", name)
    assert escaped(LINE.validate_python(name)) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("ក្រសួង\u200bសាធារណការ", "ក្រសួងសាធារណការ"),  # where a line may break
        ("กระทรวง\u200bคมนาคม", "กระทรวงคมนาคม"),
        ("\ufeffHue", "Hue"),
        ("Com\u00admittee\u2060", "Committee"),
        ("Hu\u200de", "Hue"),  # a joiner where nothing joins
        ("مح\u200dمد", "محمد"),
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("one\u2028two", "one two"),
        ("x\ue000\ufdd0", "x\ufffd\ufffd"),
        ("\u200b\u200b", "\ufffd"),  # a name that nobody would see
        ("e\u200d\u0301", "é"),
    ],
)
def test_what_nobody_sees_is_left_out_of_a_name(given_: str, kept: str) -> None:
    assert LINE.validate_python(given_) == kept


@given(ANYTHING)
@example("्॑\u200d" * 3)
@example("\u0951\u200c\u094d\u200d")
def test_what_has_come_in_holds_nothing_unseen_and_comes_in_again_as_it_is(text: str) -> None:
    kept = plain(text)
    assert plain(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    left = [char for char in obeyed(kept) if unicodedata.category(char) != "Cc"]
    assert all(0x202A <= ord(char) <= 0x2069 for char in left)  # these are refused


@given(ANYTHING)
def test_whatever_is_kept_from_outside_goes_out_as_it_is(text: str) -> None:
    kept = cleaned(text, 4000)
    assert escaped(kept) == kept.replace("\t", " ")
    assert PROSE.validate_python(kept) == kept


def test_a_file_name_is_one_harmless_line() -> None:
    kept = file_name(Path(f"/tmp/{EVIL.replace('/', '')}\n.pdf"))
    assert obeyed(kept) == []
    assert "\n" not in kept


# -- the way out --------------------------------------------------------------------------------------


@given(ANYTHING)
@example(EVIL)
@example("\u094d\u200c\u200c")
def test_whatever_goes_in_a_terminal_obeys_nothing(text: str) -> None:
    assert obeyed(escaped(text)) == []
    assert escaped(escaped(text)) == escaped(text)
    assert "\n" not in one_line(text)


@given(
    st.recursive(
        ANYTHING | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)
    )
)
@example(EVIL)
def test_json_tells_programs_the_same_values(value: object) -> None:
    written = json_escaped(json.dumps(value, ensure_ascii=False))
    assert obeyed(written) == []
    assert json.loads(written) == value


@pytest.mark.parametrize("output", Output)
@given(text=ANYTHING)
@example(text=EVIL)
@example(text=f"=cmd|' /C calc'!A0{EVIL}")
def test_no_list_carries_it_out(output: Output, text: str) -> None:
    written = io.StringIO(newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", written)
        print_rows([{"reason": text, "case": "C-1"}], ("reason", "case"), output, title=text)
    assert obeyed(written.getvalue().replace("\r\n", "\n")) == []
    if output is Output.JSON:
        assert json.loads(written.getvalue())[0]["reason"] == text


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_is_a_formula(start: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"reason": start}], ("reason",), Output.CSV)
    _, (cell,) = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    assert cell.startswith("'")


def test_an_error_quotes_no_order_and_passes_for_no_line_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    error = CommandError(Exit.INVALID, f"{EVIL}\naccord: all is well", f"{EVIL}\n  reference: record 1", EVIL)
    say(error, as_json=False)
    told = capsys.readouterr().err
    assert obeyed(told) == []
    assert [
        line for line in told.splitlines() if line.startswith(("accord: all", "  reference: record 1"))
    ] == []
    say(error, as_json=True)
    assert json.loads(capsys.readouterr().err)["error"]["message"] == str(error)


def test_a_mail_carries_none_of_it() -> None:
    mail = compose(
        Letter("key", "C-1", f"C-1: {EVIL}", f"{EVIL}\nend", "a@example.org"), "accord@example.org"
    )
    read = message_from_bytes(mail.as_bytes())
    body = read.get_payload(decode=True)
    assert isinstance(body, bytes)
    subject = str(make_header(decode_header(read["Subject"])))
    assert obeyed((subject + body.decode()).replace("\r\n", "\n")) == []
    assert "the ministry" in subject and "the ministry" in body.decode()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_log_carries_none_of_it(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(written, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", written)
    kept, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure()
        try:
            raise ValueError(EVIL)
        except ValueError:
            structlog.get_logger("x").exception(f"{EVIL}\n2026 fake line", said=EVIL, **{EVIL: [EVIL]})
            logging.getLogger("y").exception("%s", EVIL)
    finally:
        logging.getLogger().handlers[:] = kept
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()
    coloured = written.getvalue()
    for style in ("\x1b[0m", "\x1b[1m", "\x1b[2m", *(f"\x1b[{colour}m" for colour in range(30, 38))):
        coloured = coloured.replace(style, "")
    assert obeyed(coloured) == []
    assert "the ministry" in coloured
    assert not any(line.startswith("2026 fake") for line in coloured.splitlines())


@given(st.text())
@example("![x](http://evil.example/track.png)")
@example("[log in](http://evil.example) https://evil.example www.evil.example <script>alert(1)</script>")
@example(EVIL)
def test_the_pages_of_the_engine_make_no_link_of_it(text: str) -> None:
    shown = markdown(text)
    assert obeyed(shown) == [] and "\n" not in shown
    bare = shown.replace("\\\\", "")
    for mark in "[]()<>!*_`#:.@&~|":
        assert bare.count(mark) == bare.count(f"\\{mark}")


# -- the whole way --------------------------------------------------------------------------------------

TITLE = "Smart [traffic](http://evil.example)\u200b for Hue ![x](http://evil.example/x.png)"
OUT = [[], ["-o", "json"], ["-o", "jsonl"], ["-o", "csv"]]


async def test_what_an_operator_and_a_proposer_typed_is_obeyed_nowhere(house: House) -> None:
    case = await house.propose(title=TITLE, summary=f"{TITLE}\n# A heading")
    await case.gate("review")
    pages = await case.handle.describe()
    details = f"{await pages.static_details()} {await pages.static_summary()}"
    assert "\\[traffic\\]\\(http\\:" in details and "\n#" not in details and obeyed(details) == []
    about = await case.handle.query("__temporal_workflow_metadata")
    assert "\\[traffic\\]" in about.current_details
    await case.handle.cancel(reason=EVIL)
    assert await case.ended() == "cancelled"
    for words in (["history", case.id], ["show", case.id], ["list"], ["history", case.id, "--events"]):
        for output in OUT:
            done = await asyncio.to_thread(inside, house.settings.home, *words, *output)
            assert obeyed(done.out.replace("\r\n", "\n") + done.err) == [], (words, output)
            assert done.code == 0
    assert "the ministry" in inside(house.settings.home, "history", case.id).out
    mails = house.settings.home / "mail"
    told = await eventually(partial(mails_of, mails, case.id), "a mail tells of the end")
    assert all(obeyed(mail.replace("\r\n", "\n")) == [] for mail in told)


def mails_of(folder: Path, case: str) -> list[str] | None:
    """The mails that tell of the end of a case."""
    texts = [path.read_text() for path in folder.glob("*.eml")]
    return [text for text in texts if case in text and "cancelled" in text] or None


@pytest.mark.parametrize("words", [["show", EVIL.replace("\0", "")], ["history", "--stage", "x\x1b]0;x\x07"]])
def test_an_error_that_quotes_what_was_typed_is_obeyed_nowhere(house: House, words: list[str]) -> None:
    done = inside(house.settings.home, *words)
    assert done.code != 0
    assert obeyed(done.out + done.err) == []


def test_a_traceback_that_quotes_what_was_typed_is_obeyed_nowhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(EVIL)

        def explain(self, error: Exception) -> None:
            return None

    monkeypatch.setenv("ACCORD_DEBUG", "1")
    assert run(["list"], cast(ThisInstallation, Broken())) == Exit.UNEXPECTED
    told = capsys.readouterr().err
    assert "Traceback" in told and obeyed(told) == []
