"""What a message may contain, and the order and ends of a partnership."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from models.agreement.agreement import Signature
from models.case.approval import Decision
from models.case.case import Standing
from models.partnership.partnership import KIND, Fulfilment, Proposal, Resubmission, Stage, Status, Withdrawal
from models.people.person import Person
from models.study.study import Award, Delivery

CONTROL = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cc"]
HASH = "a" * 64
TO_GATE = {"gate": "KCN-1:review:1", "actor": "nguyen"}
PROPOSAL: dict[str, Any] = {
    "case": "KCN-2020-01",
    "programme": "k-city-2020",
    "title": "Smart water for Hue",
    "country": "VN",
    "applicant": "City of Hue",
    "study": "master_plan",
    "requested": {"minor": 700_000_000, "currency": "KRW"},
    "proposer": "nguyen",
}
MESSAGES: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Proposal, PROPOSAL),
    (Withdrawal, {"case": "KCN-2020-01", "actor": "nguyen", "reason": "No longer needed."}),
    (Resubmission, TO_GATE | {"proposal": PROPOSAL}),
    (Fulfilment, TO_GATE | {"condition": "Land title", "evidence": HASH}),
    (Decision, TO_GATE | {"verdict": "approve", "content_hash": HASH}),
    (Award, TO_GATE | {"contractor": "Hanbit Engineering", "tender": "T-17"}),
    (Delivery, TO_GATE | {"document": HASH}),
    (Signature, TO_GATE | {"verdict": "sign", "document": HASH}),
]
TO_GATES = [(model, fields) for model, fields in MESSAGES if "gate" in fields]


def proposal(**changes: Any) -> Proposal:
    return Proposal.model_validate(PROPOSAL | changes)


def person(**changes: Any) -> Person:
    fields = {"id": "kim", "name": "Kim", "organisation": "MOLIT", "email": "kim@example.org"}
    return Person.model_validate(fields | changes)


def test_stages_come_in_the_order_of_the_procedure() -> None:
    order = [Stage.PROPOSAL, Stage.REVIEW, Stage.FUNDING, Stage.STUDY, Stage.AGREEMENT, Stage.LAUNCH]
    for place, stage in enumerate(order):
        assert [other for other in order if KIND.is_before(other, stage)] == order[:place]


def test_case_is_closed_unless_it_is_open_or_waiting() -> None:
    waiting = {Status.OPEN, Status.RETURNED, Status.WAITLISTED, Status.BLOCKED}
    assert {status for status in Status if not KIND.is_closed(status)} == waiting


def test_standing_is_written_as_stage_and_status() -> None:
    assert str(Standing(stage=Stage.FUNDING, status=Status.WAITLISTED)) == "funding/waitlisted"


@pytest.mark.parametrize("ends", ["2026-03-01", "2026-02-28"])
def test_partnership_ends_after_it_starts(ends: str) -> None:
    with pytest.raises(ValidationError, match="must be later than starts"):
        proposal(starts="2026-03-01", ends=ends)


@pytest.mark.parametrize("dates", [{"starts": "2026-03-01", "ends": "2026-03-02"}, {"ends": "2026-03-01"}])
def test_partnership_with_dates_in_order_is_valid(dates: dict[str, str]) -> None:
    assert str(proposal(**dates).ends) == dates["ends"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   "),
        ("title", "x" * 201),
        ("applicant", "x" * 201),
        ("city", ""),
        ("summary", "x" * 4001),
        ("country", "vn"),
        ("country", "VNM"),
        ("area", "tourism"),
        ("study", "feasibility"),
        ("case", "kcn-1"),
        ("case", "K"),
        ("case", "K" * 41),
        ("case", "K/../1"),
        ("programme", "K City"),
        ("proposer", "Nguyen"),
        ("starts", "soon"),
        ("title", 7),
        ("title", None),
    ],
)
def test_malformed_field_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        proposal(**{field: value})


@pytest.mark.parametrize("field", ["title", "city", "applicant", "summary"])
def test_no_text_contains_a_control_character(field: str) -> None:
    for char in CONTROL:
        if char not in "\n\t":
            with pytest.raises(ValidationError, match="control characters"):
                proposal(**{field: f"a{char}b"})


@pytest.mark.parametrize(("model", "fields"), MESSAGES)
def test_unknown_field_is_refused(model: type[BaseModel], fields: dict[str, Any]) -> None:
    assert model.model_validate(fields)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        model.model_validate(fields | {"approved": True})


@pytest.mark.parametrize(("model", "fields"), TO_GATES)
def test_overlong_gate_is_refused(model: type[BaseModel], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="gate"):
        model.model_validate(fields | {"gate": "K" * 121})


@pytest.mark.parametrize(("model", "fields"), TO_GATES)
def test_gate_contains_no_control_character(model: type[BaseModel], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="gate"):
        model.model_validate(fields | {"gate": "KCN-1:review.\x00:1"})


@pytest.mark.parametrize(("model", "fields"), MESSAGES)
def test_message_is_frozen(model: type[BaseModel], fields: dict[str, Any]) -> None:
    message = model.model_validate(fields)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(message, next(iter(fields)), "changed")


@pytest.mark.parametrize("evidence", ["", "a" * 63, "a" * 65, "A" * 64, "z" * 64])
def test_evidence_is_a_sha256(evidence: str) -> None:
    with pytest.raises(ValidationError, match="evidence"):
        Fulfilment.model_validate(TO_GATE | {"condition": "Land title", "evidence": evidence})


@pytest.mark.parametrize("reason", ["", " \n "])
def test_withdrawal_gives_a_reason(reason: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        Withdrawal(case="KCN-2020-01", actor="nguyen", reason=reason)


@settings(max_examples=150)
@given(st.text(max_size=60), st.text(max_size=60))
def test_accepted_text_reads_the_same_after_a_journey_as_json(title: str, summary: str) -> None:
    try:
        sent = proposal(title=title, summary=summary)
    except ValidationError:
        return
    assert Proposal.model_validate_json(sent.model_dump_json()) == sent


@pytest.mark.parametrize(("field", "limit"), [("title", 200), ("summary", 4000)])
def test_longest_text_can_be_read_again(field: str, limit: int) -> None:
    sent = proposal(**{field: "\u0958" * (limit // 2)})  # one letter, but two in NFC
    assert Proposal.model_validate_json(sent.model_dump_json()) == sent
    with pytest.raises(ValidationError, match=field):
        proposal(**{field: "\u0958" * limit})


@pytest.mark.parametrize(
    "email", ["", "kim", "kim@", "@example.org", "a@b@c", "a b@c", "a@b,c@d", "a@b\nc", "<a@b>"]
)
def test_malformed_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError, match="email"):
        person(email=email)
