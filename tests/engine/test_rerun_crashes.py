"""Stopped dead before and after every effect of a rerun: one clone each, started once."""

import random
from collections import Counter

from engine.dying_rerun import CLONED, FEW, SETTLE_S, bench_of, effects_of, survived
from launcher.core.entry import CloneIntended
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.crashing import Power
from support.fake_platform import Deed
from support.virtual_time import run_virtual

EFFECTS = {f"{moment} {what}" for moment in ("before", "after") for what in ("clone", "list_tasks")}


def test_a_crash_before_or_after_any_effect_makes_no_second_clone_and_loses_none(
    seed: int,
) -> None:
    power = effects_of(FEW)
    for step in range(1 + seed % 2, power.effects + 1, 2):  # each of them: `make prove`
        run_virtual(survived(FEW, [step]))

    assert set(power.crossed) >= EFFECTS


def test_clones_of_tasks_of_one_name_are_never_mistaken_for_each_other(seed: int) -> None:
    counts = Counter[Outcome]()
    for step in range(1 + seed % 2, effects_of(FEW).effects + 1, 2):
        counts += run_virtual(survived(FEW, [step], alike=3))[0]

    assert counts[Outcome.UNKNOWN] < counts[Outcome.LAUNCHED] / 20


def test_whatever_the_platform_answers_a_crash_makes_no_second_clone(seed: int) -> None:
    power, stride = effects_of(CLONED), 8
    for step in range(1 + seed % stride, power.effects + 1, stride):
        run_virtual(survived(CLONED, [step]))


def test_two_crashes_in_a_row_do_not_either(seed: int) -> None:
    chance, effects = random.Random(seed), effects_of(FEW).effects
    for _ in range(15):
        run_virtual(survived(FEW, [chance.randint(1, effects), chance.randint(1, effects)]))


def test_crashes_while_the_same_user_drafts_alike_start_no_draft_of_theirs_unnoticed(
    seed: int,
) -> None:
    """What looks just like a clone and was made after the intent may be adopted, never doubled."""
    chance, effects = random.Random(seed), effects_of(FEW).effects
    for _ in range(30):
        run_virtual(_disturbed(random.Random(chance.random()), effects))


async def _disturbed(chance: random.Random, effects: int) -> None:
    bench, tasks = await bench_of(FEW, alike=2)
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
        step = chance.randint(1, 2 * effects_of(FEW).effects)
        run_virtual(_survived_launch(chance.choice(deeds), step))


async def _survived_launch(deed: Deed, step: int) -> None:
    bench, tasks = await bench_of(FEW, alike=0)
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
