"""Stopped dead before and after every effect of a rerun: one clone each, started once."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from launcher.core.entry import CloneIntended
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.cloning_platform import CloneDeed
from support.crashing import Power
from support.fake_platform import Deed
from support.rerunning import RerunBench
from support.virtual_time import run_virtual

SETTLE_S = 0.5
EFFECTS = {f"{moment} {what}" for moment in ("before", "after") for what in ("clone", "list_tasks")}
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


async def _bench(
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


async def _survived(
    deeds: Sequence[list[CloneDeed]], steps: Sequence[int], *, alike: int = 0
) -> Counter[Outcome]:
    """Crash at each of the steps in turn, run to the end, and return what became of the tasks.

    A lost clone of one of several tasks `alike` may be unknown; none is ever made twice, none
    taken for another one's.
    """
    bench, tasks = await _bench(deeds, alike=alike)
    for step in steps:
        await bench.died(Power(goes_at=step), settle_s=SETTLE_S, concurrency=3)
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
    return Counter(row.outcome for row in rows)


def _effects(deeds: Sequence[list[CloneDeed]]) -> Power:
    """Return what counted the effects of a rerun that nothing stops."""

    async def main() -> Power:
        bench, _ = await _bench(deeds, alike=0)
        power = Power()
        await bench.rerun(power=power, settle_s=SETTLE_S, concurrency=3)
        return power

    return run_virtual(main())


def test_a_crash_before_or_after_any_effect_makes_no_second_clone_and_loses_none() -> None:
    power = _effects(FEW)
    for step in range(1, power.effects + 1):
        run_virtual(_survived(FEW, [step]))

    assert set(power.crossed) >= EFFECTS


def test_clones_of_tasks_of_one_name_are_never_mistaken_for_each_other(seed: int) -> None:
    counts = Counter[Outcome]()
    for step in range(1 + seed % 2, _effects(FEW).effects + 1, 2):
        counts += run_virtual(_survived(FEW, [step], alike=3))

    assert counts[Outcome.UNKNOWN] < counts[Outcome.LAUNCHED] / 20


def test_whatever_the_platform_answers_a_crash_makes_no_second_clone(seed: int) -> None:
    power, stride = _effects(CLONED), 4
    for step in range(1 + seed % stride, power.effects + 1, stride):
        run_virtual(_survived(CLONED, [step]))


def test_two_crashes_in_a_row_do_not_either(seed: int) -> None:
    chance, effects = random.Random(seed), _effects(FEW).effects
    for _ in range(60):
        run_virtual(_survived(FEW, [chance.randint(1, effects), chance.randint(1, effects)]))


@pytest.mark.prove
def test_every_two_crashes_in_a_row_do_not_either() -> None:
    effects = _effects(FEW).effects
    for first in range(1, effects + 1):
        for second in range(1, effects + 1):
            run_virtual(_survived(FEW, [first, second]))


def test_crashes_while_the_same_user_drafts_alike_start_no_draft_of_theirs_unnoticed(
    seed: int,
) -> None:
    """What looks just like a clone and was made after the intent may be adopted, never doubled."""
    chance, effects = random.Random(seed), _effects(FEW).effects
    for _ in range(30):
        run_virtual(_disturbed(random.Random(chance.random()), effects))


async def _disturbed(chance: random.Random, effects: int) -> None:
    bench, tasks = await _bench(FEW, alike=2)
    platform, theirs = bench.platform, list[TaskId]()

    async def draft(entry: object) -> None:
        if isinstance(entry, CloneIntended) and chance.random() < 0.5:
            theirs.append(platform.draft_like(entry.task))

    bench.on_append = draft
    await bench.died(Power(goes_at=chance.randint(1, effects)), settle_s=SETTLE_S, concurrency=3)
    _, report = await bench.rerun(settle_s=SETTLE_S, concurrency=3)

    rows = list(report.rows)
    assert len(rows) == len(tasks)
    assert all(count == 1 for count in platform.starts.values())
    for task, row in zip(tasks, rows, strict=True):
        started = [clone for clone in platform.clones[task] if platform.starts[clone]]
        if row.outcome is Outcome.LAUNCHED:
            assert row.task_id in {*platform.clones[task], *theirs}
            assert started in ([], [row.task_id])
        else:
            assert row.outcome is Outcome.UNKNOWN
            assert started == []
        assert len(platform.clones[task]) <= 1


def test_a_crash_in_the_launch_of_clones_starts_each_once(seed: int) -> None:
    chance = random.Random(seed)
    deeds: list[Deed] = ["lost-started", "lost", "502-started", "late"]
    for _ in range(30):
        step = chance.randint(1, 2 * _effects(FEW).effects)
        run_virtual(_survived_launch(chance.choice(deeds), step))


async def _survived_launch(deed: Deed, step: int) -> None:
    bench, tasks = await _bench(FEW, alike=0)
    platform = bench.platform
    platform.orphans_arrive = True

    async def trouble(_entry: object) -> None:
        for task in tasks:
            for clone in platform.clones[task]:
                platform.deeds.setdefault(clone, [deed])

    bench.on_append = trouble
    await bench.died(Power(goes_at=step), settle_s=SETTLE_S, concurrency=3)
    _, report = await bench.rerun(settle_s=SETTLE_S, concurrency=3)

    assert [row.outcome for row in report.rows] == [Outcome.LAUNCHED] * len(tasks), (deed, step)
    assert set(platform.starts.values()) == {1}, (deed, step)
