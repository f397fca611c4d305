"""Refusals are told apart, kept with code and reason, and never tried again in the same run."""

import asyncio

import pytest

from launcher.core.answer import ErrorWord
from launcher.core.outcome import Outcome
from support.bench import Bench, by_task
from support.fake_platform import ELSEWHERE, Deed, task_id
from support.virtual_time import run_virtual


@pytest.mark.parametrize(
    ("deed", "code", "http_status", "message"),
    [
        ("403", 7001, 403, "no privilege on the task"),
        ("draft-errors", None, 200, "input x is missing"),
        ("302", None, 302, f"HTTP 302, redirected to {ELSEWHERE} (not followed)"),
    ],
)
def test_a_refusal_is_one_request_and_keeps_its_reason(
    deed: Deed, code: int | None, http_status: int, message: str
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        bench.platform.deeds[tasks[2]] = [deed]

        exit_code, report = await bench.run(tasks)

        row = by_task(report)[tasks[2]]
        assert exit_code == 1
        assert row.outcome is Outcome.REJECTED
        assert (row.error_code, row.http_status, row.error_message) == (code, http_status, message)
        assert row.attempts == 1
        assert report.summary.launched == 4
        assert bench.platform.requests["run"] == 5

    run_virtual(main())


def test_an_unknown_id_is_rejected_without_a_run_request() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = (*bench.platform.add_drafts(2), task_id(999))

        exit_code, report = await bench.run(tasks)

        row = by_task(report)[task_id(999)]
        assert exit_code == 1
        assert (row.outcome, row.error_code, row.http_status, row.attempts) == (
            Outcome.REJECTED,
            7002,
            404,
            0,
        )
        assert bench.platform.requests["run"] == 2

    run_virtual(main())


def test_a_task_that_fails_for_ever_is_failed_after_its_attempts_and_known_to_be_a_draft() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(30)
        bench.platform.deeds[tasks[7]] = ["502"] * 50

        exit_code, report = await bench.run(tasks, concurrency=4)

        row = by_task(report)[tasks[7]]
        assert exit_code == 1
        assert (row.outcome, row.status, row.attempts) == (Outcome.FAILED, "DRAFT", 6)
        assert report.summary.launched == 29

    run_virtual(main())


def test_a_later_run_tries_what_failed_and_what_was_rejected_again() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.deeds[tasks[0]] = ["502"] * 6
        bench.platform.deeds[tasks[1]] = ["403"]
        first, _ = await bench.run(tasks)

        second, report = await bench.run(tasks)

        assert (first, second) == (1, 0)
        assert {row.outcome for row in report.rows} == {Outcome.LAUNCHED}
        assert [row.attempts for row in report.rows] == [7, 2, 1]

    run_virtual(main())


def test_a_refusal_for_want_of_a_draft_that_reads_as_a_draft_thrice_is_unknown() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["7007-draft"]

        exit_code, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert exit_code == 1
        assert (row.outcome, row.error_code) == (Outcome.UNKNOWN, 7007)
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_a_doubt_that_may_not_be_read_is_unknown_with_the_reads_reason() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        run = bench.platform.run

        async def closed_after(task, *, query):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            reply = await run(task, query=query)
            bench.platform.unseen[task] = ErrorWord(
                code=7001, message="no privilege", http_status=403
            )
            return reply

        bench.platform.run = closed_after  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert exit_code == 1
        assert (row.outcome, row.error_code, row.http_status) == (Outcome.UNKNOWN, 7001, 403)
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_a_start_by_somebody_else_that_reads_show_late_is_skipped() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["7007-draft"]

        async def show() -> None:
            await bench.clock.sleep(3.0)
            bench.platform.start(tasks[0], by="LPauling")

        async with asyncio.TaskGroup() as group:
            group.create_task(show())
            exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert by_task(report)[tasks[0]].outcome is Outcome.SKIPPED

    run_virtual(main())


def test_what_was_refused_is_read_again_by_the_next_run() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["403"]

        await bench.run(tasks)
        bench.platform.start(tasks[0], by="LPauling")
        _, report = await bench.run(tasks)

        assert by_task(report)[tasks[0]].outcome is Outcome.SKIPPED
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_a_refused_token_is_the_last_thing_that_is_asked() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds = {tasks[0]: ["lost"], tasks[1]: ["401"]}

        exit_code, report = await bench.run(tasks)

        assert exit_code == 3
        assert [row.outcome for row in report.rows] == [Outcome.UNKNOWN, Outcome.PENDING]
        assert bench.platform.log[-1][1] == "run"

    run_virtual(main())
