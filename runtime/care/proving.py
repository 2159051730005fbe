"""The proof of the record, made on a copy before a new version makes it by itself."""

from sqlalchemy import Engine

from activities.money.record_proof import RECORD, check_record
from models.operations.deployment import Checked

_WHAT = "proof of the record on a copy"


def proved(copy: Engine) -> Checked:
    """Whether every table is what the entries make it, as this version reads them. Once a week it looks by
    itself, and freezes the funds of which that is not so.
    """
    with copy.connect().execution_options(readonly=True) as connection:
        found = list(check_record(connection))
    if not found:
        return Checked(_WHAT, is_good=True, detail="every table is what the entries make it")
    funds = sorted({one.fund for one in found} - {RECORD})
    frozen = f"within a week it would freeze {', '.join(funds)}" if funds else "it concerns no fund"
    detail = f"{len(found)} rows or entries differ, and {frozen}. The first: {found[0].detail}"
    return Checked(_WHAT, is_good=False, detail=detail[:400])
