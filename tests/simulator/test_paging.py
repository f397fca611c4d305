"""How lists shift under their reader; no network, a virtual clock."""

from collections.abc import Mapping

import pytest

from launcher.simulator import SOMEBODY_ELSE, Kind, Scenario, ids_of, task_ids_of
from simulator.calling import Desk

OLDEST_FIRST: Mapping[str, str] = {"order_by": "created_time", "order": "asc"}
NEWEST_FIRST: Mapping[str, str] = {"order_by": "created_time", "order": "desc"}
PROJECTS = ("RFranklin/one", "LPauling/two")


def _pages(desk: Desk, order: Mapping[str, str]) -> list[str]:
    """Read a list to its end as the links lead, ten tasks a page."""
    query = {**order, "limit": "10"}
    read: list[str] = []
    for _ in range(50):
        answer = desk.ask("GET", "/v2/tasks", query={**query, "offset": str(len(read))})
        read += [task["id"] for task in answer.json()["items"]]
        if not any(link["rel"] == "next" for link in answer.json()["links"]):
            return read
    raise AssertionError("the list never ends")


def test_a_draft_that_appears_between_pages_makes_the_newest_first_show_one_twice() -> None:
    desk = Desk(Scenario(tasks=30, newcomers=(1,)))

    read = _pages(desk, NEWEST_FIRST)

    assert len(read) == len(set(read)) + 1
    assert not set(desk.truth.came) & set(read)
    assert set(task_ids_of(desk.scenario)) == set(read)


def test_a_draft_that_appears_between_pages_comes_last_where_the_oldest_is_first() -> None:
    desk = Desk(Scenario(tasks=30, newcomers=(1, 0, 2)))

    read = _pages(desk, OLDEST_FIRST)

    assert read[:30] == list(task_ids_of(desk.scenario))
    assert sorted(read[30:]) == sorted(desk.truth.came)
    assert len(desk.truth.came) == 3


def test_a_draft_that_is_deleted_between_pages_makes_the_oldest_first_miss_one() -> None:
    desk = Desk(Scenario(tasks=30, leavers=(0, 1)))
    ids = task_ids_of(desk.scenario)

    read = _pages(desk, OLDEST_FIRST)

    assert set(ids) - set(read) == {ids[20]}
    assert len(read) == len(set(read))
    assert desk.truth.left == (ids[0],)


def test_a_second_pass_finds_what_the_first_missed() -> None:
    desk = Desk(Scenario(tasks=30, leavers=(1,)))
    _pages(desk, OLDEST_FIRST)

    assert _pages(desk, OLDEST_FIRST) == list(task_ids_of(desk.scenario)[1:])


def test_a_newcomer_is_a_draft_of_somebody_else_that_may_be_read_and_run() -> None:
    desk = Desk(Scenario(tasks=1, newcomers=(1,), projects=PROJECTS))
    _pages(desk, OLDEST_FIRST)
    (came,) = desk.truth.came
    read = desk.get(came).json()

    assert (read["status"], read["created_by"]) == ("DRAFT", SOMEBODY_ELSE)
    assert read["project"] == PROJECTS[1]
    assert desk.run(came).status == 200


def test_what_is_deleted_is_gone_for_every_request() -> None:
    desk = Desk(Scenario(tasks=2, leavers=(1,)))
    _pages(desk, OLDEST_FIRST)
    (left,) = desk.truth.left

    answers = (desk.get(left), desk.run(left), desk.abort(left), desk.clone(left))
    assert [answer.code for answer in answers] == [7002] * 4
    assert desk.truth.started == ()


def test_drafts_alone_are_deleted() -> None:
    scenario = Scenario(tasks=2, special={Kind.RUNNING: 1, Kind.FORBIDDEN: 1}, leavers=(4,))
    desk = Desk(scenario)
    started, draft = ids_of(scenario, Kind.HEALTHY)
    desk.run(started)
    _pages(desk, OLDEST_FIRST)

    assert desk.truth.left == (draft,)


def test_others_draft_and_delete_at_set_times() -> None:
    scenario = Scenario(tasks=3, newcomers_after_s=(10, 20), leavers_after_s=(15,))
    desk = Desk(scenario)
    sizes = []
    for _ in range(5):
        sizes.append(len(_pages(desk, OLDEST_FIRST)))
        desk.now_s += 5

    assert sizes == [3, 3, 4, 3, 4]


@pytest.mark.parametrize("order", [OLDEST_FIRST, NEWEST_FIRST])
def test_a_late_start_of_a_deleted_draft_does_nothing(order: Mapping[str, str]) -> None:
    desk = Desk(Scenario(tasks=1, leavers=(1,), late_start_s=5))
    (task_id,) = task_ids_of(desk.scenario)
    desk.service.world.start_later(task_id, desk.now_s + 5)
    _pages(desk, order)
    desk.now_s += 60

    assert (desk.truth.started, desk.truth.left) == ((), (task_id,))
