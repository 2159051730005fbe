"""Payloads: nothing is lost on the way; what was packed once can be read for ever."""

import hashlib
import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

import models
from models.base import Message
from models.case.case import Standing
from models.case.effects import Effect, Stands
from models.case.record import Answer, Batch, Entry, Source
from runtime.wire.converter import LARGEST, PACKED_FROM, Payloads, pack, unpack
from runtime.wire.vocabulary import WORDS_1

CONVERTER = Payloads()
_AT = datetime(2026, 11, 1, tzinfo=UTC)
_SOURCE = Source(case="T-1", id="T-1", workflow_id="partnership/T-1", run_id="run", rules="0" * 64)


def _batch(**facts: object) -> Batch:
    effects = (Stands(after=Standing(stage="review"), outcome=None),)
    entry = Entry(key="T-1:review:1", stage="review", action="vote", at=_AT, facts=facts, effects=effects)
    return Batch(source=_SOURCE, entries=(entry,))


def _all_messages(of: type[Message] = Message) -> Iterator[type[Message]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _all_messages(kind)


def test_every_field_that_may_be_none_is_none_by_default() -> None:
    """Otherwise a payload without it could not be read, or would be read as something else."""
    for module in pkgutil.walk_packages(models.__path__, "models."):
        importlib.import_module(module.name)
    wrong = [
        f"{kind.__module__}.{kind.__qualname__}.{name}"
        for kind in _all_messages()
        if kind.__module__.startswith("models.")
        for name, field in kind.model_fields.items()
        if types.NoneType in typing.get_args(field.annotation) and field.default is not None
    ]
    assert wrong == []


def test_what_is_empty_is_left_out_and_comes_back_as_it_was() -> None:
    batch = _batch(finding=None, conditions=[])
    payload = CONVERTER.to_payload(batch)
    read = CONVERTER.from_payload(payload, Batch)
    (entry,) = read.entries
    assert (entry.facts, entry.rule, entry.sent) == ({"finding": None, "conditions": []}, None, None)
    stands = entry.effect(Stands)
    assert (stands, entry.effects[0].effect) == (batch.entries[0].effects[0], "stands")
    assert b'"rule"' not in (unpack(payload.data) if payload.metadata["encoding"] != b"json/plain" else b"")


def test_short_payloads_and_answers_can_be_read_with_any_tool() -> None:
    answer = Answer(accepted=False, seq=7, message="No. " * 200, standing="review/open")
    for value in (Standing(stage="review"), answer, "x", 7, ["a"], {"b": None}):
        assert CONVERTER.to_payload(value).metadata["encoding"] == b"json/plain"
    long = CONVERTER.to_payload(_batch(text="x" * PACKED_FROM))
    assert long.metadata["encoding"] == b"json/deflate-1"


def test_what_others_wrote_plainly_is_read_as_before() -> None:
    content = _batch(text="x" * PACKED_FROM).model_dump_json().encode()
    plain = Payload(metadata={"encoding": b"json/plain"}, data=content)
    assert CONVERTER.from_payload(plain, Batch).content() == _batch(text="x" * PACKED_FROM).content()


@given(st.binary(max_size=3000))
def test_unpacking_gives_back_what_was_packed(data: bytes) -> None:
    assert unpack(pack(data)) == data


@given(st.binary(max_size=300))
def test_what_was_never_packed_is_an_error_and_no_crash(data: bytes) -> None:
    with pytest.raises(ValueError, match="a payload"):
        unpack(data)


def test_a_small_payload_cannot_be_made_to_unpack_to_very_much() -> None:
    bomb = pack(b" " * (LARGEST + 1))
    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="larger"):
        unpack(bomb)


def test_the_vocabulary_never_changes() -> None:
    """Histories hold what was packed with it. Better words get a number of their own."""
    assert (
        hashlib.sha256(WORDS_1).hexdigest()
        == "f0396131a537ae274d3b5178891f2658a298a8e4b844a281fdae4c7ac420caee"
    )
    assert unpack(bytes.fromhex("78bb14e25398c32c696a01426a06b5")) == b'{"effect":"stands"}'


def test_an_effect_of_any_system_keeps_what_its_reader_does_not_know() -> None:
    class Odd(Effect):
        effect: str = "odd"
        what: dict[str, int | None]

    entry = _batch().entries[0].with_effects(Odd(what={"a": None, "b": 1}))
    batch = Batch(source=_SOURCE, entries=(entry,))
    (read,) = CONVERTER.from_payload(CONVERTER.to_payload(batch), Batch).entries
    assert read.effects[-1].model_extra == {"what": {"a": None, "b": 1}}
