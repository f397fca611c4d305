"""What else paces a feed: a dial, other people's tasks, time between requests, canaries."""

import asyncio
import itertools
from dataclasses import dataclass, field, replace

import pytest

from launcher.core.answer import ErrorWord
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench
from support.fake_platform import Deed, FakePlatform, Life, task_id
from support.virtual_time import run_virtual

PROJECT = "RFranklin/my-project"


def living(bench: Bench, count: int, *, runs_s: float = 100.0) -> tuple[TaskId, ...]:
    """Let drafts of one project live for so long."""
    bench.platform.lives = lambda _task: Life(runs_s=runs_s, queued_s=10.0)
    tasks = bench.platform.add_drafts(count)
    for task in tasks:
        bench.platform.views[task] = replace(bench.platform.views[task], project=PROJECT)
    return tasks


def active_at(platform: FakePlatform, at: float) -> int:
    """Return how many tasks were active then, truly."""
    assert platform.lives is not None
    length_s = platform.lives(task_id(1)).length_s
    return sum(start.at <= at < start.at + length_s for start in platform.begun)


# ---------------------------------------------------------------- a dial


@dataclass
class Turned:
    """A dial that shows one thing after the other, each from a time on."""

    bench: Bench
    shows: dict[float, int | str] = field(default_factory=dict)

    def read(self) -> int | str:
        now = self.bench.clock.monotonic()
        return [told for since, told in self.shows.items() if since <= now][-1]


def test_the_number_can_be_changed_while_it_runs_and_0_pauses() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 30)
        bench.dial = Turned(bench, {0: 2, 300: 6, 600: 0, 1000: 3})

        exit_code, _ = await bench.run(tasks, max_running=2, poll_s=5.0, has_dial=True)

        platform = bench.platform
        starts = [start.at for start in platform.begun]
        assert exit_code == 0
        assert max(active_at(platform, at) for at in starts if at < 300) == 2
        assert max(active_at(platform, at) for at in starts if 420 < at < 600) == 6
        assert not [at for at in starts if 606 < at < 1000]
        assert max(active_at(platform, at) for at in starts if at > 1000) == 3

    run_virtual(main())


def test_a_dial_alone_is_enough() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 12)
        bench.dial = Turned(bench, {0: 4})

        exit_code, _ = await bench.run(tasks, has_dial=True, poll_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 4

    run_virtual(main())


def test_what_is_no_number_keeps_the_last_one_and_is_said_once() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 12)
        bench.dial = Turned(bench, {0: 3, 50: "it is gone", 200: "it says ten"})

        exit_code, _ = await bench.run(tasks, max_running=5, has_dial=True, poll_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3
        assert bench.progress.said == [
            "--max-running is 3 now",
            "--max-running-file: it is gone; it stays at 3",
            "--max-running-file: it says ten; it stays at 3",
        ]

    run_virtual(main())


def test_a_lower_number_holds_back_what_is_sent_again_too() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 8)
        bench.platform.latency_s = 1.0
        for task in tasks[:6]:
            bench.platform.deeds[task] = ["lost"]
        bench.dial = Turned(bench, {0: 6, 1.5: 2})

        exit_code, report = await bench.run(tasks, max_running=6, has_dial=True, poll_s=1.0)

        assert (exit_code, report.summary.launched) == (0, 8)
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_a_paused_feed_says_so() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 3)
        bench.dial = Turned(bench, {0: 0, 100: 3})

        await bench.run(tasks, max_running=3, has_dial=True, poll_s=5.0)

        waits = {one.feeding.waiting for one in bench.progress.snapshots if one.feeding}
        assert "paused: 0 tasks are to run (--max-running-file)" in waits

    run_virtual(main())


# ---------------------------------------------------------------- the whole project


def start_others(bench: Bench, *numbers: int) -> None:
    """Let somebody start tasks of the project that are not in the input."""
    for number in numbers:
        task = task_id(number)
        bench.platform.start(task, by="LPauling")


def test_what_others_run_in_the_project_counts_where_it_is_to() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 30)
        start_others(bench, *range(21, 25))

        exit_code, _ = await bench.run(tasks[:20], max_running=10, counts_project=True, poll_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 10
        assert {query["project"] for query in bench.platform.lists} == {PROJECT}
        ours = [start.at for start in bench.platform.begun if start.by != "LPauling"]
        assert max(active_at(bench.platform, at) for at in ours if at > 50) == 10  # theirs ended

    run_virtual(main())


def test_by_default_it_does_not() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 30)
        start_others(bench, *range(21, 25))

        await bench.run(tasks[:20], max_running=10, poll_s=5.0)

        assert bench.platform.active_at_most() == 14
        assert bench.platform.lists == []

    run_virtual(main())


def test_what_others_start_later_is_seen_at_the_next_read() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 60, runs_s=200.0)

        async def somebody() -> None:
            await asyncio.sleep(30.0)
            start_others(bench, *range(51, 59))

        async with asyncio.TaskGroup() as group:
            group.create_task(somebody())
            await bench.run(tasks[:40], max_running=10, counts_project=True, poll_s=5.0)

        platform = bench.platform
        ours = [start.at for start in platform.begun if start.by != "LPauling"]
        assert platform.active_at_most() == 18  # ten of ours were running already
        assert max(active_at(platform, at) for at in ours if at > 40) == 10

    run_virtual(main())


def test_a_project_that_cannot_be_counted_halts_the_run() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 5)
        bench.platform.totals = False

        exit_code, report = await bench.run(tasks, max_running=3, counts_project=True)

        assert exit_code == 4
        assert not bench.platform.starts
        assert report.run.reason is not None
        assert "cannot be counted" in report.run.reason

    run_virtual(main())


def test_drafts_that_are_not_read_again_tell_their_project_all_the_same() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 12)
        start_others(bench, 11, 12)
        await bench.run(tasks[:10], limit=1)

        exit_code, _ = await bench.run(tasks[:10], max_running=4, counts_project=True, poll_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 4

    run_virtual(main())


# ---------------------------------------------------------------- time between


def test_run_requests_leave_the_given_time_apart_those_sent_again_too() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(20)
        for number, task in enumerate(tasks):
            bench.platform.deeds[task] = (["lost"], ["429"], ["not-sent"], [])[number % 4]  # type: ignore[assignment]

        exit_code, _ = await bench.run(tasks, stagger_s=7.0)

        sent = [at for at, kind in bench.platform.log if kind == "run"]
        gaps = [after - before for before, after in itertools.pairwise(sent)]
        assert exit_code == 0
        assert min(gaps) >= 7.0 - 1e-6
        assert min(gaps) < 7.5

    run_virtual(main())


def test_a_gate_that_opens_lets_no_more_through_than_the_stagger() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit, bench.platform.window.length_s = 10, 60.0
        tasks = bench.platform.add_drafts(25)

        await bench.run(tasks, stagger_s=3.0)

        sent = [at for at, kind in bench.platform.log if kind == "run"]
        assert min(after - before for before, after in itertools.pairwise(sent)) >= 3.0 - 1e-6

    run_virtual(main())


def test_a_stop_does_not_wait_for_a_turn() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await bench.run(
            bench.platform.add_drafts(20), stagger_s=3600.0, deadline_s=10.0
        )

        assert (exit_code, report.summary.launched) == (4, 1)
        assert bench.clock.monotonic() < 12.0

    run_virtual(main())


# ---------------------------------------------------------------- canaries


def test_the_others_start_when_all_canaries_run() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda task: Life(
            runs_s=50.0, queued_s=400.0 if task == task_id(2) else 5.0
        )
        tasks = bench.platform.add_drafts(20)

        exit_code, _ = await bench.run(tasks, canary=3, poll_s=5.0)

        starts = sorted(start.at for start in bench.platform.begun)
        assert exit_code == 0
        assert starts[2] < 5.0
        assert starts[3] > 400.0
        assert {start.task for start in bench.platform.begun[:3]} == set(tasks[:3])

    run_virtual(main())


@pytest.mark.parametrize(
    ("deeds", "ends", "what"),
    [
        (["403"], "COMPLETED", "is rejected"),
        (["lost"] * 60, "COMPLETED", "is failed"),
        ([], "FAILED", "has FAILED"),
        ([], "ABORTED", "has ABORTED"),
    ],
)
def test_a_canary_that_turns_out_badly_halts_the_run_and_is_named(
    deeds: list[Deed], ends: str, what: str
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(20)
        bench.platform.lives = lambda _task: Life(runs_s=0.0, queued_s=30.0, ends=ends)
        bench.platform.deeds[tasks[1]] = list(deeds)

        exit_code, report = await bench.run(tasks, canary=2, poll_s=5.0)

        assert exit_code == 4
        assert report.run.reason is not None
        assert what in report.run.reason
        assert str(tasks[1] if deeds else tasks[0]) in report.run.reason
        assert len(bench.platform.starts) <= 2
        assert report.summary.pending == 18

    run_virtual(main())


def test_so_does_one_of_which_nothing_can_be_learnt() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        run = bench.platform.run

        async def then_hidden(task: TaskId, *, query: dict[str, str]) -> object:
            reply = await run(task, query=query)
            bench.platform.unseen[task] = ErrorWord(code=7001, message="no", http_status=403)
            return reply

        bench.platform.run = then_hidden  # type: ignore[assignment,method-assign]
        exit_code, report = await bench.run(tasks, canary=1)

        assert exit_code == 4
        assert report.run.reason is not None
        assert f"{tasks[0]} is unknown" in report.run.reason

    run_virtual(main())


def test_one_that_somebody_else_started_is_no_canary() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(6)
        bench.platform.lives = lambda _task: Life(runs_s=500.0, queued_s=60.0)
        run = bench.platform.run

        async def raced(task: TaskId, *, query: dict[str, str]) -> object:
            if task == tasks[0]:
                bench.platform.start(task, by="LPauling")
            return await run(task, query=query)

        bench.platform.run = raced  # type: ignore[assignment,method-assign]
        exit_code, report = await bench.run(tasks, canary=2, poll_s=5.0)

        starts = sorted(start.at for start in bench.platform.begun)
        assert exit_code == 0
        assert [row.outcome for row in report.rows].count(Outcome.SKIPPED) == 1
        assert starts[2] < 30.0
        assert starts[3] > 60.0

    run_virtual(main())


def test_canaries_are_seen_while_they_are_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(6)
        bench.platform.lives = lambda _task: Life(runs_s=500.0, queued_s=60.0)

        await bench.run(tasks, canary=2, poll_s=5.0)

        waits = {one.feeding.waiting for one in bench.progress.snapshots if one.feeding}
        assert "0 of 2 canaries run: the others follow when all do" in waits

    run_virtual(main())


def test_fewer_tasks_than_canaries_are_just_launched() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await bench.run(bench.platform.add_drafts(2), canary=5)

        assert (exit_code, report.summary.launched) == (0, 2)

    run_virtual(main())


def test_doubts_of_an_earlier_run_are_settled_and_go_ahead_as_canaries() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(6)
        bench.platform.lives = lambda _task: Life(runs_s=500.0, queued_s=20.0)
        bench.leave_in_doubt(*tasks[:4])

        exit_code, report = await bench.run(tasks, canary=1, max_running=2, poll_s=5.0)

        assert (exit_code, report.summary.launched) == (0, 6)
        assert bench.platform.active_at_most() == 2
        assert sorted(start.at for start in bench.platform.begun)[1] > 20.0

    run_virtual(main())


# ---------------------------------------------------------------- one tick


def test_a_feed_that_does_not_wait_fills_the_slots_and_leaves_the_rest() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 10)

        _, first = await bench.run(tasks, max_running=4, waits=False)
        took_s = bench.clock.monotonic()
        await asyncio.sleep(200.0)
        _, second = await bench.run(tasks, max_running=4, waits=False)

        assert (first.summary.launched, first.summary.pending) == (4, 6)
        assert took_s < 5.0
        assert (second.summary.launched, second.summary.pending) == (8, 2)
        assert bench.platform.active_at_most() == 4

    run_virtual(main())


def test_a_doubt_that_waits_for_canaries_holds_no_slot_that_these_wait_for() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = living(bench, 5)
        bench.platform.lives = lambda _task: Life(runs_s=100.0, queued_s=60.0)
        bench.leave_in_doubt(tasks[0])
        bench.dial = Turned(bench, {0: 2, 30: 1})

        async with asyncio.timeout(3600.0):
            exit_code, _ = await bench.run(
                tasks, canary=1, has_dial=True, poll_s=5.0, settle_s=10.0
            )

        assert exit_code == 0
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())
