"""What failed on the platform is cloned, once, and its clone launched like any draft."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

import pytest

from launcher.core.answer import TaskView, Word
from launcher.core.cloning import CloneMeaning
from launcher.core.entry import CloneIntended, CloneSettled, Record
from launcher.core.errors import StorageError, UsageError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from support.cloning_platform import CloneDeed, CloningPlatform
from support.fake_platform import task_id
from support.memory_journal import MemoryJournal
from support.rerunning import RerunBench
from support.virtual_time import run_virtual


def outcomes(report: Report) -> list[Outcome]:
    return [row.outcome for row in report.rows]


def all_launched_once(bench: RerunBench, tasks: tuple[TaskId, ...], report: Report) -> None:
    clones = [clone for task in tasks for clone in bench.platform.clones[task]]
    assert [row.task_id for row in report.rows] == clones
    assert outcomes(report) == [Outcome.LAUNCHED] * len(tasks)
    assert all(bench.platform.starts[clone] == 1 for clone in clones)
    assert all(bench.platform.starts[task] == 1 for task in tasks)


def test_what_failed_or_was_aborted_is_cloned_and_launched_and_nothing_else() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(4)
        bench.platform.end(tasks[1:2], "ABORTED")
        bench.platform.end(tasks[2:3], "COMPLETED")
        bench.platform.end(tasks[3:], "RUNNING")

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks[:2], report)
        assert [row.source for row in report.rows] == [f"clone of {task}" for task in tasks[:2]]
        assert [row.name for row in report.rows] == ["align 0", "align 1"]
        assert report.run.reruns == "run-1"

    run_virtual(main())


def test_the_same_command_again_clones_nothing_a_second_time() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(3)
        await bench.rerun()

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)
        assert report.summary.launched_before == 3
        assert bench.platform.requests["clone"] == 3

    run_virtual(main())


def test_a_clone_that_failed_too_is_launched_again_by_naming_its_run() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        await bench.rerun()
        (clone,) = bench.platform.clones[task]
        bench.platform.end([clone])

        await bench.rerun("run-1")
        assert bench.platform.clones[clone] == []
        exit_code, report = await bench.rerun("run-2")

        assert exit_code == 0
        assert [row.task_id for row in report.rows] == bench.platform.clones[clone]

    run_virtual(main())


@pytest.mark.parametrize("deed", [deed for deed in get_args(CloneDeed) if deed != "401"])
def test_whatever_the_platform_answers_there_is_one_clone_or_a_reason(deed: CloneDeed) -> None:
    async def main() -> None:
        bench = RerunBench()
        bench.platform.late_s = 1.0
        tasks = await bench.failed(3)
        bench.platform.clone_deeds = {task: [deed] for task in tasks[:2]}

        exit_code, report = await bench.rerun()

        if deed in {"403", "302"}:
            assert exit_code == 1
            assert outcomes(report) == [Outcome.REJECTED, Outcome.REJECTED, Outcome.LAUNCHED]
            assert [row.task_id for row in report.rows][:2] == list(tasks[:2])
            assert bench.platform.clones.keys() == {tasks[2]}
        else:
            assert exit_code == 0
            all_launched_once(bench, tasks, report)
            assert [len(bench.platform.clones[task]) for task in tasks] == [1, 1, 1]

    run_virtual(main())


def test_tasks_of_one_name_whose_answers_are_all_lost_get_a_clone_each_and_their_own() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(5, names=["align"] * 5)
        bench.platform.clone_deeds = {task: ["lost-cloned"] for task in tasks}

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)
        assert [row.source for row in report.rows] == [f"clone of {task}" for task in tasks]

    run_virtual(main())


def test_a_draft_of_the_same_kind_from_before_is_not_taken_for_the_clone() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        before = bench.platform.draft_like(task)
        bench.platform.clone_deeds = {task: ["lost"]}

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        assert [row.task_id for row in report.rows] == bench.platform.clones[task]
        assert bench.platform.starts[before] == 0

    run_virtual(main())


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "LPauling"},
        {"name": "another"},
        {"app": "rfranklin/trios/call/1"},
        {"project": "rfranklin/other"},
    ],
)
def test_what_others_draft_meanwhile_is_not_taken_for_the_clone(changes: dict[str, str]) -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.clone_deeds = {task: ["lost"]}
        others: list[TaskId] = []

        async def draft(entry: object) -> None:
            if isinstance(entry, CloneIntended) and not others:
                others.append(bench.platform.draft_like(task, **changes))

        bench.on_append = draft
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        assert [row.task_id for row in report.rows] == bench.platform.clones[task]
        assert bench.platform.starts[others[0]] == 0

    run_virtual(main())


def test_two_drafts_that_may_be_the_clone_are_unknown_and_named_and_none_is_started() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.clone_deeds = {task: ["lost-cloned"]}
        others: list[TaskId] = []

        async def draft(entry: object) -> None:
            if isinstance(entry, CloneIntended):
                others.append(bench.platform.draft_like(task))

        bench.on_append = draft
        exit_code, report = await bench.rerun()
        again, _ = await bench.rerun()

        assert (exit_code, again) == (1, 1)
        (row,) = report.rows
        assert (row.task_id, row.outcome) == (task, Outcome.UNKNOWN)
        both = (others[0], *bench.platform.clones[task])
        assert row.error_message is not None
        assert all(draft in row.error_message for draft in both)
        assert any(both[0] in line and both[1] in line for line in bench.progress.said)
        assert bench.platform.requests["clone"] == 1
        assert sum(bench.platform.starts[draft] for draft in both) == 0

        del bench.platform.views[others[0]]
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, (task,), report)

    run_virtual(main())


def test_where_clones_get_other_names_a_lost_one_is_unknown_and_not_made_again() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(2)
        bench.platform.renames = True
        bench.platform.clone_deeds = {tasks[1]: ["lost-cloned"]}

        exit_code, report = await bench.rerun(concurrency=1)

        assert exit_code == 1
        assert outcomes(report) == [Outcome.LAUNCHED, Outcome.UNKNOWN]
        assert [row.name for row in report.rows] == ["align 0 - copy", "align 1"]
        assert bench.platform.requests["clone"] == 2

    run_virtual(main())


@pytest.mark.parametrize("deed", ["403", "odd"])
def test_where_drafts_cannot_be_listed_a_lost_clone_is_unknown_with_the_reason(deed: str) -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.clone_deeds = {task: ["lost-cloned"]}
        bench.platform.list_deeds = [deed] * 20  # type: ignore[list-item]  # one of its words

        exit_code, report = await bench.rerun()

        assert exit_code == 1
        (row,) = report.rows
        assert row.outcome is Outcome.UNKNOWN
        assert row.error_message is not None
        assert "list" in row.error_message
        assert bench.platform.requests["clone"] == 1

    run_virtual(main())


def test_a_list_of_many_pages_is_read_to_its_end() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(2)
        bench.platform.page_size = 2
        bench.platform.clone_deeds = {tasks[1]: ["lost-cloned"]}

        async def draft(entry: object) -> None:
            if isinstance(entry, CloneIntended) and entry.task == tasks[1]:
                for number in range(7):
                    bench.platform.draft_like(tasks[0], name=f"{number}")

        bench.on_append = draft
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)
        query = bench.platform.queries_of_lists[-1]
        assert (query["order_by"], query["order"], query["status"]) == (
            "created_time",
            "asc",
            "DRAFT",
        )
        assert "created_from" in query

    run_virtual(main())


def test_children_of_batch_tasks_and_what_is_gone_are_not_cloned_and_say_why() -> None:
    async def main() -> None:
        bench = RerunBench()
        child, gone, fine = await bench.failed(3)
        views = bench.platform.views
        views[child] = type(views[child])(
            id=child, status="FAILED", name="c", project="p/q", app="p/q/a/1", parent=fine
        )
        del views[gone]

        exit_code, report = await bench.rerun()

        assert exit_code == 1
        rows = list(report.rows)
        assert outcomes(report) == [Outcome.REJECTED, Outcome.REJECTED, Outcome.LAUNCHED]
        assert (rows[0].error_message or "").startswith(f"made by batch task {fine}")
        assert (rows[1].http_status, rows[1].error_code) == (404, 7002)
        assert bench.platform.clones.keys() == {fine}

    run_virtual(main())


def test_the_question_comes_before_the_first_clone_and_counts_clones() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(2)
        views = bench.platform.views
        views[tasks[1]] = type(views[tasks[1]])(
            id=tasks[1], status="FAILED", name="b", project="p/q", app="p/q/a/1", batch=True
        )
        bench.refusal = UsageError("no")

        exit_code, report = await bench.rerun()

        assert exit_code == 2
        assert [(plan.run_requests, plan.batch) for plan in bench.asked] == [(2, (tasks[1],))]
        assert outcomes(report) == [Outcome.PENDING, Outcome.PENDING]
        assert bench.platform.requests["clone"] == 0

    run_virtual(main())


def test_who_agreed_to_the_clones_is_not_asked_again_to_launch_them() -> None:
    async def main() -> None:
        bench = RerunBench()
        await bench.failed(3)

        await bench.rerun()

        assert len(bench.asked) == 1

    run_virtual(main())


def test_a_limit_holds_for_clones_and_the_rest_is_pending() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(3)

        exit_code, report = await bench.rerun(limit=2)

        assert exit_code == 4
        assert outcomes(report) == [Outcome.LAUNCHED, Outcome.LAUNCHED, Outcome.PENDING]
        exit_code, report = await bench.rerun(limit=2)
        assert exit_code == 0
        all_launched_once(bench, tasks, report)

    run_virtual(main())


def test_refused_clones_count_as_failures_and_end_the_run() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(4)
        bench.platform.clone_deeds = {task: ["403"] for task in tasks[:3]}

        exit_code, report = await bench.rerun(most_failures=1, concurrency=1)

        assert exit_code == 4
        assert outcomes(report)[:2] == [Outcome.REJECTED, Outcome.REJECTED]
        assert bench.platform.requests["clone"] == 2

    run_virtual(main())


def test_attempts_are_bounded_and_a_task_without_a_clone_is_failed() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.clone_deeds = {task: ["502"] * 6}

        exit_code, report = await bench.rerun()

        assert exit_code == 1
        assert outcomes(report) == [Outcome.FAILED]
        assert bench.platform.requests["clone"] == 6
        exit_code, report = await bench.rerun()
        assert exit_code == 0
        all_launched_once(bench, (task,), report)

    run_virtual(main())


def test_a_refused_token_ends_the_run_and_the_next_one_goes_on() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(3)
        bench.platform.clone_deeds = {tasks[1]: ["401"]}

        exit_code, _ = await bench.rerun(concurrency=1)
        assert exit_code == 3
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)

    run_virtual(main())


def test_a_journal_that_cannot_be_written_lets_no_clone_request_leave() -> None:
    async def main() -> None:
        bench = RerunBench()
        await bench.failed(2)

        exit_code, _ = await bench.rerun(fail_journal_at=2)

        assert exit_code == 5
        assert bench.platform.requests["clone"] == 0

    run_virtual(main())


def test_every_request_has_its_intent_before_and_its_end_after() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(2)
        bench.platform.clone_deeds = {tasks[0]: ["502", "429"]}

        await bench.rerun()

        entries = [record.entry for record in bench.store]
        told = [
            (type(entry), entry.number)
            for entry in entries
            if isinstance(entry, CloneIntended | CloneSettled) and entry.task == tasks[0]
        ]
        first = [(CloneIntended, 1), (CloneSettled, 1), (CloneSettled, 1)]
        assert told == [
            *first,
            *((kind, n) for n in (2, 3) for kind in (CloneIntended, CloneSettled)),
        ]

    run_virtual(main())


def test_the_last_run_is_what_a_rerun_without_an_end_was_to_launch_again() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(3)
        bench.platform.clone_deeds = {tasks[1]: ["401"]}
        await bench.rerun("last", concurrency=1)

        exit_code, report = await bench.rerun("last")

        assert exit_code == 0
        assert report.run.reruns == "run-1"
        bench.platform.end([row.task_id for row in report.rows])
        _, report = await bench.rerun("last")
        assert report.run.reruns == "run-3"

    run_virtual(main())


def test_the_last_run_is_no_rerun_that_had_nothing_to_launch() -> None:
    async def main() -> None:
        bench = RerunBench()
        await bench.failed(2)
        bench.platform.end(tuple(bench.platform.views), "RUNNING")
        await bench.rerun("last")
        bench.platform.end(tuple(bench.platform.views), "FAILED")

        _, report = await bench.rerun("last")

        assert report.run.reruns == "run-1"
        assert report.summary.launched == 2
        await bench.rerun("run-1")
        _, report = await bench.rerun("last")
        assert report.run.reruns == "run-3"

    run_virtual(main())


def test_a_signal_lets_no_further_clone_request_leave_and_the_next_run_goes_on() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(8)
        bench.platform.clone_deeds = {tasks[1]: ["lost-cloned"]}
        ends: list[CloneIntended] = []

        async def interrupt(entry: object) -> None:
            if isinstance(entry, CloneIntended):
                ends.append(entry)
                if len(ends) == 4:
                    bench.interrupt()

        bench.on_append = interrupt
        exit_code, report = await bench.rerun(concurrency=2)
        bench.on_append = None

        assert exit_code == 143
        assert bench.platform.requests["clone"] <= 4
        assert Outcome.UNKNOWN not in outcomes(report)
        assert bench.platform.starts.total() == 8
        exit_code, report = await bench.rerun("last")
        assert exit_code == 0
        all_launched_once(bench, tasks, report)

    run_virtual(main())


def test_clones_wait_for_the_budget_and_are_never_throttled() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(9)
        bench.platform.window.limit = 12
        bench.platform.clone_deeds = {tasks[1]: ["lost-cloned"]}

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)
        assert bench.platform.throttles == 0

    run_virtual(main())


def test_a_late_journal_holds_a_clone_request_back() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        waits = [6.0]

        async def wait(entry: object) -> None:
            if isinstance(entry, CloneIntended) and waits:
                await bench.clock.sleep(waits.pop())

        bench.on_append = wait
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, (task,), report)
        entries = [record.entry for record in bench.store]
        settled = [entry for entry in entries if isinstance(entry, CloneSettled)]
        assert [end.meaning for end in settled] == [CloneMeaning.NOT_SENT, CloneMeaning.CLONED]

    run_virtual(main())


def test_a_list_that_changes_while_it_is_read_is_read_again() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.page_size = 2
        bench.platform.clone_deeds = {task: ["lost-cloned"]}
        others: list[TaskId] = []

        async def draft(entry: object) -> None:
            if isinstance(entry, CloneIntended) and not others:
                others.extend(bench.platform.draft_like(task, name=f"{n}") for n in range(4))

        bench.on_append = draft
        bench.platform.after_pages = {2: lambda: bench.platform.views.pop(others[0])}
        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, (task,), report)

    run_virtual(main())


def test_a_clone_that_the_first_list_does_not_show_yet_is_not_made_again() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        bench.platform.late_s = 3.0
        bench.platform.clone_deeds = {task: ["late"]}

        exit_code, report = await bench.rerun(settle_s=2.0)

        assert exit_code == 0
        all_launched_once(bench, (task,), report)
        assert bench.platform.requests["clone"] == 1

    run_virtual(main())


def test_a_journal_that_cannot_be_read_any_more_ends_the_run_and_loses_no_clone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = await bench.failed(5)
        bench.platform.clone_deeds = {tasks[0]: ["lost-cloned"]}
        reads = MemoryJournal.facts

        def facts(journal: MemoryJournal, *asked: Any, **more: Any) -> Iterator[Record]:  # noqa: ANN401
            if any(isinstance(record.entry, CloneIntended) for record in bench.store):
                raise StorageError("the disk is gone")
            return reads(journal, *asked, **more)

        monkeypatch.setattr(MemoryJournal, "facts", facts)
        with pytest.raises(StorageError, match="the disk is gone"):
            await bench.rerun(concurrency=2)
        monkeypatch.undo()
        assert bench.platform.requests["clone"] <= 2

        exit_code, report = await bench.rerun()

        assert exit_code == 0
        all_launched_once(bench, tasks, report)

    run_virtual(main())


def test_a_deadline_before_it_is_known_what_has_failed_is_no_good_end() -> None:
    async def main() -> None:
        bench = RerunBench()
        await bench.failed(3)
        bench.platform.read_deeds = ["502"] * 100

        exit_code, report = await bench.rerun(deadline_s=1.0, max_outage_s=20.0)

        assert exit_code == 4
        assert report.run.reason is not None
        assert bench.progress.said[-1].endswith(
            "launched failed or were aborted; 3 could not be read"
        )

    run_virtual(main())


def test_a_deadline_that_keeps_tasks_from_being_cloned_is_a_halt() -> None:
    async def main() -> None:
        bench = RerunBench()
        await bench.failed(4)
        await bench.rerun(limit=2)
        bench.platform.latency_s = 2.0

        exit_code, report = await bench.rerun(deadline_s=7.0)

        assert exit_code == 4
        assert outcomes(report) == [Outcome.LAUNCHED] * 2 + [Outcome.PENDING] * 2
        assert bench.platform.requests["clone"] == 2

    run_virtual(main())


@dataclass
class Confusing(CloningPlatform):
    """Answers a clone request with a draft that was there before, or with another one's clone."""

    answer: TaskView | None = None
    repeats: bool = False

    def _cloned(self, task: TaskId) -> tuple[int, Word]:
        if self.answer is not None:
            return 200, self.answer
        status, word = super()._cloned(task)
        if self.repeats and isinstance(word, TaskView):
            self.answer = word
        return status, word


@pytest.mark.parametrize("shows_when", [True, False])
def test_an_answer_that_names_a_draft_from_before_names_no_clone(*, shows_when: bool) -> None:
    async def main() -> None:
        bench = RerunBench()
        bench.platform = platform = Confusing(clock=bench.clock)
        (task,) = await bench.failed(1)
        draft = platform.draft_like(task)
        view = platform.views[draft]
        platform.answer = view if shows_when else replace(view, created_at=None)

        _, report = await bench.rerun()

        assert platform.starts[draft] == 0
        assert Outcome.LAUNCHED not in outcomes(report)

    run_virtual(main())


def test_an_answer_that_names_the_clone_of_another_task_names_no_clone() -> None:
    async def main() -> None:
        bench = RerunBench()
        bench.platform = platform = Confusing(clock=bench.clock, repeats=True)
        first, _ = await bench.failed(2)

        _, report = await bench.rerun(concurrency=1)

        assert [row.task_id for row in report.rows][:1] == platform.clones[first]
        assert outcomes(report) == [Outcome.LAUNCHED, Outcome.UNKNOWN]
        assert platform.requests["run"] == 2 + 1

    run_virtual(main())


def test_a_late_clone_of_another_task_of_that_name_is_not_taken_for_the_lost_one() -> None:
    async def main() -> None:
        bench = RerunBench()
        first, second = await bench.failed(2, names=["align", "align"])
        bench.platform.clone_deeds = {first: ["late"], second: ["lost"]}
        bench.platform.late_s = 6.0

        exit_code, report = await bench.rerun(concurrency=1)

        assert exit_code == 1
        assert outcomes(report) == [Outcome.LAUNCHED, Outcome.UNKNOWN]
        late, made = sorted(bench.platform.clones[first], key=bench.platform.starts.__getitem__)
        assert (bench.platform.starts[late], bench.platform.starts[made]) == (0, 1)

    run_virtual(main())


def test_the_clone_of_a_task_in_doubt_is_not_taken_for_another_ones_of_that_name() -> None:
    async def main() -> None:
        bench = RerunBench()
        first, second = await bench.failed(2, names=["align", "align"])
        bench.platform.clone_deeds = {first: ["lost-cloned"], second: ["lost"]}
        bench.platform.after_pages = {1: lambda: bench.platform.list_deeds.extend(["403"] * 3)}

        _, report = await bench.rerun(concurrency=1)

        (clone,) = bench.platform.clones[first]
        assert bench.platform.starts[clone] == 0
        assert outcomes(report) == [Outcome.UNKNOWN, Outcome.UNKNOWN]

    run_virtual(main())


def test_where_it_is_not_known_what_stood_there_before_no_draft_is_the_lost_clone() -> None:
    async def main() -> None:
        bench = RerunBench()
        (task,) = await bench.failed(1)
        draft = bench.platform.draft_like(task)
        bench.platform.clone_deeds = {task: ["lost"]}
        bench.platform.list_deeds = ["403"] * 3

        _, report = await bench.rerun()

        assert bench.platform.starts[draft] == 0
        assert outcomes(report) == [Outcome.UNKNOWN]

    run_virtual(main())


def test_what_another_run_had_launched_is_no_part_of_the_rerun() -> None:
    async def main() -> None:
        bench = RerunBench()
        tasks = (task_id(1), task_id(2))
        bench.platform.add_failed(tasks)
        await bench.run(tasks[:1])
        await bench.run(tasks)
        bench.platform.end(tasks)

        exit_code, report = await bench.rerun("run-2")

        assert exit_code == 0
        assert [row.source for row in report.rows] == [f"clone of {tasks[1]}"]
        assert not bench.platform.clones[tasks[0]]

    run_virtual(main())
