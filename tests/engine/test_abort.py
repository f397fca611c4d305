"""What one run launched is ended, and nothing else; no network, a virtual clock."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from launcher.core.answer import Reply
from launcher.core.drawing import report_of
from launcher.core.entry import AbortAttempted, AbortSettled, Attempted, RunId, RunStarted, Seen
from launcher.core.errors import InterruptedRunError, UsageError
from launcher.core.fate import Fate
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.retry import RetryPolicy
from support.aborting import AbortBench, AbortDeed, all_of, fates
from support.bench import ACCOUNT, by_task
from support.fake_platform import task_id
from support.virtual_time import run_virtual


async def _launched(count: int) -> tuple[AbortBench, tuple[TaskId, ...]]:
    bench = AbortBench()
    tasks = bench.platform.add_drafts(count)
    assert (await bench.run(tasks))[0] == 0
    return bench, tasks


def _after(deeds: list[AbortDeed], **changes: object) -> tuple[AbortBench, int, str | None]:
    """Return the bench, the exit code and the remark of an abort of one task that meets these."""

    async def main() -> tuple[AbortBench, int, str | None]:
        bench, (task,) = await _launched(1)
        bench.abortable.abort_deeds[task] = list(deeds)
        exit_code, report = await bench.abort(**changes)  # type: ignore[arg-type]  # fields of Orders
        (row,) = report.rows
        return bench, exit_code, row.remark

    return run_virtual(main())


def test_what_a_run_launched_is_aborted_at_a_request_a_task_and_a_read_a_hundred() -> None:
    async def main() -> None:
        bench, tasks = await _launched(250)
        bench.platform.requests.clear()

        exit_code, report = await bench.abort()

        assert exit_code == 0
        assert fates(report) == all_of(tasks, Fate.ABORTED)
        assert bench.abortable.aborted == dict.fromkeys(tasks, 1)
        assert bench.platform.requests["abort"] == 250
        assert bench.platform.requests["bulk_read"] == 3
        assert report.summary.aborts == {"aborted": 250}
        assert report.summary.requested == report.summary.launched_before == 250

    run_virtual(main())


def test_neither_earlier_nor_later_runs_nor_others_lose_a_task() -> None:
    async def main() -> None:
        bench = AbortBench()
        tasks = bench.platform.add_drafts(8)
        earlier, own, later, draft = tasks[:2], tasks[2:4], tasks[4:6], tasks[7]
        await bench.run(earlier)
        bench.abortable.shows(tasks[6], "RUNNING", by="LPauling")
        bench.platform.deeds[draft] = ["403"] * 9
        await bench.run((*earlier, *own, tasks[6], draft))
        await bench.run((*own, *later))

        exit_code, report = await bench.abort("run-2")

        assert exit_code == 0
        assert fates(report) == all_of(own, Fate.ABORTED)
        assert set(bench.abortable.asked_to_abort) == set(own)

    run_virtual(main())


def test_a_doubt_of_the_run_is_settled_and_aborted_if_the_run_started_it() -> None:
    async def main() -> None:
        bench = AbortBench()
        started, draft, foreign = bench.platform.add_drafts(3)
        bench.leave_in_doubt(started, draft, foreign)
        bench.platform.start(started)
        bench.platform.start(foreign, by="LPauling")

        exit_code, report = await bench.abort("run-0")

        assert exit_code == 0
        assert fates(report) == {
            started: Fate.ABORTED,
            draft: Fate.DRAFT,
            foreign: Fate.FOREIGN,
        }
        assert set(bench.abortable.asked_to_abort) == {started}
        assert by_task(report)[started].run_id == "run-0"
        assert by_task(report)[draft].outcome is not Outcome.LAUNCHED

    run_virtual(main())


def test_a_doubt_that_a_later_run_took_over_is_not_aborted() -> None:
    async def main() -> None:
        bench = AbortBench()
        (task,) = bench.platform.add_drafts(1)
        bench.leave_in_doubt(task)
        await bench.run((task,))  # read twice as a draft, launched by this one

        exit_code, report = await bench.abort("run-0")

        assert exit_code == 0
        assert fates(report) == {}
        assert not bench.abortable.asked_to_abort

    run_virtual(main())


def test_a_task_that_starts_after_two_draft_reads_is_aborted_too() -> None:
    async def main() -> None:
        bench = AbortBench()
        (late,) = bench.platform.add_drafts(1)
        bench.leave_in_doubt(late)
        read_many, reads = bench.platform.read_many, 0

        async def starting_before_the_last(tasks: Sequence[TaskId]) -> Reply:
            nonlocal reads
            reads += 1
            if reads == 4:
                bench.platform.start(late)
            return await read_many(tasks)

        bench.platform.read_many = starting_before_the_last  # type: ignore[method-assign]  # in the midst
        exit_code, report = await bench.abort("run-0")

        drafts = [r.entry for r in bench.store if isinstance(r.entry, Seen) and r.entry.counts]
        assert len(drafts) == 2
        assert exit_code == 0
        assert fates(report) == {late: Fate.ABORTED}

    run_virtual(main())


def test_a_doubt_that_a_later_run_attempted_too_is_the_later_ones_and_left_alone() -> None:
    async def main() -> None:
        bench = AbortBench()
        (task,) = bench.platform.add_drafts(1)
        bench.leave_in_doubt(task)
        bench.add_fact(Seen(task=task, status="DRAFT", counts=True), run="run-0")
        bench.add_fact(Seen(task=task, status="DRAFT", counts=True), run="run-0")
        started = RunStarted(account=ACCOUNT, host="here", version="0", max_attempts=6)
        bench.add_fact(started, run="run-1")
        bench.add_fact(Attempted(task=task, number=2), run="run-1")
        bench.platform.start(task)

        exit_code, report = await bench.abort("run-0")

        assert exit_code == 0
        assert fates(report) == {task: Fate.FOREIGN}
        assert by_task(report)[task].run_id == "run-1"
        assert not bench.abortable.asked_to_abort

    run_virtual(main())


def test_a_task_that_ends_between_the_read_and_the_request_has_ended() -> None:
    async def main() -> None:
        bench, (task, other) = await _launched(2)

        async def ends(entry: object) -> None:
            if entry == AbortAttempted(task=task, number=1):
                bench.abortable.shows(task, "COMPLETED")

        bench.on_append = ends
        exit_code, report = await bench.abort()

        assert exit_code == 0
        assert fates(report) == {task: Fate.ENDED, other: Fate.ABORTED}
        assert by_task(report)[task].status == "COMPLETED"
        assert bench.abortable.asked_to_abort[task] == 1

    run_virtual(main())


def test_what_has_ended_costs_a_read_at_most_and_no_request_to_abort() -> None:
    async def main() -> None:
        bench, (done, failed, aborting) = await _launched(3)
        bench.abortable.shows(done, "COMPLETED")
        bench.abortable.shows(failed, "FAILED")
        bench.abortable.shows(aborting, "ABORTING")

        exit_code, report = await bench.abort()

        assert exit_code == 0
        assert fates(report) == all_of((done, failed, aborting), Fate.ENDED)
        assert not bench.abortable.asked_to_abort

    run_virtual(main())


def test_a_second_abort_asks_for_nothing_again() -> None:
    async def main() -> None:
        bench, tasks = await _launched(3)
        await bench.abort()

        exit_code, report = await bench.abort()

        assert exit_code == 0
        assert fates(report) == all_of(tasks, Fate.ABORTED)
        assert bench.abortable.asked_to_abort == dict.fromkeys(tasks, 1)

    run_virtual(main())


@pytest.mark.parametrize("deed", ["lost-aborted", "502-aborted", "queued-aborted"])
def test_an_abort_whose_answer_was_lost_is_known_by_a_read(deed: AbortDeed) -> None:
    bench, exit_code, remark = _after([deed])

    assert (exit_code, remark) == (0, "aborted")
    assert bench.abortable.asked_to_abort.total() == 1


@pytest.mark.parametrize("deed", ["lost", "502", "queued", "html", "7008"])
def test_a_task_that_two_reads_show_active_is_asked_again(deed: AbortDeed) -> None:
    bench, exit_code, remark = _after([deed])

    assert (exit_code, remark) == (0, "aborted")
    assert bench.abortable.asked_to_abort.total() == 2
    reads = [at for at, kind in bench.platform.log if kind == "bulk_read"][-2:]
    assert reads[1] - reads[0] >= bench.orders.settle_s


@pytest.mark.parametrize("deed", ["429", "503-maintenance", "not-sent"])
def test_what_was_not_carried_out_uses_no_attempt(deed: AbortDeed) -> None:
    bench, exit_code, remark = _after([deed] * 3, policy=_once())

    assert (exit_code, remark) == (0, "aborted")
    assert sum(isinstance(record.entry, AbortAttempted) for record in bench.store) == 4


def _once() -> object:
    return RetryPolicy(max_attempts=1)


def test_a_refusal_keeps_code_and_message_and_is_exit_1() -> None:
    bench, exit_code, remark = _after(["403"])

    assert (exit_code, remark) == (1, "refused: HTTP 403, code 7001: no privilege on the task")
    assert bench.abortable.asked_to_abort.total() == 1


def test_what_stays_not_abortable_and_active_is_refused_after_all_attempts() -> None:
    bench, exit_code, remark = _after(["7008"] * 99)

    assert (exit_code, remark) == (1, "refused: HTTP 400, code 7008: only for RUNNING tasks")
    assert bench.abortable.asked_to_abort.total() == 6


def test_what_reads_show_active_after_all_attempts_has_failed() -> None:
    bench, exit_code, remark = _after(["502"] * 99)

    assert exit_code == 1
    assert remark is not None
    assert remark.startswith("failed: HTTP 502")
    assert bench.abortable.asked_to_abort.total() == 6


def test_a_refused_token_ends_the_run_with_3() -> None:
    _, exit_code, remark = _after(["401"])

    assert exit_code == 3
    assert remark is not None
    assert remark.startswith("pending")


def test_of_a_batch_the_parent_is_asked_for() -> None:
    async def main() -> None:
        bench = AbortBench()
        (parent,) = bench.platform.add_drafts(1)
        bench.platform.views[parent] = replace(bench.platform.views[parent], batch=True)
        await bench.run((parent,))
        child = task_id(99)
        bench.platform.views[child] = replace(
            bench.platform.views[parent], id=child, batch=False, parent=parent
        )

        assert (await bench.abort())[0] == 0
        assert dict(bench.abortable.asked_to_abort) == {parent: 1}

    run_virtual(main())


def test_every_request_is_in_the_journal_before_it_leaves() -> None:
    async def main() -> None:
        bench, tasks = await _launched(5)
        durable: list[bool] = []
        asked = bench.abortable.abort

        async def abort(task: TaskId) -> object:
            facts = [record.entry for record in bench.store]
            durable.append(AbortAttempted(task=task, number=1) in facts)
            return await asked(task)

        bench.abortable.abort = abort  # type: ignore[assignment,method-assign]  # a look before each request
        await bench.abort()

        assert durable == [True] * len(tasks)
        assert sum(isinstance(record.entry, AbortSettled) for record in bench.store) == 5

    run_virtual(main())


def test_after_a_signal_no_abort_leaves_and_the_next_one_goes_on() -> None:
    async def main() -> None:
        bench, tasks = await _launched(40)

        async def interrupt(entry: object) -> None:
            if isinstance(entry, AbortAttempted) and entry.task == tasks[9]:
                assert bench.stop is not None
                bench.stop.set(InterruptedRunError("SIGINT"))

        bench.on_append = interrupt
        exit_code, report = await bench.abort(concurrency=4)
        asked_before = bench.abortable.asked_to_abort.total()
        bench.on_append = None

        assert exit_code == 130
        assert fates(report)[tasks[9]] == Fate.PENDING
        assert tasks[9] not in bench.abortable.asked_to_abort
        assert set(fates(report).values()) == {Fate.ABORTED, Fate.PENDING}
        assert asked_before <= 13

        assert (await bench.abort())[0] == 0
        assert bench.abortable.aborted == dict.fromkeys(tasks, 1)
        assert bench.abortable.asked_to_abort.total() == 40

    run_virtual(main())


def test_a_long_abort_keeps_to_the_budget_and_tells_how_far_it_has_come() -> None:
    async def main() -> None:
        bench = AbortBench()
        bench.platform.window.limit = 100
        bench.platform.window.length_s = 60.0
        tasks = bench.platform.add_drafts(180)
        await bench.run(tasks)
        bench.progress.said.clear()

        exit_code, report = await bench.abort()

        assert exit_code == 0
        assert fates(report) == all_of(tasks, Fate.ABORTED)
        assert bench.platform.throttles == 0
        counts = [line for line in bench.progress.said if "aborted" in line]
        assert counts
        assert all(line.endswith("pending") for line in counts[:1])

    run_virtual(main())


def test_another_users_token_aborts_nothing() -> None:
    async def main() -> None:
        bench, _ = await _launched(1)
        bench.platform.user_name = "LPauling"

        with pytest.raises(UsageError, match="nothing was aborted"):
            await bench.abort()
        assert not bench.abortable.asked_to_abort

    run_virtual(main())


def test_the_report_of_the_run_stays_what_it_was_and_tells_of_the_abort_with_now() -> None:
    async def main() -> None:
        bench, tasks = await _launched(2)
        bench.abortable.abort_deeds[tasks[1]] = ["403"]
        await bench.abort()
        then = report_of(bench.journal, RunId("run-1"))
        now = report_of(bench.journal, RunId("run-1"), up_to_now=True)
        assert then is not None
        assert now is not None

        assert {row.remark for row in then.rows} == {None}
        assert {row.outcome for row in now.rows} == {Outcome.LAUNCHED}
        assert [(row.status, row.remark) for row in now.rows] == [
            ("ABORTING", "aborted by run abort-1"),
            ("QUEUED", "abort by run abort-1: refused"),
        ]
        assert now.summary.aborts is None

    run_virtual(main())


def test_a_later_run_does_not_launch_what_was_aborted() -> None:
    async def main() -> None:
        bench, tasks = await _launched(2)
        await bench.abort()

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched_before == 2
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())
