"""`accord up` with a workflow in it that never gives way: `python -m tests.support.stuck up`.

Its worker is `python -m tests.support.stuck worker`.
"""

import sys
from functools import partial

from temporalio import workflow


@workflow.defn(name="stuck")
class Stuck:
    """Loops, whatever the SDK's deadlock detector throws at it."""

    @workflow.run
    async def run(self) -> None:
        """Never return."""
        while True:
            try:
                while True:
                    pass
            except BaseException:
                continue


def main() -> None:
    """Register it beside the others, and run the command line."""
    from runtime.watching import stopping
    from runtime.workers import plugin, worker_process

    plugin.plugin = partial(plugin.plugin, workflows=[*plugin.WORKFLOWS, Stuck])
    stopping.LONGEST = 3.0
    worker_process.COMMAND = (sys.executable, "-m", "tests.support.stuck", "worker")
    if sys.argv[1] == "worker":
        import worker

        worker.main()
    else:
        from runtime import command_line

        command_line.main()


if __name__ == "__main__":
    from tests.support import stuck  # the workflow's module must have the name it is imported by

    stuck.main()
    sys.exit()
