"""Projects as input: listed completely before the first launch, whatever moves meanwhile."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.answer import ErrorWord, PageWord, TaskView, Word
from launcher.core.entry import Seen
from launcher.core.errors import HaltedError, LauncherError, RefusedError, UsageError
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Share
from launcher.core.selection import Selection
from launcher.engine.listing import PAGE_SIZE, PASSES, PROJECTS_AT_ONCE, Listed
from launcher.engine.run import Run
from launcher.engine.stop import Stop
from support.bench import Bench, by_task
from support.fake_platform import FakePlatform
from support.virtual_time import run_virtual

ONE, TWO = "RFranklin/one", "RFranklin/two"
OF_ONE = Selection(projects=(ONE,))


async def listed(bench: Bench, selection: Selection) -> Listed:
    """Return what is listed, before any run begins."""
    bench.stop = Stop()
    run = Run(
        bench.platform, bench.clock, orders=bench.orders, progress=bench.progress, stop=bench.stop
    )
    await run.open()
    return await run.select(bench.platform, selection)


def ids(found: Listed) -> tuple[TaskId, ...]:
    return tuple(task for task, _ in found.tasks)


def vanish(platform: FakePlatform, *tasks: TaskId) -> None:
    """Let somebody else start them: they are on no list of drafts any more."""
    for task in tasks:
        platform.start(task, by="LPauling")


def test_every_draft_of_a_project_is_launched_and_named_after_it() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 250)
        others = bench.platform.add_to_project(TWO, 3)

        exit_code, report = await bench.run([], selection=OF_ONE)

        assert exit_code == 0
        assert [row.task_id for row in report.rows] == list(tasks)
        assert {row.source for row in report.rows} == {f"project {ONE}"}
        assert set(bench.platform.starts) == set(tasks)
        assert not bench.platform.starts.keys() & set(others)

    run_virtual(main())


def test_the_list_is_asked_for_as_documented_and_twice() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(ONE, 101)

        await listed(bench, OF_ONE)

        page = {
            "project": ONE,
            "status": "DRAFT",
            "order_by": "created_time",
            "order": "asc",
            "limit": "100",
        }
        assert bench.platform.lists == [{**page, "offset": at} for at in ("0", "100")] * 2

    run_virtual(main())


def test_what_lists_showed_is_not_read_again() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(ONE, 250)

        _, report = await bench.run([], selection=OF_ONE)

        assert bench.platform.requests["bulk_read"] == bench.platform.requests["read"] == 0
        assert bench.platform.requests["list"] == 6
        assert report.summary.launched == 250
        assert report.summary.requests is not None
        assert report.summary.requests <= 1.03 * 250

    run_virtual(main())


def test_facts_of_lists_do_not_count_towards_clearing_an_attempt() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 3)
        bench.leave_in_doubt(tasks[0])

        _, report = await bench.run([], selection=OF_ONE)

        facts = [record.entry for record in bench.store if isinstance(record.entry, Seen)]
        assert not any(fact.counts for fact in facts[1:4])
        assert by_task(report)[tasks[0]].outcome is Outcome.LAUNCHED
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_files_and_projects_are_one_input_and_each_task_stands_once() -> None:
    async def main() -> None:
        bench = Bench()
        alone = bench.platform.add_drafts(2)
        tasks = bench.platform.add_to_project(ONE, 3)

        _, report = await bench.run([alone[1], tasks[2]], selection=OF_ONE)

        assert [(row.task_id, row.source) for row in report.rows] == [
            (alone[1], "tasks.txt:1"),
            (tasks[2], "tasks.txt:2"),
            (tasks[0], f"project {ONE}"),
            (tasks[1], f"project {ONE}"),
        ]
        assert [
            record.entry.task for record in bench.store if isinstance(record.entry, Requested)
        ] == [row.task_id for row in report.rows]
        assert alone[0] not in bench.platform.starts

    run_virtual(main())


def test_several_projects_stand_in_the_order_of_the_words() -> None:
    async def main() -> None:
        bench = Bench()
        names = [f"RFranklin/p{number}" for number in range(7)]
        tasks = {name: bench.platform.add_to_project(name, 120) for name in reversed(names)}

        found = await listed(bench, Selection(projects=tuple(names)))

        assert found.tasks == tuple(
            (task, f"project {name}") for name in names for task in tasks[name]
        )
        assert bench.platform.peak == PROJECTS_AT_ONCE

    run_virtual(main())


def test_children_are_left_out_and_counted() -> None:
    async def main() -> None:
        bench = Bench()
        (parent,) = bench.platform.add_to_project(ONE, 1, batch=True)
        bench.platform.add_to_project(ONE, 2, parent=parent)

        found = await listed(bench, OF_ONE)

        assert ids(found) == (parent,)
        assert bench.progress.said == [
            f"project {ONE}: 1 of 3 drafts; left out: 2 that a batch task starts"
        ]

    run_virtual(main())


def test_filters_look_at_every_draft_of_the_project() -> None:
    async def main() -> None:
        bench = Bench()
        platform = bench.platform
        old, plain, batch = (
            *platform.add_to_project(ONE, 1, name="align-1"),
            *platform.add_to_project(ONE, 1, name="align-2"),
            *platform.add_to_project(ONE, 1, name="align-3", batch=True),
        )
        platform.add_to_project(ONE, 1, name="Align-4")
        day = datetime(2026, 11, 24, tzinfo=UTC)
        platform.made = dict.fromkeys(platform.views, day) | {old: day.replace(day=23)}

        found = await listed(
            bench, Selection(projects=(ONE,), name="align*", created_from=day, batch=False)
        )

        assert ids(found) == (plain,)
        assert batch not in ids(found)
        assert found.tallies[0].left_out == {
            "by --name 'align*'": 1,
            "by --created-from": 1,
            "by --skip-batch": 1,
        }

    run_virtual(main())


def test_a_platform_that_ignores_the_filter_gets_nothing_else_launched() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 2)
        bench.platform.add_to_project(TWO, 2)
        everything = tuple(bench.platform.views.values())

        def all_there_is(query: Mapping[str, str]) -> tuple[int, Word]:
            del query
            return 200, PageWord(items=everything, has_next=False)

        bench.platform._listed = all_there_is  # type: ignore[method-assign]

        _, report = await bench.run([], selection=OF_ONE)

        assert {row.task_id for row in report.rows} == set(tasks) == set(bench.platform.starts)
        assert "2 of another project" in bench.progress.said[0]

    run_virtual(main())


# ---------------------------------------------------------------- pages that shift


def test_a_draft_that_moved_up_between_pages_is_found_by_the_next_pass() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 250)

        def first_leaves(page: int) -> None:
            if page == 1:
                vanish(bench.platform, tasks[0])

        bench.platform.on_page = first_leaves

        found = await listed(bench, OF_ONE)

        assert set(ids(found)) == set(tasks)
        assert {seen.task for seen in found.seen} == set(tasks[1:])
        assert bench.platform.pages == 3 * PASSES
        assert len(bench.progress.said) == 1

    run_virtual(main())


def test_what_only_an_earlier_pass_showed_is_read_again_and_not_launched() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 150)
        bench.platform.on_page = lambda page: (
            vanish(bench.platform, tasks[0]) if page == 1 else None
        )

        exit_code, report = await bench.run([], selection=OF_ONE)

        assert exit_code == 0
        assert by_task(report)[tasks[0]].outcome is Outcome.SKIPPED
        assert report.summary.launched == 149
        assert bench.platform.requests["run"] == 149

    run_virtual(main())


def test_drafts_that_never_rest_are_told_after_three_passes() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(ONE, 150)

        def one_more(_: int) -> None:
            bench.platform.add_to_project(ONE, 1)

        bench.platform.on_page = one_more

        found = await listed(bench, OF_ONE)

        assert bench.platform.pages == 2 * PASSES
        assert set(ids(found)) >= set(list(bench.platform.views)[:150])
        assert re.fullmatch(
            rf"project {ONE}: 3 readings of its DRAFT tasks differ by \d tasks?; all that any of "
            "them showed are taken",
            bench.progress.said[0],
        )

    run_virtual(main())


def test_passes_that_show_less_than_the_platform_counts_do_not_agree() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 12)
        bench.platform.totals = False
        served = bench.platform._listed

        def eleven_of_twelve(query: Mapping[str, str]) -> tuple[int, Word]:
            status, word = served(query)
            assert isinstance(word, PageWord)
            shorter = replace(word, items=word.items[:11] if query["offset"] == "0" else ())
            bench.platform._total[id(shorter)] = 12
            return status, shorter

        bench.platform._listed = eleven_of_twelve  # type: ignore[method-assign]

        found = await listed(bench, OF_ONE)

        assert ids(found) == tasks[:11]
        assert bench.platform.pages == 2 * PASSES
        assert "differ by 1 task;" in bench.progress.said[0]

    run_virtual(main())


class Shifting:
    """A project whose drafts come and go between pages, by a script."""

    def __init__(self, bench: Bench, steps: list[tuple[int, int]]) -> None:
        self.bench = bench
        self.steps = steps
        self.stays: set[TaskId] = set()

    def turn(self, page: int) -> None:
        """Let drafts of the front leave, and new ones come, as the page's step says."""
        leave, come = self.steps[page - 1] if page <= len(self.steps) else (0, 0)
        platform = self.bench.platform
        drafts = [task for task, view in platform.views.items() if view.status == "DRAFT"]
        vanish(platform, *[task for task in drafts if task not in self.stays][:leave])
        platform.add_to_project(ONE, come)


@settings(max_examples=50)
@given(
    count=st.integers(100, 420),
    stay_each=st.integers(2, 7),
    steps=st.lists(st.tuples(st.integers(0, 130), st.integers(0, 130)), max_size=12),
    totals=st.booleans(),
)
def test_where_two_passes_agree_no_draft_that_stayed_is_missing(
    *, count: int, stay_each: int, steps: list[tuple[int, int]], totals: bool
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.totals = totals
        shifting = Shifting(bench, steps)
        tasks = bench.platform.add_to_project(ONE, count)
        shifting.stays = set(tasks[::stay_each])
        bench.platform.on_page = shifting.turn

        found = await listed(bench, OF_ONE)

        agreed = not any("differ by" in line for line in bench.progress.said)
        missing = shifting.stays - set(ids(found))
        assert not (agreed and missing)
        assert len(ids(found)) == len(set(ids(found)))

    run_virtual(main())


@settings(max_examples=30)
@given(count=st.integers(0, 420), odd=st.sets(st.integers(0, 419), max_size=5))
def test_a_project_that_rests_is_listed_whole_in_two_passes(count: int, odd: set[int]) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, count)
        for number in odd & set(range(count)):
            bench.platform.views[tasks[number]] = replace(
                bench.platform.views[tasks[number]], id="no id"
            )

        found = await listed(bench, OF_ONE)

        whole = tuple(task for number, task in enumerate(tasks) if number not in odd)
        assert ids(found) == whole
        assert bench.platform.pages == 2 * max(-(-count // PAGE_SIZE), 1)

    run_virtual(main())


# ---------------------------------------------------------------- what can go wrong


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (404, 3002, UsageError, "does not list project RFranklin/one"),
        (404, 90003, UsageError, "does not list project RFranklin/one"),
        (400, 3012, UsageError, "does not list project RFranklin/one"),
        (403, 3001, RefusedError, "does not let this account see project RFranklin/one"),
        (403, 90002, RefusedError, "does not let this account see project RFranklin/one"),
        (401, 90001, RefusedError, "refuses the token"),
    ],
)
def test_a_project_that_is_refused_ends_it_before_anything_is_launched(
    status: int, code: int, error: type[LauncherError], words: str
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(TWO, 3)
        bench.platform.hidden = {ONE: (status, ErrorWord(code=code, message="no"))}

        with pytest.raises(error, match=words):
            await bench.run([], selection=Selection(projects=(TWO, ONE)))

        assert bench.platform.requests["run"] == 0
        assert not bench.store

    run_virtual(main())


def test_after_a_refusal_no_further_project_is_listed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.hidden = {ONE: (404, ErrorWord(code=3002, message="no"))}
        more = tuple(f"RFranklin/p{number}" for number in range(9))

        with pytest.raises(UsageError, match="does not list project"):
            await listed(bench, Selection(projects=(ONE, *more)))

        assert bench.platform.requests["list"] <= 3

    run_virtual(main())


def test_trouble_that_passes_is_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 250)
        bench.platform.read_deeds = ["502", "lost", "429", "503-maintenance"]
        bench.platform.window.limit = 10

        _, report = await bench.run([], selection=OF_ONE)

        assert set(bench.platform.starts) == set(tasks)
        assert report.summary.launched == 250

    run_virtual(main())


def test_an_outage_ends_it_at_the_ceiling() -> None:
    async def main() -> None:
        bench = Bench()
        bench.orders = replace(bench.orders, max_outage_s=600.0)
        bench.platform.add_to_project(ONE, 3)
        bench.platform.read_deeds = ["502"] * 10_000

        with pytest.raises(HaltedError, match="--max-outage"):
            await listed(bench, OF_ONE)

        assert bench.clock.monotonic() < 1200

    run_virtual(main())


def test_a_signal_ends_it_at_once() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(ONE, 300)
        bench.platform.on_page = lambda _: bench.interrupt()

        with pytest.raises(LauncherError, match="SIGTERM"):
            await listed(bench, OF_ONE)

        assert bench.platform.pages == 1

    run_virtual(main())


@pytest.mark.parametrize("grows", [True, False])
def test_a_list_without_an_end_is_given_up(*, grows: bool) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 3)
        page = tuple(bench.platform.views[task] for task in tasks)
        fresh = iter(range(10**9))

        def again(query: Mapping[str, str]) -> tuple[int, Word]:
            del query
            numbers = [next(fresh) for _ in range(100)] if grows else []
            new = tuple(
                TaskView(id=f"00000000-0000-4000-8000-{number:012x}", status="DRAFT", project=ONE)
                for number in numbers
            )
            return 200, PageWord(items=new or page, has_next=True)

        bench.platform._listed = again  # type: ignore[method-assign]
        bench.platform.window.limit = 10**6

        with pytest.raises(HaltedError, match=f"the list of project {ONE} has no end"):
            await listed(bench, OF_ONE)

        assert bench.platform.requests["list"] == (2500 if grows else 3)

    run_virtual(main())


# ---------------------------------------------------------------- with what is active, and counts


def test_active_tasks_are_listed_where_they_hold_slots() -> None:
    async def main() -> None:
        bench = Bench()
        queued, running, done, draft = bench.platform.add_to_project(ONE, 4)
        for task, status in ((queued, "QUEUED"), (running, "RUNNING"), (done, "COMPLETED")):
            bench.platform.views[task] = replace(bench.platform.views[task], status=status)

        found = await listed(bench, replace(OF_ONE, with_active=True))

        assert ids(found) == (draft, queued, running)
        assert [seen.status for seen in found.seen] == ["DRAFT", "QUEUED", "RUNNING"]
        assert bench.progress.said == [f"project {ONE}: 1 of 1 draft, 2 queued or running"]

    run_virtual(main())


@pytest.mark.parametrize("limit", [None, 4])
def test_a_plan_counts_what_is_to_be_started_by_app_and_project(limit: int | None) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.add_to_project(ONE, 3, app="RFranklin/one/align/3")
        bench.platform.add_to_project(TWO, 2, app="RFranklin/two/call/7")
        started = bench.platform.add_to_project(TWO, 1, app="RFranklin/two/call/7")
        vanish(bench.platform, *started)

        await bench.run([], selection=Selection(projects=(ONE, TWO)), dry=True, limit=limit)

        assert bench.progress.plan is not None
        assert bench.progress.plan.shares == (
            Share(count=3, app="RFranklin/one/align/3", project=ONE),
            Share(count=2 if limit is None else 1, app="RFranklin/two/call/7", project=TWO),
        )

    run_virtual(main())


def test_apps_of_tasks_that_only_the_journal_knows_are_counted_too() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_to_project(ONE, 3, app="RFranklin/one/align/3")
        await bench.run([], selection=OF_ONE, limit=0)

        await bench.run(tasks, dry=True)

        assert bench.platform.requests["bulk_read"] == 0
        assert bench.progress.plan is not None
        assert bench.progress.plan.shares == (
            Share(count=3, app="RFranklin/one/align/3", project=ONE),
        )

    run_virtual(main())
