"""Reads: only the platform's word about this very task is believed, and asking is patient."""

import asyncio
from collections.abc import Sequence

import pytest

from launcher.core.answer import Answer, ErrorWord, Reply, TasksWord, TaskView
from launcher.core.entry import Attempted
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench, by_task
from support.virtual_time import run_virtual


def _answer(bench: Bench, status: int, word: object) -> Answer:
    now = bench.clock.monotonic()
    return Answer(http_status=status, word=word, sent_at=now, received_at=now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (403, TaskView(id=None, status="ERROR")),
        (200, TaskView(id=None, status="OK")),
        (200, TaskView(id="00000000-0000-4000-8000-0000000000ff", status="RUNNING")),
    ],
)
def test_a_read_that_shows_another_task_or_none_makes_no_launch(
    status: int, word: TaskView
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.has_bulk = False
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost"] * 9
        read = bench.platform.read

        async def odd(task: TaskId) -> Reply:
            if bench.platform.requests["run"]:
                return _answer(bench, status, word)
            return await read(task)

        bench.platform.read = odd  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 1
        assert next(iter(report.rows)).outcome is Outcome.UNKNOWN
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_a_bulk_read_that_times_out_is_asked_again_not_replaced_by_a_hundred_reads() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        read_many = bench.platform.read_many
        odd: list[Answer] = [
            _answer(bench, 408, ErrorWord(code=90099, message="time-out")),
            _answer(bench, 500, TasksWord(items=())),
        ]

        async def slow(tasks: Sequence[TaskId]) -> Reply:
            return odd.pop() if odd else await read_many(tasks)

        bench.platform.read_many = slow  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.requests["read"] == 0

    run_virtual(main())


@pytest.mark.parametrize(
    "error",
    [
        ErrorWord(code=90005, message="unavailable", http_status=503),
        ErrorWord(code=90099, message="time-out", http_status=408),
        ErrorWord(code=1000, message="slow down", http_status=429),
        ErrorWord(code=7000, message="task service", http_status=503),
        ErrorWord(code=12345, message="no status"),
    ],
)
def test_a_passing_error_for_one_task_in_a_bulk_answer_rejects_nothing(error: ErrorWord) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        view = bench.platform._view

        def passing(task: TaskId) -> TaskView | ErrorWord:
            if task == tasks[1] and not bench.platform.requests["read"]:
                return error
            return view(task)

        bench.platform._view = passing  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.requests["read"] == 1

    run_virtual(main())


def test_one_task_that_cannot_be_read_does_not_hold_up_the_others() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(200)
        view = bench.platform._view
        broken = ErrorWord(code=7000, message="down", http_status=503)

        def served(task: TaskId) -> TaskView | ErrorWord:
            return broken if task == tasks[7] else view(task)

        async def single(task: TaskId) -> Reply:
            bench.platform.requests["read"] += 1
            return _answer(bench, 503, broken if task == tasks[7] else view(task))

        bench.platform._view = served  # type: ignore[method-assign]
        bench.platform.read = single  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 1
        assert report.summary.launched == 199
        assert by_task(report)[tasks[7]].outcome is Outcome.PENDING
        assert bench.platform.requests["read"] <= 10

    run_virtual(main())


def test_a_bulk_read_that_is_refused_is_said_once_and_replaced_by_single_reads() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(150)

        async def refused(tasks: Sequence[TaskId]) -> Reply:
            del tasks
            bench.platform.requests["bulk_read"] += 1
            return _answer(bench, 403, ErrorWord(code=90002, message="forbidden"))

        bench.platform.read_many = refused  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.requests["bulk_read"] <= 2
        assert len(bench.progress.said) == 1

    run_virtual(main())


def test_errors_in_a_shuffled_bulk_answer_are_matched_by_reading_one_by_one() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(4)
        del bench.platform.views[tasks[2]]
        read_many = bench.platform.read_many

        async def shuffled(tasks: Sequence[TaskId]) -> Reply:
            reply = await read_many(tasks)
            assert isinstance(reply, Answer)
            assert isinstance(reply.word, TasksWord)
            return _answer(bench, 200, TasksWord(items=tuple(reversed(reply.word.items))))

        bench.platform.read_many = shuffled  # type: ignore[method-assign]
        _, report = await bench.run(tasks)

        assert [row.outcome.value for row in report.rows] == [
            "launched",
            "launched",
            "rejected",
            "launched",
        ]
        assert by_task(report)[tasks[2]].error_code == 7002

    run_virtual(main())


def test_waiting_for_a_window_is_no_outage() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit = 4
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        read_many = bench.platform.read_many
        failed: list[float] = []

        async def fails_once(tasks: Sequence[TaskId]) -> Reply:
            if bench.clock.monotonic() > 200 and not failed:
                failed.append(bench.clock.monotonic())
                return _answer(bench, 502, ErrorWord(code=90004, message="oops"))
            return await read_many(tasks)

        bench.platform.read_many = fails_once  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks, max_outage_s=60.0)

        assert failed
        assert exit_code == 0

    run_virtual(main())


def test_after_a_signal_failing_reads_are_repeated_with_pauses() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        read_many = bench.platform.read_many
        bulk = 0

        async def failing(tasks: Sequence[TaskId]) -> Reply:
            nonlocal bulk
            if not bench.platform.requests["run"]:
                return await read_many(tasks)
            bulk += 1
            return _answer(bench, 500, ErrorWord(code=90004, message="oops"))

        async def interrupt() -> None:
            await bench.clock.sleep(1.0)
            bench.interrupt()

        bench.platform.read_many = failing  # type: ignore[method-assign]
        async with asyncio.TaskGroup() as group:
            group.create_task(interrupt())
            exit_code, report = await bench.run(tasks)

        assert exit_code == 143
        assert by_task(report)[tasks[0]].outcome is Outcome.UNKNOWN
        assert bulk < 40

    run_virtual(main())


def test_a_refused_token_lets_slow_requests_in_flight_end() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(16)
        bench.platform.latency_s = 50.0
        bench.platform.deeds[tasks[3]] = ["401"]
        run = bench.platform.run

        async def quick_refusal(task, *, query):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            if task == tasks[3]:
                await bench.clock.sleep(5.0)
                return _answer(bench, 401, ErrorWord(code=90001, message="unauthorised"))
            return await run(task, query=query)

        bench.platform.run = quick_refusal  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks, grace_s=5.0)

        assert exit_code == 3
        assert report.summary.launched == 15
        assert report.summary.unknown == 0

    run_virtual(main())


def test_doubts_are_read_while_run_requests_wait_for_a_trial() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(45)
        for task in tasks:
            bench.platform.deeds[task] = ["502-started"]

        exit_code, report = await bench.run(tasks)

        reads = [at for at, kind in bench.platform.log if kind == "bulk_read"]
        assert reads[1] < 6.0
        assert exit_code == 0
        assert report.summary.launched == 45
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_signal_in_an_outage_pause_leaves_time_to_read_what_is_in_doubt() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        for task in tasks:
            bench.platform.deeds[task] = ["502-started", "502"]

        async def interrupt() -> None:
            await bench.clock.sleep(50)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(interrupt())
            exit_code, report = await bench.run(tasks)

        started = {row.task_id for row in report.rows if row.outcome is Outcome.LAUNCHED}
        assert exit_code == 143
        assert started == set(bench.platform.starts)
        assert report.summary.unknown == 0
        assert bench.clock.monotonic() < 50 + 21

    run_virtual(main())


def test_maintenance_long_ago_does_not_make_one_failed_read_an_outage() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(350)
        read_many = bench.platform.read_many
        odd = {
            tasks[100]: _answer(bench, 503, ErrorWord(code=0, message="maintenance")),
            tasks[300]: _answer(bench, 502, ErrorWord(code=90004, message="oops")),
        }

        async def slow(tasks: Sequence[TaskId]) -> Reply:
            await bench.clock.sleep(40)
            return odd.pop(tasks[0]) if tasks[0] in odd else await read_many(tasks)

        bench.platform.read_many = slow  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks, max_outage_s=60.0)

        assert not odd
        assert exit_code == 0

    run_virtual(main())


def test_a_slow_journal_is_no_outage() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(40)
        slow = [6.0] * 60

        async def on_append(entry: object) -> None:
            if isinstance(entry, Attempted) and slow:
                await bench.clock.sleep(slow.pop())

        exit_code, _ = await bench.run(tasks, on_append=on_append, max_outage_s=5.0)

        assert exit_code == 0
        assert bench.platform.requests["run"] == 40
        assert not any(shown.closed for shown in bench.progress.snapshots)

    run_virtual(main())


def test_what_a_bulk_read_showed_is_kept_when_the_run_ends_in_mid_reading() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(10)
        for task in tasks:
            bench.platform.deeds[task] = ["lost-started"]
        view = bench.platform._view

        def passing(task: TaskId) -> TaskView | ErrorWord:
            passes = task == tasks[9] and bench.platform.requests["run"] > 0
            return ErrorWord(code=7000, message="down", http_status=503) if passes else view(task)

        async def refused(task: TaskId) -> Reply:
            del task
            return _answer(bench, 401, ErrorWord(code=90001, message="unauthorised"))

        bench.platform._view = passing  # type: ignore[method-assign]
        bench.platform.read = refused  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 3
        assert report.summary.launched == 9
        assert report.summary.unknown == 1

    run_virtual(main())


def test_what_a_bulk_read_showed_before_a_signal_is_used() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(10)
        for task in tasks:
            bench.platform.deeds[task] = ["lost-started"]
        view, read = bench.platform._view, bench.platform.read

        def passing(task: TaskId) -> TaskView | ErrorWord:
            passes = task == tasks[0] and bench.platform.requests["run"] > 0
            return ErrorWord(code=7000, message="down", http_status=503) if passes else view(task)

        async def hanging(task: TaskId) -> Reply:
            bench.interrupt()
            await bench.clock.sleep(60)
            return await read(task)

        bench.platform._view = passing  # type: ignore[method-assign]
        bench.platform.read = hanging  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks, grace_s=5.0)

        assert exit_code == 143
        assert report.summary.launched == 9
        assert by_task(report)[tasks[0]].outcome is Outcome.UNKNOWN

    run_virtual(main())


@pytest.mark.parametrize(("kind", "before"), [("bulk_read", 2), ("read", 3)])
def test_a_slow_read_that_was_sent_too_early_does_not_count_towards_the_two(
    kind: str, before: int
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.has_bulk = kind == "bulk_read"
        (task,) = bench.platform.add_drafts(1)
        bench.leave_in_doubt(task)
        bench.platform.latency_s = 8.0  # between its sending and its answer the doubt comes of age

        exit_code, _ = await bench.run([task], settle_s=8.0 * before + 4.0)

        kinds = [kind for _, kind in bench.platform.log]
        assert exit_code == 0
        assert kinds[: kinds.index("run")].count(kind) == 3

    run_virtual(main())
