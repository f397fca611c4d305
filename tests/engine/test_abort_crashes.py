"""A launch and its abort, each stopped dead at every effect: all is aborted, nothing else is."""

import random
from collections.abc import Sequence

import pytest

from launcher.core.fate import Fate
from launcher.core.ids import TaskId
from support.aborting import AbortBench, AbortDeed, fates
from support.crashing import EVERY_EFFECT, Power
from support.fake_platform import Deed
from support.virtual_time import run_virtual

SETTLE_S = 0.5
EARLIER, LATER, FOREIGN = 2, 1, 1
DEEDS: tuple[list[Deed], ...] = (["lost-started"], [], ["late"], ["502", "lost-started"], [])
ABORT_DEEDS: tuple[list[AbortDeed], ...] = (
    ["lost-aborted"],
    ["lost", "502"],
    ["429", "queued-aborted"],
    ["not-sent", "7008"],
    ["503-maintenance"],
)


async def _launched(power: Power | None = None) -> tuple[AbortBench, tuple[TaskId, ...]]:
    """Return a bench whose second run (killed, with `power`) launched the tasks that are returned.

    The first two tasks are an earlier run's, the last one is somebody else's.
    """
    bench = AbortBench()
    platform = bench.abortable
    platform.late_s, platform.orphans_arrive = SETTLE_S * 1.8, True
    tasks = platform.add_drafts(EARLIER + len(DEEDS) + FOREIGN)
    own = tasks[EARLIER:-FOREIGN]
    platform.shows(tasks[-1], "RUNNING", by="LPauling")
    await bench.run(tasks[:EARLIER], settle_s=SETTLE_S)
    platform.deeds = {task: list(deeds) for task, deeds in zip(own, DEEDS, strict=True)}
    platform.abort_deeds = {task: list(each) for task, each in zip(own, ABORT_DEEDS, strict=True)}
    if power is None:
        await bench.run(tasks, settle_s=SETTLE_S, concurrency=3)
    else:
        await bench.crashed(tasks, power, settle_s=SETTLE_S, concurrency=3)
    return bench, own


async def _aborted(bench: AbortBench, own: Sequence[TaskId], *steps: int) -> int:
    """Abort, dead at each of the steps, then to the end; return how often it died."""
    died = 0
    for step in steps:
        died += await bench.abort_crashed(
            Power(goes_at=step), run="run-2", settle_s=SETTLE_S, concurrency=3
        )
    exit_code, report = await bench.abort("run-2", settle_s=SETTLE_S)
    platform = bench.abortable
    assert exit_code == 0, fates(report)
    assert set(fates(report).values()) <= {Fate.ABORTED, Fate.DRAFT}
    active = {task for task, view in platform.views.items() if view.status == "QUEUED"}
    assert not active & set(own)
    assert set(platform.asked_to_abort) <= set(own)
    assert set(platform.aborted.values()) <= {1}
    statuses = [view.status for view in platform.views.values()]
    assert [*statuses[:EARLIER], statuses[-1]] == ["QUEUED", "QUEUED", "RUNNING"]
    return died


def _abort_power() -> Power:
    """Return what counted the effects of an abort that nothing stops."""

    async def main() -> Power:
        bench, _ = await _launched()
        power = Power()
        await bench.abort_crashed(power, run="run-2", settle_s=SETTLE_S, concurrency=3)
        return power

    return run_virtual(main())


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.prove)])
def test_an_abort_killed_at_any_effect_goes_on_and_ends_what_is_the_runs_and_nothing_else(
    stride: int, seed: int
) -> None:
    async def main(step: int) -> int:
        bench, own = await _launched()
        died = await _aborted(bench, own, step)
        assert dict(bench.abortable.aborted) == dict.fromkeys(own, 1)
        return died

    power = _abort_power()
    died = [run_virtual(main(step)) for step in range(1 + seed % stride, power.effects + 1, stride)]

    assert set(died) == {1}
    run_alone = {"before run", "after run", "before read", "after read"}
    assert set(power.crossed) == EVERY_EFFECT - run_alone | {"before abort", "after abort"}


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.prove)])
def test_what_a_killed_run_started_is_aborted_wherever_it_died(stride: int, seed: int) -> None:
    async def whole() -> Power:
        power = Power()
        await _launched(power)
        return power

    async def main(step: int) -> None:
        bench, own = await _launched(Power(goes_at=step))
        if "run-2" in {record.run for record in bench.store}:
            await _aborted(bench, own)

    for step in range(1 + seed % stride, run_virtual(whole()).effects + 1, stride):
        run_virtual(main(step))


def test_two_deaths_of_the_abort_after_one_of_the_run_do_no_harm_either(seed: int) -> None:
    chance, effects = random.Random(seed), _abort_power().effects

    async def main() -> None:
        bench, own = await _launched(Power(goes_at=chance.randint(60, 120)))
        if "run-2" in {record.run for record in bench.store}:
            await _aborted(bench, own, chance.randint(1, effects), chance.randint(1, effects))

    for _ in range(20):
        run_virtual(main())
