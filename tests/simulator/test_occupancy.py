"""Who was under way at once, and for how long; no network, a virtual clock."""

import random
from dataclasses import dataclass

import pytest

from launcher.simulator import Kind, Occupancy, Scenario, ids_of, task_ids_of
from launcher.simulator.task import UNDER_WAY
from simulator.calling import BORN_S, Desk, desk_of

PROJECTS = ("RFranklin/one", "LPauling/two")
ACTIVE = {str(status) for status in UNDER_WAY}


@dataclass(frozen=True)
class Seen:
    """What somebody saw who looked at every moment: tasks under way, and RUNNING ones."""

    under_way: list[int]
    running: list[int]


def _look(desk: Desk, ids: tuple[str, ...]) -> Seen:
    seen = Seen(under_way=[], running=[])
    while not seen.under_way or seen.under_way[-1]:
        statuses = [desk.truth.status_of(task_id) for task_id in ids]
        seen.under_way.append(sum(status in ACTIVE for status in statuses))
        seen.running.append(statuses.count("RUNNING"))
        desk.now_s += 1
    return seen


def test_one_task_after_another_is_one_at_once() -> None:
    desk, first = desk_of(completes_after_s=10)
    second = task_ids_of(desk.scenario)[1]
    desk.run(first)
    desk.now_s += 10
    desk.run(second)
    desk.now_s += 100

    assert desk.truth.occupancy() == Occupancy(
        peak=1, task_seconds=10, first_start_s=BORN_S, last_start_s=BORN_S + 10
    )
    assert desk.truth.occupancy().share_of(1) == 1
    assert desk.truth.occupancy().share_of(2) == 0.5


def test_nothing_started_is_nothing_used() -> None:
    desk, _ = desk_of()

    assert desk.truth.occupancy() == Occupancy()
    assert desk.truth.occupancy().share_of(5) == 0


def test_the_peak_and_the_time_are_those_that_a_patient_looker_sees(seed: int) -> None:
    chance = random.Random(seed)
    scenario = Scenario(
        tasks=40,
        run_median_s=40,
        flip_share=0.5,
        flip_queued_s=10,
        instance_limit=chance.randint(3, 12),
        failed_share=0.2,
        aborting_s=3,
        limit=10**6,
    )
    desk, ids = Desk(scenario), task_ids_of(scenario)
    at_s = sorted(chance.randint(0, 60) for _ in ids)
    under_way, running = 0, 0
    task_seconds = 0
    for moment_s in range(at_s[-1] + 1):
        desk.now_s = BORN_S + moment_s
        for task_id, start_s in zip(ids, at_s, strict=True):
            if start_s == moment_s:
                desk.run(task_id)
            elif start_s < moment_s and chance.random() < 0.003:
                desk.abort(task_id)
        statuses = [desk.truth.status_of(task_id) for task_id in ids]
        count = sum(status in ACTIVE for status in statuses)
        under_way, running = max(under_way, count), max(running, statuses.count("RUNNING"))
        task_seconds += count if moment_s < at_s[-1] else 0
    later = _look(desk, ids)
    occupancy = desk.truth.occupancy()

    assert max(running, *later.running) <= (scenario.instance_limit or 0)
    assert occupancy.peak == max(under_way, *later.under_way)
    # The looker takes a task that ends between two looks for under way until the second.
    assert task_seconds - 40 <= occupancy.task_seconds <= task_seconds + 40
    assert (occupancy.first_start_s, occupancy.last_start_s) == (
        BORN_S + at_s[0],
        BORN_S + at_s[-1],
    )


def test_projects_and_chosen_tasks_are_counted_apart() -> None:
    desk = Desk(Scenario(tasks=5, projects=PROJECTS))
    ids = task_ids_of(desk.scenario)
    for task_id in ids:
        desk.run(task_id)
    truth = desk.truth

    assert [truth.occupancy(project=name).peak for name in PROJECTS] == [3, 2]
    assert truth.occupancy(ids[:2]).peak == 2
    assert truth.occupancy(ids[:2], project=PROJECTS[0]).peak == 1


def test_a_batch_task_counts_as_one_and_its_children_apart() -> None:
    scenario = Scenario(batch_tasks=2, children_per_batch=4)
    desk = Desk(scenario)
    for task_id in ids_of(scenario, Kind.BATCH):
        desk.run(task_id)
    desk.now_s += 10

    assert desk.truth.occupancy().peak == 2
    assert desk.truth.occupancy(children=True).peak == 8


def test_what_others_have_running_counts_and_what_ended_before_does_not() -> None:
    desk = Desk(Scenario(tasks=1, special={Kind.RUNNING: 2, Kind.COMPLETED: 50}))
    before = desk.truth.occupancy().peak
    desk.run(task_ids_of(desk.scenario)[0])

    assert (before, desk.truth.occupancy().peak) == (2, 3)


def test_an_aborting_task_is_not_under_way_any_more() -> None:
    desk, first = desk_of(aborting_s=60)
    second = task_ids_of(desk.scenario)[1]
    desk.run(first)
    desk.abort(first)
    desk.now_s += 1
    desk.run(second)

    assert desk.truth.occupancy().peak == 1


def test_the_truth_tells_ends_prices_and_repeated_aborts() -> None:
    scenario = Scenario(tasks=3, run_median_s=100, run_sigma=0, aborting_s=0, queued_s=0)
    desk = Desk(scenario)
    first, second, third = task_ids_of(scenario)
    desk.run(first)
    desk.run(second)
    desk.now_s += 50
    for _ in range(2):
        desk.abort(second)
    desk.abort(third)
    desk.now_s += 500

    assert desk.truth.ends == {"COMPLETED": 1, "ABORTED": 1}
    assert desk.truth.aborted == (second,)
    assert desk.truth.abort_orders == {second: 2, third: 1}
    assert [desk.truth.cents_of(task_id) for task_id in (first, second, third)] == [44, 22, 0]
    told = desk.truth.as_json()
    assert told["price"] == {"currency": "USD", "amount": "0.66"}
    assert told["ends"] == {"COMPLETED": 1, "ABORTED": 1}
    assert told["under_way"] == {
        "peak": 2,
        "peak_by_project": {"RFranklin/my-project": 2},
        "peak_of_children": 0,
        "task_seconds": pytest.approx(0),
        "first_and_last_start_s": (BORN_S, BORN_S),
    }
