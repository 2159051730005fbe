"""The programme that is measured: tenders are held and money is paid elsewhere, as in the skeletons.

`bench.money` has the ledger and payments.
"""

from adapters.documents import load
from models.partnership.programme import Programme
from runtime.settings import ROOT

_WHOLE = load(ROOT / "programmes" / "k-city-2020.toml", Programme.model_validate)
_STUDY = _WHOLE.study.model_copy(update={"tender": None})

UNPAID = _WHOLE.model_copy(update={"id": "k-city-unpaid", "payment": None, "study": _STUDY})
