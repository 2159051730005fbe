"""Files that people and banks hand in: whatever they hold, they are read or refused as files."""

import contextlib
import copy
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.bank_statement import read_statement
from adapters.documents import file_name, load, load_directory, load_fund, read_bytes, read_toml
from adapters.spreadsheet import read_sheet
from adapters.statement_csv import CSV_COLUMNS
from cli import arguments
from cli.agreement.agreement import read_party
from cli.errors import CommandError
from models.base import Message
from models.files import InvalidFile
from models.money.fund import Fund
from models.partnership.programme import Programme
from models.people.directory import Directory
from runtime.settings import ROOT
from services.partnership import intake
from services.programmes import PROGRAMMES

K_CITY = ROOT / "programmes" / "k-city-2020.toml"
TERMS = load(K_CITY, Programme.model_validate)
FILES: dict[type[Message], Path] = {
    Programme: K_CITY,
    Fund: ROOT / "data" / "pis-fund.toml",
    Directory: ROOT / "data" / "people.toml",
}
FOLDER = tempfile.TemporaryDirectory()
MANY = settings(max_examples=200, deadline=None)
HEADER = ",".join(CSV_COLUMNS).encode() + b"\n"
CAMT = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'

NASTY = [
    b"",
    b"\0",
    b"\r",
    b"\r\x00",
    b"\r\r\n\r",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"a=" + b"[" * 100_000,
    b"a" + b".a" * 100_000 + b"=1",
    b"a=" + b"{a=" * 100_000,
    b"a=" + b"9" * 5000,
    b"a=0x" + b"f" * 9000,
    b"a=1e999",
    b"a=-nan",
    b"a=9999-12-31T23:59:59-23:59",
    b"<a>" * 100_000,
    b"<" + b"a" * 200_000 + b"/>",
    b'<?xml version="1.0" encoding="x-none"?><a/>',
    b'<?xml version="1.0" encoding="utf-16"?><a/>',
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    CAMT,
    CAMT + b"<Id>\0</Id></Stmt></BkToCstmrStmt></Document>",
    HEADER + b'"' + b"x" * 200_000,
    HEADER + b"opening,\0,,1,KRW,credit,2026-01-01\rclosing,S,,1,KRW,credit,2026-01-01",
    HEADER + b"opening,S,,1,KRW,credit,x\rclosing,S,," + b"9" * 5000 + b",KRW,credit,x",
    HEADER + b"opening,S,,0,KRW,credit,x\nclosing,S,,0,KRW,credit,x\nline,L,,1,KRW,debit,9999-99-99",
]


def written(content: bytes) -> Path:
    """A file with this content."""
    path = Path(FOLDER.name) / "given.toml"
    path.write_bytes(content)
    return path


def _intake(content: bytes) -> None:
    found = intake.read_rows(read_sheet(written(content), intake.COLUMNS), "coord.seo", TERMS)
    assert found.rows or found.problems


def _proposal(content: bytes) -> None:
    path = written(content)
    intake.read_proposal(path.name, read_toml(path, intake.MAX_TOML), "coord.seo")


READERS: dict[str, Callable[[bytes], object]] = {
    "statement": lambda content: read_statement("bank.xml", content),
    "camt": lambda content: read_statement("bank.xml", CAMT + content),
    "csv statement": lambda content: read_statement("bank.csv", HEADER + content),
    "programme": lambda content: load(written(content), PROGRAMMES.read),
    "fund": lambda content: load_fund(written(content)),
    "directory": lambda content: load_directory(written(content)),
    "proposal": _proposal,
    "proposals": _intake,
}


@pytest.mark.parametrize("reader", READERS)
def test_any_bytes_are_read_or_refused_as_a_file(reader: str) -> None:
    @MANY
    @given(st.binary(max_size=400) | st.text(st.characters(codec="utf-8")).map(str.encode))
    def refuses(content: bytes) -> None:
        with contextlib.suppress(InvalidFile):
            READERS[reader](content)

    refuses()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", NASTY, ids=lambda content: ascii(content[:24])[2:-1])
def test_nasty_bytes_are_read_or_refused_as_a_file(reader: str, content: bytes) -> None:
    with contextlib.suppress(InvalidFile):
        READERS[reader](content)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, -1, 0, 2**63, 10**400, 1.5, float("inf"), float("nan"), [], {}, [[]], {"a": 1}),
        *("", "\0", "\r", "a\ud800", "9" * 99, "2026-02-30", "9999-12-31", "0001-01-01", "VN"),
        *("../" * 99, "x" * 70_000),
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from _places(part, (*path, key))


@pytest.mark.parametrize("model", FILES, ids=lambda model: model.__name__)
def test_a_file_with_anything_in_any_place_breaks_a_rule_or_none(model: type[Message]) -> None:
    good = read_toml(FILES[model])
    model.model_validate(good)

    @MANY
    @given(st.sampled_from(list(_places(good))), JUNK)
    def refuses(place: tuple[Any, ...], junk: Any) -> None:
        changed = copy.deepcopy(good)
        inside = changed
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = junk
        with contextlib.suppress(ValidationError):
            model.model_validate(changed)

    refuses()


def test_lines_may_end_as_they_do_on_any_machine() -> None:
    rows = ["opening,S-1,,0,KRW,credit,2026-11-24", "closing,S-1,,0,KRW,credit,2026-11-24"]
    for end in ("\n", "\r\n", "\r"):
        content = end.join([",".join(CSV_COLUMNS), *rows])
        assert read_statement("s.csv", content.encode()).id == "S-1"


def test_no_more_is_read_than_may_be_there(tmp_path: Path) -> None:
    assert len(read_bytes(Path("/dev/zero"), 1000)) == 1001
    with pytest.raises(InvalidFile, match="larger than 1,000 bytes"):
        read_toml(Path("/dev/zero"), 1000)
    (tmp_path / "large.toml").write_bytes(b"#" * 10_000_001)
    with pytest.raises(InvalidFile, match=r"large\.toml: the file is larger than 10,000,000 bytes"):
        load(tmp_path / "large.toml", PROGRAMMES.read)


def test_a_key_of_many_parts_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    for part in (b"a", b'"a b"'):
        path.write_bytes(part + (b" . " + part) * 39 + b" = 1")
        assert read_toml(path)
        for more in (40, 12_000):
            path.write_bytes(part + (b" . " + part) * more + b" = 1")
            with pytest.raises(InvalidFile, match="more than 40 parts"):
                read_toml(path)


def test_the_name_of_a_file_is_kept_as_one_harmless_line() -> None:
    assert file_name(Path("Vietnamese Phu\u031bo\u031bng.pdf")) == "Vietnamese Phương.pdf"
    assert file_name(Path("a\nb\t\x1b[31m\u202efdp.exe")) == "a b \ufffd[31m\ufffdfdp.exe"
    assert file_name(Path(os.fsdecode(b"caf\xe9.pdf"))) == "caf\ufffd.pdf"
    assert len(file_name(Path("도" * 200)).encode()) <= 200


ARGUMENTS: dict[str, Callable[[str], object]] = {
    "amount": lambda text: arguments.amount(text, "KRW"),
    "currency": lambda text: arguments.amount("5", text),
    "country": arguments.country,
    "instant": arguments.instant,
    "day": lambda text: arguments.day("--from", text),
    "party": read_party,
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_any_argument_is_understood_or_refused(argument: str) -> None:
    @MANY
    @given(st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Nd"])))
    @example("0001-01-01T00:00:00+14:00")
    @example("9999-12-31T23:59:59-14:00")
    @example("9" * 5000)
    @example("\0")
    def refuses(text: str) -> None:
        with contextlib.suppress(CommandError, ValidationError):
            ARGUMENTS[argument](text)

    refuses()


def test_an_instant_is_the_same_in_every_zone() -> None:
    here = arguments.instant("2026-11-23T09:00:00+09:00")
    assert here == arguments.instant("2026-11-23")
    assert here
    assert here.tzinfo is UTC
