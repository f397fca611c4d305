"""The two heads that wait at the gate: neither takes the other's wake-up."""

import asyncio

import pytest

from launcher.core.answer import NotSent
from launcher.core.budget import Budget
from launcher.core.errors import HaltedError
from launcher.engine.gate import Gate, Kind
from launcher.engine.stop import Stop, StoppedError
from support.fake_platform import FakePlatform
from support.virtual_time import VirtualClock, run_virtual


def test_two_heads_that_begin_to_wait_together_are_both_woken() -> None:
    async def main() -> None:
        clock = VirtualClock()
        gate = Gate(
            FakePlatform(clock=clock),
            clock,
            budget=Budget(limit=2, remaining=2),
            concurrency=9,
            max_outage_s=600.0,
            stop=Stop(),
        )
        passes = [await gate.enter(Kind.READ), await gate.enter(Kind.READ)]

        async with asyncio.TaskGroup() as group:
            group.create_task(gate.enter(Kind.RUN))
            group.create_task(gate.enter(Kind.READ))
            await clock.sleep(0)  # both have looked at the gate, and are about to wait
            for passed in passes:
                gate.leave(passed, NotSent(why="connection refused"))

        assert clock.monotonic() == 0.0

    run_virtual(main())


def test_a_head_that_waits_while_no_slot_is_free_hears_that_the_run_is_ending() -> None:
    async def main() -> None:
        clock, stop = VirtualClock(), Stop()
        gate = Gate(
            FakePlatform(clock=clock),
            clock,
            budget=Budget(limit=1, remaining=1),
            concurrency=1,
            max_outage_s=600.0,
            stop=stop,
        )
        noted: list[float] = []
        gate.note_wait = lambda for_s, _why: noted.append(round(for_s, 3))
        await gate.enter(Kind.READ)  # it holds the one slot, and the budget is used up

        async def wait() -> None:
            with pytest.raises(StoppedError):
                await gate.enter(Kind.RUN)

        async with asyncio.TaskGroup() as group:
            group.create_task(wait())
            await clock.sleep(10.0)
            stop.set(HaltedError("the deadline is over"))

        assert clock.monotonic() == 10.0
        assert noted == [10.0]

    run_virtual(main())
