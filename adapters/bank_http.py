"""The bank, over HTTP: instructions go out with an idempotency key, and are asked about by it.

What it takes is written down in docs/bank.md; statuses are those of ISO 20022 pain.002. The key goes into the
header ``Idempotency-Key`` (IETF httpapi draft) and is the end-to-end id, which statements show.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

import httpx2

from activities.payment.sending import Bank, BankAnswer
from adapters.bank_answer import Read, TooLong, read, read_reason, whole
from models.base import cleaned
from models.files import InvalidFile
from models.payment.bank import BankSays, Instruction, decimal
from runtime.settings import Settings

_PATIENCE = httpx2.Timeout(8.0, connect=4.0)
"""Less than an attempt of the activity may take: the answer that does not come is ours to tell."""
_NOT_TAKEN = {401, 403, 404, 405, 429}
"""Answers that say nothing was taken: the door was shut, or there is none."""


def bank(settings: Settings) -> Bank:
    """The bank this installation pays through; without one, nothing leaves the house. InvalidFile: the
    address is none that payments may go to.
    """
    if not settings.bank_url:
        return NoBank()
    token = settings.bank_token.get_secret_value() if settings.bank_token else ""
    return HttpBank(address(settings.bank_url), token)


def address(url: str) -> str:
    """The address of a bank, as it was given. InvalidFile: what is wrong with it, and what to do."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidFile(f"ACCORD_BANK_URL: {error}; write https://host[:port]/path") from error
    if why := _unfit(url, parts, host or ""):
        raise InvalidFile(f"ACCORD_BANK_URL: {why}")
    return url


def _unfit(url: str, parts: SplitResult, host: str) -> str | None:
    """What keeps payments from this address, and what to do; None: nothing."""
    if parts.scheme not in ("http", "https") or not host:
        return "it does not begin with https:// and the name of a host; write https://host[:port]/path"
    if parts.username is not None or parts.password is not None:
        return "it has a user or a password in it, which logs would show; use ACCORD_BANK_TOKEN"
    if "#" in url or "?" in url or "\\" in url or any(char.isspace() for char in url):
        return "it has a fragment, a query, a backslash or blanks in it; leave them out"
    if parts.scheme == "http" and not _is_here(host):
        return f"payments to {host} would go unencrypted; write https://, http is for this machine only"
    return None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class NoBank:
    """Where no bank is configured: payments are approved, and wait."""

    def submit(self, instruction: Instruction, account: str) -> BankAnswer:
        """Nothing is sent."""
        return BankAnswer(BankSays.NOT_SENT, reason="No bank is configured; set ACCORD_BANK_URL.")

    def status(self, key: str) -> BankAnswer:
        """Nobody can be asked."""
        return BankAnswer(BankSays.DOUBT, reason="No bank is configured; set ACCORD_BANK_URL.")


class HttpBank:
    """A bank that takes payments as JSON. Redirects are not followed, proxies of the environment not used,
    certificates are verified, and an answer is read up to a limit of bytes and seconds.
    """

    def __init__(self, url: str, token: str) -> None:
        headers = {"Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(
            base_url=url, headers=headers, timeout=_PATIENCE, trust_env=False, follow_redirects=False
        )

    def submit(self, instruction: Instruction, account: str) -> BankAnswer:
        """Hand in an instruction. Only what failed before anything was sent counts as not sent."""
        content = {
            "end_to_end_id": instruction.key,
            "amount": str(decimal(instruction.amount)),
            "currency": instruction.amount.currency,
            "creditor": {"name": instruction.payee, "account": account},
            "remittance": instruction.remittance,
        }
        key = {"Idempotency-Key": instruction.key}
        try:
            answer = self._asked(self._http.build_request("POST", "/payments", json=content, headers=key))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return BankAnswer(BankSays.NOT_SENT, reason=_short(error))
        except (httpx2.HTTPError, TooLong) as error:
            return BankAnswer(BankSays.DOUBT, reason=_short(error))
        if answer.status in _NOT_TAKEN:
            return BankAnswer(BankSays.NOT_SENT, reason=f"The bank answered {answer.status}.")
        if answer.status in (400, 422):
            return BankAnswer(BankSays.REJECTED, reason=read_reason(answer))
        return read(answer)

    def status(self, key: str) -> BankAnswer:
        """Ask for the payment with this end-to-end id."""
        try:
            answer = self._asked(self._http.build_request("GET", "/payments", params={"end_to_end_id": key}))
        except (httpx2.HTTPError, TooLong) as error:
            return BankAnswer(BankSays.DOUBT, reason=_short(error))
        return BankAnswer(BankSays.UNKNOWN) if answer.status == 404 else read(answer)

    def _asked(self, request: httpx2.Request) -> Read:
        """The whole answer, however it is sent. TooLong: it takes too many bytes or seconds."""
        answer = self._http.send(request, stream=True)
        try:
            return whole(answer.status_code, answer.headers.get("Content-Encoding", ""), answer.iter_raw())
        finally:
            answer.close()


def _short(error: Exception) -> str:
    return cleaned(f"{type(error).__name__}: {error}", 200)
