"""Many tasks are answered as quickly as few; processor time, which a busy machine leaves alone."""

import time

from launcher.simulator import Scenario, task_ids_of
from simulator.calling import Desk

FIELDS = "id,name,status,project,app,start_time,end_time,price,execution_status,outputs,errors"
TIMES_AS_LONG = 3  # measured: as long as among few; looking at every task would take ten times


def started(tasks: int) -> tuple[Desk, tuple[str, ...]]:
    """Return a platform on which so many tasks have started."""
    scenario = Scenario(
        tasks=tasks, run_median_s=100, flip_share=0.3, instance_limit=80, limit=10**6
    )
    desk, ids = Desk(scenario), task_ids_of(scenario)
    for task_id in ids:
        desk.run(task_id, fields="id")
    return desk, ids


def bulk_read_s(desk: Desk, ids: tuple[str, ...]) -> float:
    """Return the processor time of a bulk read of 100 tasks."""
    desk.now_s += 1
    began_s = time.process_time()
    answer = desk.bulk(ids, fields=FIELDS)
    taken_s = time.process_time() - began_s
    assert len(answer.json()["items"]) == 100
    return taken_s


def test_a_bulk_read_takes_no_longer_among_twenty_thousand_started_tasks_than_among_few() -> None:
    (few, few_ids), (many, many_ids) = started(100), started(20_000)

    pairs = [
        (bulk_read_s(few, few_ids), bulk_read_s(many, many_ids[100 * turn : 100 * turn + 100]))
        for turn in range(20)
    ]

    among_few_s, among_many_s = (min(taken_s) for taken_s in zip(*pairs, strict=True))
    assert among_many_s < TIMES_AS_LONG * among_few_s
