"""How tasks are aborted; no network, a virtual clock."""

import pytest

from launcher.simulator import AFTER_START, Fault, Kind, RequestKind, Scenario, ids_of, task_ids_of
from simulator.calling import Desk, desk_of


def test_a_task_under_way_is_aborting_and_then_aborted() -> None:
    desk, task_id = desk_of(aborting_s=5)
    desk.run(task_id)
    desk.now_s += 60

    answer = desk.abort(task_id)
    aborting = desk.get(task_id).json()
    desk.now_s += 5
    aborted = desk.get(task_id).json()

    assert (answer.status, answer.json()["status"]) == (200, "ABORTING")
    assert (aborting["status"], "end_time" in aborting) == ("ABORTING", False)
    assert aborted["status"] == "ABORTED"
    assert aborted["execution_status"]["message"] == "Aborted"
    assert aborted["end_time"] > aborted["start_time"]
    assert aborted["executed_by"] == desk.service.world.user
    assert desk.truth.status_of(task_id) == "ABORTED"


def test_an_aborted_task_never_completes() -> None:
    desk, task_id = desk_of(completes_after_s=10)
    desk.run(task_id)
    desk.abort(task_id)
    desk.now_s += 100

    assert desk.get(task_id).json()["status"] == "ABORTED"


@pytest.mark.parametrize("kind", [Kind.QUEUED, Kind.RUNNING])
def test_what_others_started_may_be_aborted_too(kind: Kind) -> None:
    scenario = Scenario(special={kind: 1})
    desk, (task_id,) = Desk(scenario), ids_of(scenario, kind)

    assert desk.abort(task_id).status == 200
    assert desk.truth.aborted == (task_id,)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Kind.HEALTHY, 400, 7011),
        (Kind.COMPLETED, 400, 7011),
        (Kind.FAILED, 400, 7011),
        (Kind.ABORTED, 400, 7011),
        (Kind.FORBIDDEN, 403, 7001),
        (Kind.NO_EXECUTE, 403, 7001),
        (Kind.NOT_FOUND, 404, 7002),
    ],
)
def test_what_is_not_under_way_is_not_aborted(kind: Kind, status: int, code: int) -> None:
    scenario = Scenario(special={kind: 1})
    desk, (task_id,) = Desk(scenario), ids_of(scenario, kind)
    before = desk.truth.status_of(task_id)

    answer = desk.abort(task_id)

    assert (answer.status, answer.code) == (status, code)
    assert desk.truth.status_of(task_id) == before
    assert desk.truth.aborted == ()


def test_a_task_is_aborted_once() -> None:
    desk, task_id = desk_of(aborting_s=5)
    desk.run(task_id)
    desk.abort(task_id)
    while_aborting = desk.abort(task_id).code
    desk.now_s += 5

    assert (while_aborting, desk.abort(task_id).code) == (7011, 7011)
    assert desk.truth.aborted == (task_id,)


def test_an_aborted_task_needs_a_draft_to_run_again_except_on_a_lenient_platform() -> None:
    strict, task_id = desk_of(aborting_s=0)
    lenient, _ = desk_of(aborting_s=0, lenient=True)
    for desk in (strict, lenient):
        desk.run(task_id)
        desk.abort(task_id)

    assert strict.run(task_id).code == 7007
    assert lenient.run(task_id).json()["status"] in {"QUEUED", "RUNNING"}


def test_a_batch_task_may_be_aborted_while_it_is_creating_and_takes_its_children_along() -> None:
    scenario = Scenario(batch_tasks=1, children_per_batch=2, creating_s=30, aborting_s=0)
    desk, (parent,) = Desk(scenario), ids_of(scenario, Kind.BATCH)
    creating = desk.run(parent).json()["status"]
    desk.abort(parent)

    children = desk.truth.children_of(parent)
    assert creating == "CREATING"
    assert {desk.truth.status_of(task_id) for task_id in (parent, *children)} == {"ABORTED"}
    assert desk.truth.aborted == (parent,)


def test_a_child_may_be_aborted_alone() -> None:
    scenario = Scenario(batch_tasks=1, children_per_batch=2)
    desk, (parent,) = Desk(scenario), ids_of(scenario, Kind.BATCH)
    desk.run(parent)
    first, second = desk.truth.children_of(parent)
    desk.abort(first)
    desk.now_s += 1

    assert desk.truth.status_of(first) == "ABORTED"
    assert {desk.truth.status_of(other) for other in (parent, second)} == {"RUNNING"}


def test_aborts_are_counted_by_kind_and_by_task_whatever_they_are_answered() -> None:
    desk, task_id = desk_of()
    desk.abort(task_id)
    desk.run(task_id)
    desk.abort(task_id.upper())

    assert desk.truth.requests == {RequestKind.ABORT: 2, RequestKind.RUN: 1}
    assert desk.truth.requests_of(task_id) == {RequestKind.ABORT: 2, RequestKind.RUN: 1}
    assert desk.truth.counted == 3
    assert desk.truth.as_json()["aborted"] == [task_id]


@pytest.mark.parametrize(
    ("fault", "aborted"),
    [(Fault.UNAVAILABLE_BEFORE, False), (Fault.UNAVAILABLE_AFTER, True), (Fault.CUT_BEFORE, False)],
)
def test_an_abort_may_fail_before_or_after_it_is_done(fault: Fault, *, aborted: bool) -> None:
    desk, task_id = desk_of(read_scripts={RequestKind.ABORT: [fault]})
    desk.run(task_id)
    desk.abort(task_id)

    assert desk.truth.aborted == ((task_id,) if aborted else ())
    assert desk.truth.faults == {fault: 1}
    assert (desk.abort(task_id).status == 200) is not aborted


def test_an_abort_may_be_done_after_its_request_seems_lost() -> None:
    script = {RequestKind.ABORT: [Fault.LATE_START]}
    desk, task_id = desk_of(read_scripts=script, late_start_s=5, aborting_s=0)
    desk.run(task_id)
    desk.abort(task_id)
    desk.now_s += 4
    before = desk.truth.status_of(task_id)
    desk.now_s += 1

    assert (before, desk.truth.status_of(task_id)) == ("RUNNING", "ABORTED")


def test_chance_fails_aborts_where_asked_before_or_after_they_are_done() -> None:
    scenario = Scenario(tasks=60, abort_fault_share=0.5, aborting_s=0)
    desk, ids = Desk(scenario), task_ids_of(scenario)
    for task_id in ids:
        desk.run(task_id)
        desk.abort(task_id)
    lost = sum(desk.truth.faults[fault] for fault in AFTER_START.values())

    assert 15 < desk.truth.faults.total() < 45
    assert 0 < lost < desk.truth.faults.total()
    assert len(desk.truth.aborted) == 60 - desk.truth.faults.total() + lost


def test_chance_for_other_requests_does_not_fail_aborts() -> None:
    scenario = Scenario(tasks=30, fault_share=1, max_faults_per_task=0, read_fault_share=1)
    desk, ids = Desk(scenario), task_ids_of(scenario)
    for task_id in ids:
        desk.run(task_id)
        desk.abort(task_id)

    assert desk.truth.aborted == ids


def test_what_cannot_be_decoded_aborts_nothing() -> None:
    desk, task_id = desk_of()
    desk.run(task_id)

    assert desk.abort(task_id, body=b"null").status == 200
    assert desk.abort(task_id, body=b"[]").code == 90009
    assert desk.abort("no-uuid").code == 7005
    assert desk.ask("GET", f"/v2/tasks/{task_id}/actions/abort").code == 90006


def test_the_refusal_may_have_the_older_code() -> None:
    desk, task_id = desk_of(abort_refusal=7008)

    assert desk.abort(task_id).code == 7008


def test_an_aborted_task_frees_its_instance_once_it_has_ended() -> None:
    desk, first = desk_of(instance_limit=1, queued_s=0, aborting_s=5)
    second = task_ids_of(desk.scenario)[1]
    desk.run(first)
    desk.run(second)
    desk.abort(first)
    while_aborting = desk.truth.status_of(second)
    desk.now_s += 5

    assert (while_aborting, desk.truth.status_of(second)) == ("QUEUED", "RUNNING")


def test_a_waiting_task_that_is_aborted_never_takes_an_instance() -> None:
    scenario = Scenario(tasks=3, instance_limit=1, queued_s=0, completes_after_s=60, aborting_s=1)
    desk = Desk(scenario)
    first, second, third = task_ids_of(scenario)
    for task_id in (first, second, third):
        desk.run(task_id)
    desk.abort(second)
    desk.now_s += 61

    statuses = [desk.truth.status_of(task_id) for task_id in (first, second, third)]
    assert statuses == ["COMPLETED", "ABORTED", "RUNNING"]


def test_an_aborted_batch_task_frees_the_instances_of_its_children() -> None:
    scenario = Scenario(
        tasks=1, batch_tasks=1, instance_limit=3, run_median_s=100, queued_s=0, creating_s=1
    )
    desk, (single, parent) = Desk(scenario), task_ids_of(scenario)
    desk.run(parent)
    desk.now_s += 2
    desk.run(single)
    waits = desk.truth.status_of(single)
    desk.abort(parent)
    desk.now_s += 1

    assert (waits, desk.truth.status_of(single)) == ("QUEUED", "RUNNING")
    assert desk.truth.status_of(parent) == "ABORTED"


def test_what_an_aborted_task_has_cost_stays() -> None:
    desk, task_id = desk_of(run_median_s=100, run_sigma=0, queued_s=0, aborting_s=10)
    desk.run(task_id)
    desk.now_s += 50
    desk.abort(task_id)
    desk.now_s += 500

    assert desk.get(task_id).json()["price"]["amount"] == "0.22"


def test_an_abort_answers_the_members_that_are_asked_for() -> None:
    desk, task_id = desk_of()
    desk.run(task_id)

    assert set(desk.abort(task_id, fields="id,status").json()) == {"id", "status"}
