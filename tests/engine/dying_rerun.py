"""Reruns that die at chosen effects, and the rerun after them that finds one clone of each."""

from collections import Counter
from collections.abc import Sequence

from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.cloning_platform import CloneDeed
from support.crashing import Power
from support.rerunning import RerunBench
from support.tally import Lives
from support.virtual_time import run_virtual

SETTLE_S = 0.5
CLONED: tuple[list[CloneDeed], ...] = (
    [],
    ["lost-cloned"],
    ["lost"],
    ["502-cloned"],
    ["429"],
    ["html-cloned"],
    ["303-cloned"],
    ["late"],
    ["queued-cloned"],
    ["502", "lost-cloned"],
    ["not-sent", "503-maintenance"],
    ["401"],
)
FEW: tuple[list[CloneDeed], ...] = ([], ["lost-cloned"], ["lost"], ["429"])
SAME = "align"


async def bench_of(
    deeds: Sequence[list[CloneDeed]], *, alike: int
) -> tuple[RerunBench, list[TaskId]]:
    """Return a bench of failed tasks, the first `alike` of one name."""
    bench = RerunBench()
    names = [SAME if number < alike else f"align {number}" for number in range(len(deeds))]
    tasks = await bench.failed(len(deeds), names=names)
    platform = bench.platform
    platform.orphans_arrive = platform.lenient = True
    platform.late_s = SETTLE_S * 1.8
    platform.clone_deeds = {task: list(each) for task, each in zip(tasks, deeds, strict=True)}
    return bench, list(tasks)


async def survived(
    deeds: Sequence[list[CloneDeed]], steps: Sequence[int], *, alike: int = 0
) -> tuple[Counter[Outcome], Lives]:
    """Crash at each of the steps in turn, run to the end, and return what became of the tasks.

    A lost clone of one of several tasks `alike` may be unknown; none is ever made twice, none
    taken for another one's.
    """
    bench, tasks = await bench_of(deeds, alike=alike)
    lives = Lives(bench.platform, tasks=len(tasks))
    for step in steps:
        if await bench.died(Power(goes_at=step), settle_s=SETTLE_S, concurrency=3):
            lives.killed_at.append(bench.clock.monotonic())
    for _ in range(3):
        exit_code, report = await bench.rerun(settle_s=SETTLE_S, concurrency=3)
        if exit_code != 3:
            break
    platform, rows = bench.platform, list(report.rows)
    platform.start_late()

    launched = {row.task_id for row in rows if row.outcome is Outcome.LAUNCHED}
    unknown = {row.task_id for row in rows if row.outcome is Outcome.UNKNOWN}
    assert len(launched) + len(unknown) == len(rows) == len(tasks), steps
    assert unknown <= set(tasks[:alike]), steps
    assert all(len(platform.clones[task]) <= 1 for task in tasks), steps
    for task, row in zip(tasks, rows, strict=True):
        assert row.task_id == (task if task in unknown else platform.clones[task][0]), steps
        assert row.source == ("run run-1" if task in unknown else f"clone of {task}")
    assert platform.starts == Counter({*tasks, *launched}), steps
    return Counter(row.outcome for row in rows), lives


def effects_of(deeds: Sequence[list[CloneDeed]]) -> Power:
    """Return what counted the effects of a rerun that nothing stops."""

    async def main() -> Power:
        bench, _ = await bench_of(deeds, alike=0)
        power = Power()
        await bench.rerun(power=power, settle_s=SETTLE_S, concurrency=3)
        return power

    return run_virtual(main())
