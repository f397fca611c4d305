"""How tasks are cloned; no network, a virtual clock."""

import pytest

from launcher.simulator import (
    AFTER_START,
    SOMEBODY_ELSE,
    Fault,
    Kind,
    RequestKind,
    Scenario,
    ids_of,
    task_ids_of,
)
from simulator.calling import Desk, desk_of

_KEPT = ("name", "app", "project", "inputs", "batch", "type", "use_interruptible_instances")


def test_a_clone_is_a_draft_of_ours_with_a_new_id_and_the_same_inputs() -> None:
    scenario = Scenario(special={Kind.FAILED: 1}, apps=("a/b/c/1",), projects=("a/b",))
    desk, (source,) = Desk(scenario), ids_of(scenario, Kind.FAILED)
    desk.now_s += 1000

    answer = desk.clone(source)
    clone, failed = answer.json(), desk.get(source).json()

    assert (answer.status, clone["status"]) == (200, "DRAFT")
    assert clone["id"] != source
    assert {name: clone[name] for name in _KEPT} == {name: failed[name] for name in _KEPT}
    assert (clone["created_by"], failed["executed_by"]) == (desk.service.world.user, SOMEBODY_ELSE)
    assert clone["created_time"] == clone["start_time"] > failed["end_time"]
    assert not {"executed_by", "end_time", "price", "execution_status"} & set(clone)
    assert desk.get(clone["id"]).json() == clone
    assert failed["status"] == "FAILED"


def test_every_clone_is_another_one_and_the_truth_counts_them_by_source() -> None:
    desk, first = desk_of()
    second = task_ids_of(desk.scenario)[1]
    made = [desk.clone(task_id).json()["id"] for task_id in (first, second, first.upper())]

    assert len({first, second, *made}) == 5
    assert desk.truth.clones == {first: (made[0], made[2]), second: (made[1],)}
    assert desk.truth.as_json()["clones"] == {first: [made[0], made[2]], second: [made[1]]}
    assert desk.truth.requests == {RequestKind.CLONE: 3}
    assert desk.truth.started == ()


def test_the_ids_of_clones_follow_from_seed_and_source() -> None:
    one, other = desk_of(), desk_of()
    (desk, first), (again, _) = one, other
    second = task_ids_of(desk.scenario)[1]

    assert [desk.clone(task_id).json()["id"] for task_id in (first, second)] == list(
        reversed([again.clone(task_id).json()["id"] for task_id in (second, first)])
    )


def test_a_clone_runs_and_lives_on_its_own() -> None:
    desk, source = desk_of(run_median_s=100)
    desk.run(source)
    clone = desk.clone(source).json()["id"]
    desk.run(clone)
    desk.now_s += 1000

    assert desk.truth.status_of(clone) == "COMPLETED"
    assert desk.truth.started == (source, clone)
    lengths = [
        desk.get(task_id).json()["execution_status"]["running_duration"]
        for task_id in (source, clone)
    ]
    assert lengths[0] != lengths[1]


def test_a_clone_may_be_run_at_once() -> None:
    desk, source = desk_of()

    clone = desk.clone(source, action="run").json()

    assert clone["status"] in {"QUEUED", "RUNNING"}
    assert desk.truth.started == (clone["id"],)
    assert desk.truth.status_of(source) == "DRAFT"


@pytest.mark.parametrize("kind", [Kind.INVALID_4XX, Kind.INVALID_ERRORS])
def test_what_cannot_run_is_cloned_all_the_same_and_says_why(kind: Kind) -> None:
    desk = Desk(Scenario(special={kind: 1}))

    clone = desk.clone(task_ids_of(desk.scenario)[0], action="run").json()

    assert (clone["status"], len(clone["errors"])) == ("DRAFT", 1)


def test_a_batch_task_is_cloned_with_its_batching() -> None:
    scenario = Scenario(batch_tasks=1)
    desk, (parent,) = Desk(scenario), ids_of(scenario, Kind.BATCH)
    desk.run(parent)
    clone = desk.clone(parent).json()
    desk.run(clone["id"])

    assert clone["batch"] is True
    assert len(desk.truth.children_of(clone["id"])) == 3
    assert not set(desk.truth.children_of(clone["id"])) & set(desk.truth.children_of(parent))


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Kind.FORBIDDEN, 403, 7001),
        (Kind.NO_EXECUTE, 403, 7001),
        (Kind.NOT_FOUND, 404, 7002),
    ],
)
def test_what_we_may_not_use_is_not_cloned(kind: Kind, status: int, code: int) -> None:
    desk = Desk(Scenario(special={kind: 1}))

    answer = desk.clone(task_ids_of(desk.scenario)[0])

    assert (answer.status, answer.code) == (status, code)
    assert desk.truth.clones == {}


def test_what_cannot_be_understood_clones_nothing() -> None:
    desk, task_id = desk_of()

    assert desk.clone(task_id, action="walk").code == 7013
    assert desk.clone(task_id, body=b"[]").code == 90009
    assert desk.clone("no-uuid").code == 7005
    assert desk.truth.clones == {}


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (Fault.UNAVAILABLE_BEFORE, 0),
        (Fault.GATEWAY_TIMEOUT_AFTER, 1),
        (Fault.RESET_AFTER, 1),
        (Fault.THROTTLED, 0),
    ],
)
def test_a_clone_may_fail_before_or_after_it_is_made(fault: Fault, *, made: int) -> None:
    desk, task_id = desk_of(read_scripts={RequestKind.CLONE: [fault]})
    desk.clone(task_id)

    assert len(desk.truth.clones.get(task_id, ())) == made
    assert desk.truth.faults == {fault: 1}
    desk.clone(task_id)
    assert len(desk.truth.clones[task_id]) == made + 1


def test_chance_fails_clones_alike_whatever_their_order() -> None:
    scenario = Scenario(tasks=60, clone_fault_share=0.5)
    ids = task_ids_of(scenario)
    desks = Desk(scenario), Desk(scenario)
    for desk, order in zip(desks, (ids, ids[::-1]), strict=True):
        for task_id in order:
            desk.clone(task_id)

    assert desks[0].truth.clones == {
        task_id: desks[1].truth.clones[task_id] for task_id in desks[0].truth.clones
    }
    assert desks[0].truth.faults == desks[1].truth.faults
    assert 15 < desks[0].truth.faults.total() < 45
    lost = set(AFTER_START.values()) & desks[0].truth.faults.keys()
    assert lost
    assert len(desks[0].truth.clones) < 60


def test_a_clone_may_be_made_after_its_request_seems_lost() -> None:
    desk, task_id = desk_of(read_scripts={RequestKind.CLONE: [Fault.LATE_START]}, late_start_s=5)
    desk.clone(task_id)
    desk.now_s += 4
    before = desk.ask("GET", "/v2/tasks").json()["items"]
    desk.now_s += 1
    after = desk.ask("GET", "/v2/tasks").json()["items"]

    assert (len(before), len(after)) == (2, 3)
    assert len(desk.truth.clones[task_id]) == 1


def test_lists_may_know_of_clones_later_than_other_reads() -> None:
    desk, task_id = desk_of(list_lag_s=10)
    clone = desk.clone(task_id).json()["id"]
    at_once = [task["id"] for task in desk.ask("GET", "/v2/tasks").json()["items"]]
    read = desk.get(clone).status
    desk.now_s += 10
    later = [task["id"] for task in desk.ask("GET", "/v2/tasks").json()["items"]]

    assert (read, clone in at_once, later[0]) == (200, False, clone)


def test_chance_decides_anew_about_every_further_clone_of_a_task() -> None:
    desk, task_id = desk_of(clone_fault_share=0.5)
    for _ in range(40):
        desk.clone(task_id)

    assert 5 < desk.truth.faults.total() < 35
