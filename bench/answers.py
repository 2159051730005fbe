"""The activities of own shape: they answer like ours, and do nothing."""

from typing import Any

from temporalio import activity

from bench.bell import ring
from bench.payload import OPENED, RIGHTS
from models.case.case import Ending
from models.case.conclusion import Conclusion, ConclusionFound, ConclusionWanted
from models.case.effects import Effect
from models.case.record import Batch, Receipt, Receipts
from models.case.rights import Asked, Rights
from models.case.rules import TermsFound, TermsWanted
from models.partnership.programme import Programme

CONCLUSION = Conclusion(
    ending=Ending(status="concluded", reason="The study is concluded."),
    outcome={"result": {"finding": "feasible", "conditions": [], "contractor": "K Engineering"}},
)


class Answers:
    """Knows one programme, everybody's rights, and which parts of a case are over."""

    def __init__(self, programme: Programme) -> None:
        self._content = programme.content()
        self._over: set[str] = set()

    @activity.defn(name="record")
    def record(self, batch: Batch) -> Receipts:
        """Ring for every gate that opens, and answer with receipts of the usual size."""
        receipts: list[Receipt] = []
        for entry in batch.entries:
            gate = next((_gate(effect) for effect in entry.effects if effect.effect == "opens"), None)
            receipts.append(Receipt(key=entry.key, seq=1000, opened=OPENED if gate else None))
            if gate:
                ring(gate)
            if entry.key == f"{batch.source.id}:closed":
                self._over.add(batch.source.id)
        return Receipts(receipts=tuple(receipts))

    @activity.defn(name="rights")
    def rights(self, asked: Asked) -> Rights:
        """Know everybody."""
        return Rights(actor=RIGHTS.model_copy(update={"person": asked.actor, "who": asked.actor}))

    @activity.defn(name="terms")
    def terms(self, wanted: TermsWanted) -> TermsFound:
        """The terms, as our registry would read them from its table."""
        return TermsFound(
            terms={name: self._content[name] for name in wanted.fields if name in self._content}
        )

    @activity.defn(name="conclusion")
    def conclusion(self, wanted: ConclusionWanted) -> ConclusionFound:
        """What a part came to, once it is over."""
        return ConclusionFound(conclusion=CONCLUSION if wanted.case in self._over else None)


def _gate(effect: Effect) -> str:
    """The id of the gate that opens with an effect that was read back as any effect."""
    extra: dict[str, Any] = effect.model_extra or {}
    return str(extra["opening"]["id"])
