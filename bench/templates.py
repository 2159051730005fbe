"""A few cases carried for real, for copies to be made of: whole, and left or still open at several points."""

import asyncio
from enum import StrEnum
from pathlib import Path

from bench.ours import Ours
from bench.stand import database_of
from models.base import Message
from models.case.approval import Decision
from models.case.panel import Choice
from models.partnership.partnership import Withdrawal
from runtime import keys
from runtime.settings import Settings
from runtime.temporal.embedded import Embedded
from runtime.workers.worker import working
from services.case.cases import CaseService


class Template(StrEnum):
    """The number of a case that is copied; no other text in the database holds it."""

    WHOLE = "COPY-WHOLE"
    WITHDRAWN = "COPY-STUDY-LEFT"
    """Withdrawn in the study, with money committed."""
    LEFT = "COPY-REVIEW-LEFT"
    """Withdrawn in the review, after a vote that was refused."""
    STUDY = "COPY-STUDY-OPEN"
    """Open, with two deliverables accepted."""
    REVIEW = "COPY-REVIEW-OPEN"
    """Open, with one vote."""


_MESSAGES = {
    Template.WHOLE: 16,
    Template.WITHDRAWN: 7,
    Template.LEFT: 1,
    Template.STUDY: 9,
    Template.REVIEW: 1,
}
"""How many messages of the lifecycle each gets."""


def carry_templates(home: Path) -> None:
    """Set up an installation on SQLite in ``home`` and carry one case of every kind; then it is stopped."""
    asyncio.run(_carried(home))


async def _carried(home: Path) -> None:
    engine = Embedded(home)
    try:
        client = await engine.start()
        with database_of(home, None) as (_, database):
            async with working(client, database, Settings(home=home, smtp_host=None)):
                driver, service = (
                    Ours(client, database, home),
                    CaseService(client, database, keys.principal(Settings(home=home))),
                )
                for template, messages in _MESSAGES.items():
                    await _carry(driver, template, messages)
                    for name, message in _then(template):
                        await service.send(name, message)
                await driver.settled()
            database.dispose()
    finally:
        engine.stop()


async def _carry(driver: Ours, case: str, messages: int) -> None:
    await driver.begin(case)
    for number in range(messages):
        await driver.decide(case, number)
        await driver.opened(case, number)
    if messages == driver.decisions:
        await driver.ended(case)


def _then(template: Template) -> list[tuple[str, Message]]:
    """What else is sent: a vote of somebody who has none, a withdrawal."""
    leave = Withdrawal(case=template, actor="coord.seo", reason="The city has other plans now.")
    refused = Decision(
        gate=f"{template}:review:1",
        verdict=Choice.APPROVE,
        actor="legal.yoon",
        content_hash="0" * 64,
    )
    match template:
        case Template.LEFT:
            return [("decide", refused), ("withdraw", leave)]
        case Template.WITHDRAWN:
            return [("withdraw", leave)]
    return []
