"""A week of ticks: every task started once, all trouble told once, and a journal that stays small.

Ticks die, and the input changes in the middle of the week; what is measured is the time that the
next tick needs to know all of it again.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import pytest

from engine.test_feed import drawn
from launcher.adapters.journal import read_journal
from launcher.adapters.journal.codec import row_of
from launcher.adapters.journal.filing import Filing
from launcher.adapters.journal.sqlite import writing
from launcher.core.drawing import report_of
from launcher.core.entry import NewsTold, Record
from launcher.core.ids import TaskId
from launcher.core.report import Report
from launcher.core.ticks import tick_of
from launcher.engine.ticking import Troubles
from support.bench import ACCOUNT, Bench
from support.crashing import Crash, Power, is_death
from support.fake_platform import USER, Life, task_id
from support.virtual_time import run_virtual

TICK_S = 600.0
WEEK = 7 * 24 * 6
MEDIAN_S = 5 * 3600.0
REPLAY_S = 1.0


@dataclass(frozen=True)
class Week:
    """What became of it."""

    bench: Bench
    report: Report
    died: int
    refused: tuple[TaskId, ...]
    failing: frozenset[TaskId]


async def _week(seed: int, *, ticks: int, tasks: int, most: int) -> Week:
    """Tick so often, over two thirds of the tasks and then over all; many a tick dies."""
    chance = random.Random(seed)
    bench = Bench()
    ids = bench.platform.add_drafts(tasks)
    drawn_lives = drawn(seed, median_s=MEDIAN_S * ticks / WEEK)
    failing = frozenset(chance.sample(ids, tasks // 20))
    refused = tuple(chance.sample(sorted(set(ids) - failing), max(tasks // 50, 1)))

    def life(task: TaskId) -> Life:
        return replace(drawn_lives(task), ends="FAILED" if task in failing else "COMPLETED")

    bench.platform.lives = life
    for task in refused:
        bench.platform.deeds[task] = ["403"] * 99
    for task in chance.sample(sorted(set(ids) - set(refused)), tasks // 5):
        bench.platform.deeds[task] = [chance.choice(["lost", "lost-started", "502", "429"])]
    died = 0
    for number in range(ticks):
        asked = ids[: 2 * tasks // 3] if number < ticks // 2 else ids
        begun = bench.clock.monotonic()
        power = Power(goes_at=chance.randint(1, 30)) if chance.random() < 0.15 else None
        try:
            _, report, _ = await bench.tick(asked, power=power, max_running=most)
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            died += 1
            if sum(map(bool, bench.told)) > _notes(bench):
                bench.told.pop()  # it died between the words and their note: they come again
        await bench.clock.sleep(begun + TICK_S - bench.clock.monotonic())
    _, report, _ = await bench.tick(ids, max_running=most)
    return Week(bench, report, died, refused, failing)


def _notes(bench: Bench) -> int:
    return sum(isinstance(record.entry, NewsTold) for record in bench.store)


def _as_file(store: list[Record], path: Path) -> Path:
    """Write the facts as their runs would have."""
    with writing(path, on_network=lambda _: None, keeps_locks=lambda _: True) as connection:
        for _, records in groupby(store, key=lambda record: record.run):
            with connection.begin():
                Filing().write(connection, [row_of(record) for record in records])
    return path


def _replay_s(path: Path, tasks: list[TaskId]) -> float:
    """Return how long the next tick needs to know what the journal knows."""
    begun = time.perf_counter()
    reader = read_journal(path)
    tick = tick_of(reader.marks(), ACCOUNT, digest="")
    troubles = Troubles(tick, user=USER, max_attempts=6, strict=False)
    for start in range(0, len(tasks), 250):
        some = tasks[start : start + 250]
        assert len(troubles.fold(reader.facts(ACCOUNT, some))) == len(some)
    return time.perf_counter() - begun


def _assert_well(week: Week) -> None:
    bench, asked = week.bench, {row.task_id for row in week.report.rows}
    told = Counter(each for news in bench.told for each in news.troubles.items())
    assert week.died
    assert bench.platform.starts == Counter(dict.fromkeys(asked - set(week.refused), 1))
    assert set(told) == {
        *((task, "rejected") for task in week.refused),
        *((task, "FAILED") for task in week.failing),
    }
    assert {task: told[task, "FAILED"] for task in week.failing} == dict.fromkeys(week.failing, 1)
    assert max(told.values()) <= 2  # what was refused is asked for again when the input changes
    assert week.report.summary.launched == len(asked) - len(week.refused)


@pytest.mark.parametrize(
    ("ticks", "tasks", "most"),
    [
        (100, 40, 8),
        pytest.param(WEEK, 500, 50, marks=[pytest.mark.prove, pytest.mark.timeout(1800)]),
    ],
)
def test_a_week_of_ticks_starts_each_task_once_and_is_replayed_in_a_second(
    *, tmp_path: Path, seed: int, ticks: int, tasks: int, most: int
) -> None:
    week = run_virtual(_week(seed, ticks=ticks, tasks=tasks, most=most))

    _assert_well(week)
    assert week.bench.platform.active_at_most() <= most
    facts = len(week.bench.store)
    path = _as_file(week.bench.store, tmp_path / "journal.db")
    replay_s = min(_replay_s(path, [task_id(n + 1) for n in range(tasks)]) for _ in range(3))
    print(  # noqa: T201 - figures
        f"{ticks} ticks, {week.died} died, {facts} facts, {path.stat().st_size} bytes, "
        f"replayed in {replay_s:.3f} s"
    )
    assert replay_s < REPLAY_S
    assert facts < 3 * ticks + 16 * tasks
    last = report_of(read_journal(path), week.report.run.run_id)
    assert last is not None
    assert [*last.rows] == [*week.report.rows]
