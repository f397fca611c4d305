"""The official client reads, runs, aborts and lists, as it does on the platform."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sevenbridges import Api, errors

from launcher.simulator import (
    SOMEBODY_ELSE,
    Kind,
    RequestKind,
    Scenario,
    task_ids_of,
)
from simulator.judging import Platform, judged
from support.served import served

PROJECT = "RFranklin/my-project"
AN_HOUR = timedelta(hours=1)


def test_a_draft_is_read_with_every_member_that_the_client_knows(platform: Platform) -> None:
    simulator, api = platform

    task = api.tasks.get(simulator.task_ids[0])

    assert (task.status, task.project, task.batch) == ("DRAFT", PROJECT, False)
    assert task.created_time == task.start_time < datetime.now(UTC).replace(tzinfo=None)
    assert (task.errors, task.warnings) == ([], [])
    assert task.inputs["reads"][0].name.endswith("_R1.fastq.gz")
    assert task.execution_settings["max_parallel_instances"] == 1
    assert simulator.truth.requests == {RequestKind.GET: 1}


def test_a_completed_task_is_read_with_its_price_its_end_and_who_ran_it(
    platform: Platform,
) -> None:
    simulator, api = platform

    task = api.tasks.get(simulator.ids_of(Kind.COMPLETED)[0])

    assert (task.price.amount, task.price.currency) == (0.44, "USD")
    assert task.end_time > task.start_time
    assert (task.execution_status.message, task.executed_by) == ("Completed", SOMEBODY_ELSE)
    assert task.outputs["flagstat"].name == "flagstat"


def test_running_a_draft_changes_it_in_place(platform: Platform) -> None:
    simulator, api = platform
    task = api.tasks.get(simulator.task_ids[0])

    task.run()

    assert task.status in {"QUEUED", "RUNNING"}
    assert task.executed_by == simulator.user == api.users.me().username
    assert simulator.truth.started == (task.id,)


def test_running_asks_for_interruptible_instances_when_told(platform: Platform) -> None:
    simulator, api = platform
    ours = api.tasks.get(simulator.task_ids[0])

    assert ours.run(interruptible=False, inplace=False).use_interruptible_instances is False
    assert ours.reload().use_interruptible_instances is False


def test_reading_what_an_answer_lacks_costs_a_hidden_request(platform: Platform) -> None:
    simulator, api = platform
    task = api.tasks.get(simulator.task_ids[0])

    assert task.executed_by is None
    assert simulator.truth.requests == {RequestKind.GET: 2}


def test_aborting_changes_a_task_in_place_and_waiting_sees_its_end(platform: Platform) -> None:
    simulator, api = platform
    task = api.tasks.get(simulator.task_ids[0]).run()

    status = task.abort().status
    task.wait(period=0.05)

    assert (status, task.status) == ("ABORTING", "ABORTED")
    assert simulator.truth.aborted == (task.id,)
    assert simulator.truth.requests[RequestKind.ABORT] == 1


def test_a_batch_task_makes_children_that_the_client_lists() -> None:
    with judged(Scenario(batch_tasks=1, children_per_batch=3, creating_s=0)) as (simulator, api):
        parent = api.tasks.get(simulator.task_ids[0])
        parent.run()

        children = parent.get_batch_children()

        assert parent.batch_by["type"] == "CRITERIA"
        assert {child.id for child in children} == set(simulator.truth.children_of(parent.id))
        assert {(child.parent, child.batch) for child in children} == {(parent.id, False)}
        assert {child.batch_group.value for child in children} == {
            f"sample {number}" for number in (1, 2, 3)
        }


def test_a_batch_task_runs_as_one_when_told() -> None:
    with judged(Scenario(batch_tasks=1)) as (simulator, api):
        task = api.tasks.get(simulator.task_ids[0]).run(batch=False)

        assert (task.batch, task.status in {"QUEUED", "RUNNING"}) == (False, True)
        assert simulator.truth.children_of(task.id) == ()


def test_tasks_are_read_in_bulk_with_their_errors(platform: Platform) -> None:
    simulator, api = platform
    draft, *_ = simulator.task_ids
    unknown, hidden = (simulator.ids_of(kind)[0] for kind in (Kind.NOT_FOUND, Kind.FORBIDDEN))

    records = api.tasks.bulk_get([draft, unknown, hidden])

    assert [record.valid for record in records] == [True, False, False]
    assert (records[0].resource.id, records[0].resource.status) == (draft, "DRAFT")
    assert [(record.error.status, record.error.code) for record in records[1:]] == [
        (404, 7002),
        (403, 7001),
    ]
    assert simulator.truth.requests == {RequestKind.BULK: 1}


def test_all_pages_are_walked_and_every_task_is_met_once() -> None:
    with judged(Scenario(tasks=23, names=("same",))) as (simulator, api):
        first = api.tasks.query(project=PROJECT, limit=5, order_by="name", order="asc")
        second = first.next_page()

        assert (first.total, len(first), len(second)) == (23, 5, 5)
        assert second.previous_page() == first
        assert sorted(task.id for task in first.all()) == sorted(simulator.task_ids)
        with pytest.raises(errors.PaginationError):
            first.previous_page()


def test_a_query_asks_for_all_members_so_that_reading_them_costs_nothing() -> None:
    with judged(Scenario(tasks=3)) as (simulator, api):
        tasks = api.tasks.query()

        assert {task.status for task in tasks} == {"DRAFT"}
        assert simulator.truth.requests == {RequestKind.LIST: 1}


def test_the_default_page_is_the_platforms() -> None:
    with judged(Scenario(tasks=30)) as (_, api):
        assert len(api.tasks.query()) == 25


FILTERED: dict[str, tuple[dict[str, object], set[Kind]]] = {
    "status": ({"status": "RUNNING"}, {Kind.RUNNING}),
    "project": ({"project": "a/b"}, set()),
    "batch": ({"batch": True}, {Kind.BATCH}),
    "not batch": ({"batch": False, "status": "DRAFT"}, {Kind.HEALTHY}),
    "ended": ({"ended_from": datetime(2000, 1, 1, tzinfo=UTC)}, {Kind.COMPLETED, Kind.FAILED}),
    "ended till": ({"ended_to": "2000-01-01"}, set()),
    "started": ({"started_from": datetime.now(UTC) + AN_HOUR}, set()),
    "started till": ({"started_to": "2000-01-01T00:00:00"}, set()),
    "created": ({"created_from": datetime.now(UTC) + AN_HOUR}, set()),
    "created till": ({"created_to": datetime(2000, 1, 1, tzinfo=UTC)}, set()),
    "origin": ({"origin": "run-1", "batch": True}, {Kind.BATCH}),
    "other origin": ({"origin": "run-2"}, set()),
}


@pytest.fixture(scope="module")
def variety() -> Iterator[Platform]:
    """Two tasks each of several kinds; only read from."""
    special: dict[str, int] = dict.fromkeys((Kind.RUNNING, Kind.COMPLETED, Kind.FAILED), 2)
    with judged(Scenario(tasks=2, batch_tasks=2, special=special, origin_ids=("run-1",))) as both:
        yield both


@pytest.mark.parametrize(("query", "kinds"), FILTERED.values(), ids=FILTERED)
def test_filters_are_understood_as_the_client_writes_them(
    variety: Platform, query: dict[str, object], kinds: set[Kind]
) -> None:
    simulator, api = variety

    found = {task.id for task in api.tasks.query(**query)}

    assert found == {task_id for kind in kinds for task_id in simulator.ids_of(kind)}


@pytest.mark.parametrize("order_by", ["created_time", "start_time", "end_time", "name"])
def test_orders_are_understood(variety: Platform, order_by: str) -> None:
    _, api = variety

    def values(order: str) -> list[object]:
        tasks = api.tasks.query(order_by=order_by, order=order, status="COMPLETED")
        return [getattr(task, order_by) for task in tasks]

    assert values("asc") == values("desc")[::-1] == sorted(values("asc"), key=str)
    assert len(set(values("asc"))) == 2


def test_an_offset_is_understood(variety: Platform) -> None:
    simulator, api = variety
    total = len(task_ids_of(simulator.scenario))

    assert len(api.tasks.query(offset=total - 3, limit=100)) == 3


def test_the_user_and_the_rate_limit_are_shown() -> None:
    with judged(Scenario(tasks=1, limit=7, window_s=60)) as (simulator, api):
        me = api.users.me()
        limits = api.rate_limit.get()

        assert (me.username, me.role) == (simulator.user, "MEMBER")
        assert (limits.rate.limit, limits.rate.remaining) == (7, 6)
        assert (limits.instance_limit.limit, limits.instance_limit.remaining) == (-1, 2**63 - 1)
        assert me == api.users.get(simulator.user)
        assert (api.limit, api.remaining) == (7, 5)
        assert timedelta(0) < api.reset_time - datetime.now() < timedelta(seconds=60)  # noqa: DTZ005 - as the client has it
        assert len(api.request_id) == len("00000000-0000-0000-0000-000000000000")
        assert simulator.truth.counted == 2


def test_the_environment_tells_the_client_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Scenario(user="us")) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        api = Api()
        with api.session:
            assert api.users.me().username == "us"


def test_a_bearer_token_is_as_good() -> None:
    with served(Scenario(user="us")) as simulator:
        api = Api(url=simulator.endpoint, oauth_token=simulator.token, debug=True)
        with api.session:
            assert api.users.me().username == "us"


def test_the_client_clones_a_failed_task_and_runs_the_clone() -> None:
    with judged(Scenario(special={Kind.FAILED: 1})) as (simulator, api):
        failed = api.tasks.get(simulator.task_ids[0])

        clone = failed.clone(run=False)

        assert (clone.status, clone.name, clone.app) == ("DRAFT", failed.name, failed.app)
        assert (clone.created_by, clone.project) == (simulator.user, failed.project)
        assert simulator.truth.clones == {failed.id: (clone.id,)}
        assert clone.run().status in {"QUEUED", "RUNNING"}
        assert simulator.truth.started == (clone.id,)


def test_the_client_clones_and_runs_in_one_request(platform: Platform) -> None:
    simulator, api = platform

    clone = api.tasks.get(simulator.task_ids[0]).clone(run=True)

    assert clone.status in {"QUEUED", "RUNNING"}
    assert simulator.truth.started == (clone.id,)
    assert simulator.truth.requests[RequestKind.RUN] == 0


def test_the_client_waits_for_an_end_and_reads_durations_outputs_and_price() -> None:
    scenario = Scenario(tasks=1, run_median_s=0.2, run_sigma=0, queued_s=0.1)
    with judged(scenario) as (simulator, api):
        task = api.tasks.get(simulator.task_ids[0]).run()

        task.wait(period=0.05)
        details = task.get_execution_details()

        assert task.status == "COMPLETED"
        assert (task.price.amount, task.price.breakdown.computation) == (0.44, "0.40")
        assert task.execution_status.running_duration == 200
        assert task.execution_status.account_limit is False
        assert (task.execution_status.steps_completed, len(details.jobs)) == (1, 1)
        assert (details.status, details.jobs[0].status) == ("COMPLETED", "COMPLETED")


def test_the_client_sees_the_instance_limit_and_who_waits_for_it() -> None:
    scenario = Scenario(tasks=2, queued_s=0, instance_limit=1)
    with judged(scenario) as (simulator, api):
        tasks = [api.tasks.get(task_id).run() for task_id in simulator.task_ids]

        limit = api.rate_limit.get().instance_limit

        assert (limit.limit, limit.remaining) == (1, 0)
        assert [task.reload().status for task in tasks] == ["RUNNING", "QUEUED"]
        assert [task.execution_status.account_limit for task in tasks] == [False, True]
