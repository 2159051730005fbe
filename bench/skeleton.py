"""The skeletons: no-op activities and 8 decisions by update. The engine's price, nothing else.

One is a lifecycle as one would naturally write it: it answers at once, and 12 activities follow. The other,
the yardstick of the speed goals, answers when one activity is done: what was answered is durable, and nothing
can be had for less. Imports little, because the sandbox imports this module anew for every workflow.
"""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from bench.bell import ring

FOLLOW_UPS = (2, 1, 2, 1, 2, 1, 2, 1)
"""Activities after each of the 8 decisions."""


@activity.defn(name="step")
async def step(stage: str) -> str:
    """Does nothing; the last one of a stage says so to the driver."""
    if stage:
        ring(stage)
    return stage


@workflow.defn(name="skeleton")
class Skeleton:
    """Takes 8 decisions, each at its own stage."""

    @workflow.init
    def __init__(self, case: str) -> None:
        self.case = case
        self.stage = 0
        self.decisions: list[str] = []

    @workflow.run
    async def run(self, case: str) -> int:
        """Returns how many decisions were taken."""
        for stage, follow_ups in enumerate(FOLLOW_UPS):
            await workflow.wait_condition(lambda stage=stage: len(self.decisions) > stage)  # type: ignore[misc]
            for left in reversed(range(follow_ups)):
                await workflow.execute_activity(
                    step,
                    "" if left else f"{case}:{stage + 1}",
                    start_to_close_timeout=timedelta(seconds=30),
                )
            self.stage = stage + 1
        await workflow.wait_condition(workflow.all_handlers_finished)
        return len(self.decisions)

    @workflow.update
    async def decide(self, decision: str) -> int:
        """Take the decision of one stage and answer at once."""
        stage = int(decision.rpartition(":")[2])
        await workflow.wait_condition(
            lambda: self.stage == stage
        )  # the bell may outrun its activity's result
        self.decisions.append(decision)
        return len(self.decisions)

    @decide.validator
    def _turn_away(self, decision: str) -> None:
        case, _, stage = decision.rpartition(":")
        if case != self.case or not self.stage <= int(stage) <= self.stage + 1:
            raise ApplicationError("no such stage", non_retryable=True)


@workflow.defn(name="single")
class Single:
    """Takes 8 decisions; each is answered once its activity is done, and the next stage is open then."""

    @workflow.init
    def __init__(self, case: str) -> None:
        self.case = case
        self.stage = 0

    @workflow.run
    async def run(self, case: str) -> int:
        """Returns how many decisions were taken."""
        await workflow.wait_condition(lambda: self.stage == len(FOLLOW_UPS))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.stage

    @workflow.update
    async def decide(self, decision: str) -> int:
        """Take the decision of one stage and answer once its activity is done."""
        await workflow.execute_activity(step, "", start_to_close_timeout=timedelta(seconds=30))
        self.stage += 1
        return self.stage

    @decide.validator
    def _turn_away(self, decision: str) -> None:
        case, _, stage = decision.rpartition(":")
        if case != self.case or int(stage) != self.stage:
            raise ApplicationError("no such stage", non_retryable=True)
