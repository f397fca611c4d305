"""Clocks that are wrong, jump in mid-run, or stop while a laptop sleeps.

What waits, waits on the monotonic clock and on the platform's own time; the time of day only stamps
facts. It decides in one place: how long ago an earlier run's doubt was.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from launcher.core.report import Report
from proofs.conftest import Note
from support.bench import Bench
from support.fake_platform import Deed
from support.figures import Figures
from support.troubles import Watched, answer_while, lost
from support.virtual_time import VirtualClock, run_virtual

HOUR = timedelta(hours=1)
TASKS = 60
WINDOW, LENGTH_S = 40, 20.0
DEEDS: tuple[Deed, ...] = ("502", "502-started", "lost", "lost-started", "late", "429")
LONG_S = 300.0
IN_FLIGHT = 16
WAKES_S = 10.0 + 60.0
"""A machine that wakes is noticed within a slice of a sleep, and the gate looks every minute."""
SETTLES_S = 30.0
"""What the doubts of such a run take at most: four attempts in a row, each read away."""


@dataclass
class Told:
    bench: Bench
    watched: Watched
    exit_code: int
    report: Report
    took_s: float


def troubled(seed: int) -> Bench:
    """Return a bench of which a third of the run requests go wrong, in small windows."""
    chance = random.Random(seed)
    bench = Bench(clock=VirtualClock(seed=seed))
    bench.platform.window.limit, bench.platform.window.length_s = WINDOW, LENGTH_S
    for task in bench.platform.add_drafts(TASKS):
        deeds = bench.platform.deeds[task] = []
        while chance.random() < 1 / 3 and len(deeds) < 4:
            deeds.append(chance.choice(DEEDS))
    return bench


async def one_run(bench: Bench, *, every_s: float, happens: Callable[[int], None]) -> Told:
    """Run over all tasks while something happens every so many seconds awake, counted from 0."""
    watched = Watched(bench.platform)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def go_on() -> None:
        for turn in range(10_000):
            await asyncio.sleep(every_s)
            happens(turn)

    async with asyncio.TaskGroup() as group:
        happening = group.create_task(go_on())
        exit_code, report = await bench.run(tuple(bench.platform.views))
        happening.cancel()
    return Told(bench, watched, exit_code, report, loop.time() - began)


def assert_all_launched(told: Told) -> None:
    assert told.exit_code == 0
    assert told.report.summary.launched == TASKS
    assert told.watched.doubles == 0
    assert told.watched.needless == 0
    assert told.bench.platform.starts.total() == TASKS


# ---------------------------------------------------------------- the time of day


def jumping(seed: int, jump: Callable[[int], timedelta]) -> Told:
    bench = troubled(seed)
    bench.clock.skew = jump(-1)

    def happens(turn: int) -> None:
        bench.clock.skew = jump(turn)

    return run_virtual(one_run(bench, every_s=0.37, happens=happens))


def steady(seed: int) -> Told:
    return jumping(seed, lambda _turn: timedelta())


JUMPS: dict[str, Callable[[int], timedelta]] = {
    "an hour ahead": lambda _turn: HOUR,
    "an hour behind": lambda _turn: -HOUR,
    "jumps forwards once": lambda turn: HOUR if turn > 10 else timedelta(),
    "jumps backwards once": lambda turn: -HOUR if turn > 10 else timedelta(),
    "jumps to and fro": lambda turn: (-1) ** turn * HOUR,
}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=list(JUMPS))
def test_whatever_the_time_of_day_does_the_same_requests_are_sent_at_the_same_times(
    jump: Callable[[int], timedelta],
) -> None:
    told, calm = jumping(1, jump), steady(1)

    assert_all_launched(told)
    assert told.bench.platform.log == calm.bench.platform.log
    assert told.report.summary.duration_s == calm.report.summary.duration_s


@pytest.mark.parametrize("skew", [HOUR, -HOUR, timedelta(seconds=1), -timedelta(seconds=1)])
@pytest.mark.parametrize("deed", ["lost-started", "late", "lost"])
def test_a_clock_that_jumps_between_two_runs_costs_no_task_and_at_least_one_settle_time_stays(
    skew: timedelta, deed: Deed
) -> None:
    async def main() -> None:
        bench = Bench()
        watched = Watched(bench.platform)
        bench.platform.late_s = 2.5
        tasks = bench.platform.add_drafts(10)
        for task in tasks:
            bench.platform.deeds[task] = [deed]

        async def kill() -> None:
            await bench.clock.sleep(0.7)
            bench.interrupt()
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(kill())
            await bench.run(tasks)
        killed_at = bench.clock.monotonic()
        bench.clock.skew += skew
        exit_code, report = await bench.run(tasks)

        again = [at for at, kind in bench.platform.log if kind == "run" and at > killed_at]
        assert exit_code == 0
        assert report.summary.launched == 10
        assert watched.doubles == 0
        assert len(again) <= 10
        assert all(at - killed_at >= 2.0 for at in again)

    run_virtual(main())


# ---------------------------------------------------------------- a laptop that sleeps


def sleeping(
    seed: int, *, at_s: float, length_s: float, counted: bool, again: bool = False
) -> Told:
    """Let the machine sleep for an hour after so many seconds awake, once or again and again.

    What is in flight then is lost, started or not.
    """
    bench = troubled(seed)
    bench.platform.window.length_s = length_s
    platform, naps = bench.platform, 0
    asked = platform._asked

    async def cut_off(kind: str, what: object) -> object:
        before = naps
        reply = await asked(kind, what)  # type: ignore[arg-type]  # passed on
        return reply if naps == before else lost(platform)(kind, platform.clock.monotonic())

    def doze(turn: int) -> None:
        nonlocal naps
        if turn and not again:
            return
        naps += 1
        if counted:
            bench.clock.slept_s += HOUR.total_seconds()
        else:
            bench.clock.skew += HOUR
            platform.ahead_s += HOUR.total_seconds()

    platform._asked = cut_off  # type: ignore[method-assign,assignment]
    return run_virtual(one_run(bench, every_s=at_s, happens=doze))


def assert_slept_well(told: Told, *, naps: int, awake_s: float) -> None:
    assert_all_launched(told)
    assert told.bench.platform.requests["run"] <= 2 * TASKS + IN_FLIGHT * naps
    assert told.took_s <= awake_s


@pytest.mark.parametrize("counted", [True, False], ids=["counts sleep", "does not count sleep"])
@pytest.mark.parametrize("at_s", [0.15, 0.55, 3.0, 35.0])
def test_a_machine_that_sleeps_for_an_hour_goes_on_when_it_wakes(
    at_s: float, *, counted: bool
) -> None:
    told = sleeping(2, at_s=at_s, length_s=LONG_S, counted=counted)

    waits_s = LONG_S if at_s < 1 else 0.0  # what is left when it wakes takes another window
    assert_slept_well(told, naps=1, awake_s=at_s + WAKES_S + SETTLES_S + waits_s)


@pytest.mark.parametrize("counted", [True, False], ids=["counts sleep", "does not count sleep"])
def test_an_outage_does_not_last_while_the_machine_sleeps(*, counted: bool) -> None:
    bench = troubled(3)

    def is_down() -> bool:
        return 0.35 <= asyncio.get_running_loop().time() < 60.0

    answer_while(bench.platform, is_down, lost(bench.platform))

    def doze(turn: int) -> None:
        if turn:
            return
        if counted:
            bench.clock.slept_s += HOUR.total_seconds()
        else:
            bench.platform.ahead_s += HOUR.total_seconds()

    told = run_virtual(one_run(bench, every_s=30.0, happens=doze))

    assert_all_launched(told)
    assert any(shown.closed for shown in told.bench.progress.snapshots)
    assert told.took_s <= 60.0 + WAKES_S + SETTLES_S + LENGTH_S


# ---------------------------------------------------------------- at full length


@pytest.mark.prove
def test_clocks_and_sleep_at_full_length(note: Note, seed: int) -> None:
    tolds: list[Told] = []
    for turn in range(10):
        drawn, at_s = seed + turn, 3.0 + turn
        calm = steady(drawn)
        for jump in JUMPS.values():
            told = jumping(drawn, jump)
            assert_all_launched(told)
            assert told.bench.platform.log == calm.bench.platform.log
            tolds.append(told)
        for counted in (True, False):
            told = sleeping(drawn, at_s=at_s, length_s=LENGTH_S, counted=counted, again=True)
            naps = int(told.took_s / at_s)
            assert_slept_well(told, naps=naps, awake_s=calm.took_s + WAKES_S * (1 + naps))
            tolds.append(told)
    platforms = [told.bench.platform for told in tolds]
    note(
        Figures(
            proof="clocks an hour off, clocks that jump, laptops that sleep",
            tasks=TASKS * len(tolds),
            starts=sum(platform.starts.total() for platform in platforms),
            doubles=sum(told.watched.doubles for told in tolds),
            requests=sum(
                platform.requests.total() - platform.requests["rate_limit"]
                for platform in platforms
            ),
            longest_recovery_s=max(told.took_s for told in tolds),
        )
    )
