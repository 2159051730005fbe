"""The account of an organisation: what people see of it, and the digest that votes bind to. Pure."""

from datetime import datetime
from typing import Any, NamedTuple

from models.base import digest


def plain(account: str) -> str:
    """An account as banks compare it: without blanks, in capital letters."""
    return "".join(account.split()).upper()


def fingerprint(account: str) -> str:
    """SHA-256 (hex) of an account, however it is written: ``KR12 3456`` has that of ``kr123456``."""
    return digest({"account": plain(account)})


class Account(NamedTuple):
    """The account of an organisation, as the directory has it."""

    organisation: str
    number: str
    since: datetime | None = None
    """When it came into force; None: as long as the directory knows."""

    @property
    def fingerprint(self) -> str:
        """What stands for the account on record, and in what approvers vote on."""
        return fingerprint(self.number)

    def shown(self) -> dict[str, Any]:
        """What approvers see: the last four digits and the digest."""
        return {"last": plain(self.number)[-4:], "digest": self.fingerprint}
