"""A camt.053 (ISO 20022) as banks write it, for the demo's bank and for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape


class Line(NamedTuple):
    """Money that went out (DBIT) or came in (CRDT)."""

    reference: str
    end_to_end_id: str
    amount: Decimal
    side: str


def camt(lines: Sequence[Line], opening: Decimal, currency: str, day: date) -> str:
    """The statement of ``day`` with these lines; its closing balance follows from them."""
    moved = sum((line.amount if line.side == "CRDT" else -line.amount for line in lines), Decimal())
    return _CAMT.format(
        id=f"STMT-{day:%Y%m%d}-{len(lines)}",
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        opening=_balance("OPBD", opening, currency, day),
        closing=_balance("CLBD", opening + moved, currency, day),
        entries="".join(_entry(line, currency, day) for line in lines),
    )


_CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>{id}</MsgId><CreDtTm>{at}</CreDtTm></GrpHdr>
<Stmt><Id>{id}</Id><CreDtTm>{at}</CreDtTm><Acct><Id><Othr><Id>ACCORD</Id></Othr></Id></Acct>
{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>
"""


def _balance(code: str, amount: Decimal, currency: str, day: date) -> str:
    side = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{abs(amount)}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def _entry(line: Line, currency: str, day: date) -> str:
    return (
        f"<Ntry><NtryRef>{line.reference}</NtryRef><Amt Ccy='{currency}'>{line.amount}</Amt>"
        f"<CdtDbtInd>{line.side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{escape(line.end_to_end_id)}</EndToEndId></Refs></TxDtls></NtryDtls>"
        f"</Ntry>\n"
    )
