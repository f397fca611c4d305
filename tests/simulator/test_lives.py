"""How started tasks live and end; no network, a virtual clock."""

import random
from collections import Counter
from statistics import median

import pytest

from launcher.simulator import Kind, Scenario, ids_of, task_ids_of
from simulator.calling import BORN_S, Desk, desk_of

LIVELY = Scenario(
    tasks=400,
    run_median_s=100,
    queued_s=5,
    flip_share=0.3,
    flip_queued_s=20,
    failed_share=0.1,
    outputless_share=0.1,
    jobless_share=0.1,
    priceless_share=0.1,
    limit=10_000,
)
LONG_S = 10_000.0


def _ended(scenario: Scenario = LIVELY) -> tuple[Desk, list[dict[str, object]]]:
    desk = Desk(scenario)
    ids = task_ids_of(scenario)
    for task_id in ids:
        desk.run(task_id)
    desk.now_s += LONG_S
    return desk, [desk.get(task_id).json() for task_id in ids]


def _statuses(desk: Desk, task_id: str, *, until_s: float, step_s: float = 2.0) -> list[str]:
    """Return the states of a task in order, equals in a row as one."""
    seen: list[str] = []
    end_s = desk.now_s + until_s
    while desk.now_s < end_s:
        status = desk.get(task_id, fields="status").json()["status"]
        if not seen or seen[-1] != status:
            seen.append(status)
        desk.now_s += step_s
    return seen


def test_run_lengths_are_lognormal_around_their_median_and_capped() -> None:
    scenario = Scenario(tasks=900, run_median_s=100, limit=10_000)
    _, tasks = _ended(scenario)
    run_s = [task["execution_status"]["running_duration"] / 1000 for task in tasks]  # type: ignore[index]

    assert 90 < median(run_s) < 110
    assert 0.12 < sum(length_s > 182 for length_s in run_s) / len(run_s) < 0.2  # one sigma: 0.16
    assert max(run_s) <= 600


def test_the_cap_cuts_lengths() -> None:
    _, tasks = _ended(Scenario(tasks=200, run_median_s=100, run_cap=1.5))

    lengths = [task["execution_status"]["running_duration"] for task in tasks]  # type: ignore[index]
    assert max(lengths) == 150_000


def test_a_life_depends_on_seed_and_id_and_not_on_the_order_of_starts(seed: int) -> None:
    def ends(order: list[str]) -> dict[str, object]:
        desk = Desk(LIVELY)
        for task_id in order:
            desk.run(task_id)
        desk.now_s += LONG_S
        members = ("status", "execution_status", "price", "outputs")
        return {
            task_id: [desk.get(task_id).json().get(name) for name in members] for task_id in order
        }

    ids = list(task_ids_of(LIVELY))
    other = random.Random(seed).sample(ids, len(ids))

    assert ends(ids) == ends(other)


def test_shares_of_the_tasks_fail_lack_outputs_and_lack_prices() -> None:
    _, tasks = _ended()
    statuses = Counter(task["status"] for task in tasks)
    outputless = [
        task
        for task in tasks
        if task["status"] == "COMPLETED" and not any(task["outputs"].values())  # type: ignore[attr-defined]
    ]

    assert statuses.keys() == {"COMPLETED", "FAILED"}
    assert 20 <= statuses["FAILED"] <= 60
    assert 20 <= len(outputless) <= 60
    assert 20 <= sum("price" not in task for task in tasks) <= 60
    assert not any(
        any(task["outputs"].values())  # type: ignore[attr-defined]
        for task in tasks
        if task["status"] == "FAILED"
    )


def test_a_flip_puts_a_task_back_in_the_queue_without_losing_its_computing() -> None:
    usual, task_id = desk_of(run_median_s=100, queued_s=5)
    flips, _ = desk_of(run_median_s=100, queued_s=5, flip_share=1, flip_queued_s=20)
    durations = []
    for desk in (usual, flips):
        desk.run(task_id)
        desk.now_s += LONG_S
        durations.append(desk.get(task_id).json()["execution_status"])

    assert durations[0]["running_duration"] == pytest.approx(
        durations[1]["running_duration"], abs=1
    )
    assert durations[1]["duration"] >= durations[0]["duration"] + 10_000
    assert durations[1]["queued_duration"] >= durations[0]["queued_duration"] + 10_000


def test_the_states_of_a_flipping_task_alternate_and_end() -> None:
    desk, task_id = desk_of(run_median_s=100, flip_share=1, flip_queued_s=20, limit=10_000)
    desk.run(task_id)

    seen = _statuses(desk, task_id, until_s=900)

    assert seen[-1] == "COMPLETED"
    assert seen.count("RUNNING") >= 2
    assert set(seen[:-1]) == {"QUEUED", "RUNNING"}


def test_reads_tell_how_far_a_task_is() -> None:
    desk, task_id = desk_of(completes_after_s=60, queued_s=10)
    desk.run(task_id)
    queued_s = 10 if desk.get(task_id).json()["status"] == "QUEUED" else 0
    desk.now_s += 30
    running = desk.get(task_id).json()
    desk.now_s += 60
    ended = desk.get(task_id).json()

    assert running["execution_status"] == {
        "message": "Initializing...",
        "steps_completed": 0,
        "steps_total": 1,
        "account_limit": False,
        "instance_init": False,
        "queued_duration": queued_s * 1000,
        "running_duration": (30 - queued_s) * 1000,
        "execution_duration": (30 - queued_s) * 1000,
        "duration": 30_000,
    }
    assert "end_time" not in running
    assert not any(running["outputs"].values())
    assert ended["execution_status"]["duration"] == 60_000
    assert (ended["status"], all(ended["outputs"].values())) == ("COMPLETED", True)


def test_what_others_started_ends_where_tasks_have_lengths() -> None:
    kinds: dict[str, int] = {Kind.QUEUED: 3, Kind.RUNNING: 3}
    desk = Desk(Scenario(special=kinds, run_median_s=100))
    before = [desk.truth.status_of(task_id) for task_id in task_ids_of(desk.scenario)]
    desk.now_s += 1000

    assert before == ["QUEUED"] * 3 + ["RUNNING"] * 3
    assert {desk.truth.status_of(task_id) for task_id in task_ids_of(desk.scenario)} == {
        "COMPLETED"
    }


def test_a_batch_task_ends_with_the_last_of_its_children_and_counts_them() -> None:
    scenario = Scenario(batch_tasks=1, children_per_batch=20, run_median_s=100, creating_s=5)
    desk, (parent,) = Desk(scenario), ids_of(scenario, Kind.BATCH)
    desk.run(parent)
    creating = desk.get(parent).json()["status"]
    desk.now_s += 105
    halfway = desk.get(parent).json()
    children = [desk.get(child).json()["status"] for child in desk.truth.children_of(parent)]
    desk.now_s += 1000
    ended = desk.get(parent).json()

    counts = halfway["execution_status"]
    assert creating == "CREATING"
    assert halfway["status"] == "RUNNING"
    assert (counts["running"], counts["completed"]) == (
        children.count("RUNNING"),
        children.count("COMPLETED"),
    )
    assert 0 < counts["completed"] < 20
    assert (ended["status"], ended["execution_status"]["completed"]) == ("COMPLETED", 20)
    last = max(desk.get(child).json()["end_time"] for child in desk.truth.children_of(parent))
    assert ended["end_time"] == last


def test_a_batch_task_fails_where_a_child_does() -> None:
    scenario = Scenario(batch_tasks=1, run_median_s=100, failed_share=1)
    desk, (parent,) = Desk(scenario), ids_of(scenario, Kind.BATCH)
    desk.run(parent)
    desk.now_s += 1000

    assert desk.truth.status_of(parent) == "FAILED"


def test_a_running_task_shows_its_job_and_some_show_none() -> None:
    usual, task_id = desk_of(run_median_s=100, queued_s=0)
    odd, _ = desk_of(run_median_s=100, queued_s=0, jobless_share=1)
    path = f"/v2/tasks/{task_id}/execution_details"
    draft = usual.ask("GET", path).json()
    for desk in (usual, odd):
        desk.run(task_id)
        desk.now_s += 1
    running = usual.ask("GET", path).json()
    usual.now_s += 1000
    ended = usual.ask("GET", path).json()

    assert (draft["status"], draft["message"], draft["jobs"]) == ("DRAFT", None, [])
    assert (running["message"], [job["status"] for job in running["jobs"]]) == (
        "Initializing...",
        ["RUNNING"],
    )
    assert [job["status"] for job in ended["jobs"]] == ["COMPLETED"]
    assert ended["jobs"][0]["end_time"] == ended["end_time"]
    odd_one = odd.ask("GET", path).json()
    assert (odd_one["status"], odd_one["jobs"]) == ("RUNNING", [])


def test_execution_details_are_refused_like_reads() -> None:
    scenario = Scenario(special={Kind.FORBIDDEN: 1, Kind.NOT_FOUND: 1})
    desk = Desk(scenario)
    hidden, unknown = task_ids_of(scenario)

    codes = [
        desk.ask("GET", f"/v2/tasks/{task_id}/execution_details").code
        for task_id in (hidden, unknown, "no-uuid")
    ]
    assert codes == [7001, 7002, 7005]


def test_at_most_the_limit_of_tasks_runs_at_once_and_the_others_say_why_they_wait() -> None:
    scenario = Scenario(tasks=60, instance_limit=8, run_median_s=100, flip_share=0.5, limit=10**6)
    desk, ids = Desk(scenario), task_ids_of(scenario)
    for task_id in ids:
        desk.run(task_id)
    desk.now_s += 1
    most, limited = 0, 0
    while desk.now_s < BORN_S + 4000:
        answers = [
            item["resource"]
            for item in desk.bulk(ids, fields="id,status,execution_status").json()["items"]
        ]
        running = sum(task["status"] == "RUNNING" for task in answers)
        most = max(most, running)
        waiting = [task for task in answers if task["execution_status"]["account_limit"]]
        limited = max(limited, len(waiting))
        rate = desk.ask("GET", "/v2/rate_limit").json()["instance_limit"]
        desk.now_s += 7

        assert {task["status"] for task in waiting} <= {"QUEUED"}
        assert rate == {"limit": 8, "remaining": 8 - running}

    assert (most, limited) == (8, 52)
    assert {desk.truth.status_of(task_id) for task_id in ids} == {"COMPLETED"}


def test_without_a_limit_the_rate_answer_says_so() -> None:
    desk, _ = desk_of()

    limit = desk.ask("GET", "/v2/rate_limit").json()["instance_limit"]
    assert limit == {"limit": -1, "remaining": 2**63 - 1}


def test_what_runs_already_takes_instances_too() -> None:
    desk, task_id = Desk(Scenario(tasks=1, special={Kind.RUNNING: 2}, instance_limit=2)), ""
    (task_id,) = ids_of(desk.scenario, Kind.HEALTHY)
    desk.run(task_id)
    desk.now_s += 60

    assert desk.truth.status_of(task_id) == "QUEUED"
