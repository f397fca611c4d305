"""Runs that die at chosen effects, and the run after them that finds everything as it should."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from launcher.core.answer import TaskView
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench
from support.crashing import Power
from support.fake_platform import Deed, task_id
from support.tally import Lives
from support.truth import assert_true
from support.virtual_time import run_virtual

FOR_EVER = 20
SETTLE_S = 0.5
LAUNCHED: tuple[list[Deed], ...] = (
    ["lost"],
    ["lost-started"],
    ["303-started"],
    [],
    ["502-started"],
    ["429"],
    ["late"],
    ["502", "lost-started"],
    ["503-maintenance"],
    ["not-sent"],
    ["401"],
)
REFUSED: tuple[Deed, ...] = ("403", "302", "draft-errors", "7007-draft")


@dataclass(frozen=True)
class Story:
    """Tasks on a platform that is made anew for each telling, and what becomes of them."""

    made: Callable[[], Bench]
    expected: tuple[Outcome, ...]

    @property
    def tasks(self) -> tuple[TaskId, ...]:
        """Return the ids of its tasks."""
        return tuple(task_id(number) for number in range(1, len(self.expected) + 1))

    def power_of_a_whole_run(self) -> Power:
        """Return what counted the effects of a run that nothing stops."""
        power = Power()
        run_virtual(_killed(self.made(), self.tasks, power))
        return power


def _bench_of(deeds: Sequence[list[Deed]]) -> Bench:
    """Return a bench whose platform starts whatever it is asked to, however often."""
    bench = Bench()
    platform = bench.platform
    platform.lenient = platform.orphans_arrive = True
    platform.late_s = SETTLE_S * 1.8
    tasks = platform.add_drafts(len(deeds))
    platform.deeds = {task: list(each) for task, each in zip(tasks, deeds, strict=True)}
    return bench


def _tasks_of_every_kind() -> Bench:
    bench = _bench_of((*LAUNCHED, *([deed] * FOR_EVER for deed in REFUSED), [], [], [], []))
    views = bench.platform.views
    running, child, missing, alone = tuple(views)[-4:]
    views[running] = TaskView(id=running, status="RUNNING")
    views[child] = replace(views[child], parent=task_id(1))
    del views[missing]
    bench.platform.shown_alone.add(alone)
    return bench


EVERY_KIND = Story(
    made=_tasks_of_every_kind,
    expected=(
        *(Outcome.LAUNCHED for _ in LAUNCHED),
        *(Outcome.REJECTED, Outcome.REJECTED, Outcome.REJECTED, Outcome.UNKNOWN),
        *(Outcome.SKIPPED, Outcome.REJECTED, Outcome.REJECTED, Outcome.LAUNCHED),
    ),
)
FEW = Story(
    made=lambda: _bench_of((["lost"], ["late"], ["502", "lost-started"], ["429"], [])),
    expected=(Outcome.LAUNCHED,) * 5,
)


def told(story: Story, *steps: int) -> Lives:
    """Crash at each of the steps in turn, then run to the end; all is as the story wants it."""
    return run_virtual(_survived(story, steps))


async def _survived(story: Story, steps: Sequence[int]) -> Lives:
    bench = story.made()
    lives = Lives(bench.platform, tasks=len(story.tasks))
    for step in steps:
        if await _killed(bench, story.tasks, Power(goes_at=step)):
            lives.killed_at.append(bench.clock.monotonic())
    assert await _finished(bench, story.tasks) == story.expected, steps
    return lives


async def _killed(bench: Bench, tasks: Sequence[TaskId], power: Power) -> bool:
    return await bench.crashed(tasks, power, settle_s=SETTLE_S, concurrency=3)


async def _finished(bench: Bench, tasks: Sequence[TaskId]) -> tuple[Outcome, ...]:
    """Run to the end, again where the token was refused; compare with the truth, then and later."""
    for _ in range(3):
        exit_code, report = await bench.run(tasks, settle_s=SETTLE_S)
        assert_true(report, bench)
        if exit_code != 3:
            break
    await asyncio.sleep(FOR_EVER)
    bench.platform.start_late()
    assert_true(report, bench)
    assert set(bench.platform.starts.values()) == {1}
    return tuple(row.outcome for row in report.rows)
