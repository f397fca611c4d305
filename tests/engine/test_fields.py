"""Members that only the report wants: read for every task, and no reason to believe an answer."""

from dataclasses import replace

from launcher.core.answer import ErrorWord, Extra, TaskView
from launcher.core.entry import Seen
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench, by_task
from support.fake_platform import task_id
from support.virtual_time import run_virtual

FIELDS = ("price", "start_time")
READ: Extra = (("price", "1"), ("start_time", '"then"'))


def _show(bench: Bench, tasks: tuple[TaskId, ...], extra: Extra = READ) -> None:
    for task in tasks:
        bench.platform.views[task] = replace(bench.platform.views[task], extra=extra)


def test_every_task_is_read_again_by_a_run_that_wants_members() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(150)
        await bench.run(tasks, limit=100)
        before = bench.platform.requests.copy()
        _show(bench, tasks)

        exit_code, report = await bench.run(tasks, fields=FIELDS)

        spent = bench.platform.requests - before
        assert exit_code == 0
        assert {row.outcome for row in report.rows} == {Outcome.LAUNCHED}
        assert {row.extra for row in report.rows} == {READ}
        assert report.summary.launched_before == 100
        assert spent == {"rate_limit": 1, "user": 1, "bulk_read": 2, "run": 50}

    run_virtual(main())


def test_without_members_nothing_is_read_again_and_no_fact_holds_any() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        await bench.run(tasks, limit=1)
        await bench.run(tasks)

        assert bench.platform.requests["bulk_read"] == 1
        assert not [r for r in bench.store if getattr(r.entry, "extra", ())]
        assert not [r for r in bench.store if getattr(r.entry, "fields", ())]

    run_virtual(main())


def test_members_that_the_run_answer_lacks_stay_as_they_were_read() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2)
        _show(bench, tasks)
        run = bench.platform.run

        async def launched(task: TaskId, *, query: dict[str, str]) -> object:
            _show(bench, (task,), (("price", "null"), ("start_time", '"now"')))
            return await run(task, query=query)

        bench.platform.run = launched  # type: ignore[method-assign,assignment]
        _, report = await bench.run(tasks, fields=FIELDS)

        assert {row.extra for row in report.rows} == {(("price", "1"), ("start_time", '"now"'))}

    run_virtual(main())


def test_members_of_another_task_in_a_run_answer_are_not_believed() -> None:
    async def main() -> None:
        bench = Bench()
        (task,) = bench.platform.add_drafts(1)
        _show(bench, (task,))
        other = TaskView(id=task_id(99), status="QUEUED", extra=(("price", "99"),))
        ran = bench.platform._ran

        def odd(task: TaskId) -> tuple[int, object]:
            ran(task)
            bench.platform.unseen[task] = ErrorWord(code=7001, message="gone", http_status=403)
            return 200, other

        bench.platform._ran = odd  # type: ignore[method-assign,assignment]
        _, report = await bench.run((task,), fields=FIELDS)

        row = by_task(report)[task]
        assert row.outcome is Outcome.UNKNOWN
        assert row.extra == READ

    run_virtual(main())


def test_a_dry_run_shows_members_too() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        _show(bench, tasks)
        _, report = await bench.run(tasks, fields=FIELDS, dry=True)

        assert [row.extra for row in report.rows] == [READ]
        assert [r.entry.extra for r in bench.store if isinstance(r.entry, Seen)] == [READ]

    run_virtual(main())
