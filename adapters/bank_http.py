"""The bank, over HTTP: instructions go out with an idempotency key, and are asked about by it.

What it takes is written down in docs/bank.md; statuses are those of ISO 20022 pain.002. The key goes into the
header ``Idempotency-Key`` (IETF httpapi draft) and is the end-to-end id, which statements show.
"""

from decimal import Decimal
from typing import Any

import httpx2

from activities.payment.sending import Bank
from models.amount import Amount, minor_units
from models.base import cleaned
from models.payment.payment import BankSays, Instruction, Said
from runtime.settings import Settings

_PATIENCE = httpx2.Timeout(8.0, connect=4.0)
"""Less than an attempt of the activity may take: the answer that does not come is ours to tell."""
_NOT_TAKEN = {401, 403, 404, 405, 429}
"""Answers that say nothing was taken: the door was shut, or there is none."""


def bank(settings: Settings) -> Bank:
    """The bank this installation pays through; without one, nothing leaves the house."""
    if not settings.bank_url:
        return NoBank()
    token = settings.bank_token.get_secret_value() if settings.bank_token else ""
    return HttpBank(settings.bank_url, token)


class NoBank:
    """Where no bank is configured: payments are approved, and wait."""

    def submit(self, instruction: Instruction, account: str) -> Said:
        """Nothing is sent."""
        return Said(says=BankSays.NOT_SENT, reason="No bank is configured; set ACCORD_BANK_URL.")

    def status(self, key: str) -> Said:
        """Nobody can be asked."""
        return Said(says=BankSays.DOUBT, reason="No bank is configured; set ACCORD_BANK_URL.")


class HttpBank:
    """A bank that takes payments as JSON. Redirects are not followed, proxies of the environment not used."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=_PATIENCE, trust_env=False)

    def submit(self, instruction: Instruction, account: str) -> Said:
        """Hand in an instruction. Only what failed before anything was sent counts as not sent."""
        content = {
            "end_to_end_id": instruction.key,
            "amount": decimal(instruction.amount),
            "currency": instruction.amount.currency,
            "creditor": {"name": instruction.payee, "account": account},
            "remittance": instruction.remittance,
        }
        key = {"Idempotency-Key": instruction.key}
        try:
            answer = self._http.post("/payments", json=content, headers=key)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return Said(says=BankSays.NOT_SENT, reason=_short(error))
        except httpx2.HTTPError as error:
            return Said(says=BankSays.DOUBT, reason=_short(error))
        if answer.status_code in _NOT_TAKEN:
            return Said(says=BankSays.NOT_SENT, reason=f"The bank answered {answer.status_code}.")
        if answer.status_code in (400, 422):
            return Said(says=BankSays.REJECTED, reason=_reason(answer))
        return _read(answer, instruction.key)

    def status(self, key: str) -> Said:
        """Ask for the payment with this end-to-end id."""
        try:
            answer = self._http.get("/payments", params={"end_to_end_id": key})
        except httpx2.HTTPError as error:
            return Said(says=BankSays.DOUBT, reason=_short(error))
        if answer.status_code == 404:
            return Said(says=BankSays.UNKNOWN)
        return _read(answer, key)


def decimal(amount: Amount) -> str:
    """An amount as banks write it: ``1500.50``, without the currency."""
    return str(Decimal(amount.minor).scaleb(-minor_units(amount.currency)))


def _read(answer: httpx2.Response, key: str) -> Said:
    """What an answer says; whatever cannot be read leaves the matter in doubt."""
    try:
        content: Any = answer.json() if answer.is_success else {}
        if content["end_to_end_id"] != key:
            raise ValueError(content["end_to_end_id"])
        says = BankSays(content["status"])
        if says not in (BankSays.ACCEPTED, BankSays.SETTLED, BankSays.REJECTED):
            raise ValueError(says)
        reference, reason = str(content.get("id", "")), str(content.get("reason") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Said(
            says=BankSays.DOUBT, reason=f"The bank answered {answer.status_code}, which says nothing."
        )
    return Said(says=says, reference=cleaned(reference, 100), reason=cleaned(reason, 300))


def _reason(answer: httpx2.Response) -> str:
    try:
        return cleaned(str(answer.json()["reason"]), 300)
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"The bank answered {answer.status_code}."


def _short(error: Exception) -> str:
    return cleaned(f"{type(error).__name__}: {error}", 200)
