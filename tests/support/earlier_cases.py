"""What people do with an earlier version: a program of its own, run with that version's code.

`python -P earlier_cases.py bring STOP …` begins cases, `carry CASE FROM TO …` goes on with them; for each, a
line of JSON says where it waits now. ACCORD_HOME is set, and the version is on PYTHONPATH. It uses no more of
a version than all of them have.
"""

import asyncio
import json
import os
import sys

from runtime.command_line import ThisInstallation
from tests.support.house import Case, House, proposal


async def main(what: str, *words: str) -> None:
    """Carry it out."""
    here = ThisInstallation()
    house = House(await here._client(), here.database, here.settings)
    await {"bring": bring, "carry": carry}[what](house, *words)


async def bring(house: House, *stops: str) -> None:
    """A case for each stop: a gate on the straight road; or ``paying``, a payment goes to the bank; or
    ``training``, countries may nominate for a cohort.
    """
    for stop in stops:
        if stop == "training":
            _tell(await _cohort(house), stop)
            continue
        case = await house.propose()
        await case.reach("study.interim-delivery" if stop == "paying" else stop)
        if stop == "paying":
            assert (await case.request("inception")).accepted
            await case.approve("study.inception-payment")
        _tell(case.id, stop)


async def _cohort(house: House) -> str:
    from tests.support.cohort_lives import opened  # the first version has no cohorts
    from tests.support.training import afterwards

    return (await opened(house, afterwards(documents=("passport",)))).id


async def carry(house: House, *words: str) -> None:
    """Each of these cases from the gate at which it waits to a later one."""
    for number, start, stop in zip(words[::3], words[1::3], words[2::3], strict=True):
        case = Case(house, proposal(number))
        await case.reach_from(start, stop)
        _tell(case.id, stop)


def _tell(case: str, stop: str) -> None:
    print(json.dumps({"case": case, "stop": stop}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)  # a thread of the SDK that still runs would end a Python that is taken down, with SIGABRT
