"""Reruns with other options, and what aborts and watches make of their clones and of ticks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.purses import set_price, spent, usd
from launcher.core.drawing import report_of
from launcher.core.entry import RunId
from launcher.core.ids import TaskId
from launcher.core.report import Report
from launcher.engine.run import Run
from launcher.engine.stop import Stop
from support.aborting import AbortablePlatform, AbortBench, fates
from support.bench import by_task
from support.cloning_platform import CloningPlatform
from support.fake_platform import Life
from support.memory_journal import MemoryJournal
from support.rerunning import RerunBench
from support.virtual_time import run_virtual


@dataclass
class AblePlatform(CloningPlatform, AbortablePlatform):
    """Clones, and ends tasks."""


class AbleBench(RerunBench, AbortBench):
    """A bench of reruns, aborts and watches."""

    platform: AblePlatform

    def __post_init__(self) -> None:
        super().__post_init__()
        self.aborts = 0
        self.platform = self.abortable = AblePlatform(clock=self.clock)
        self.orders = replace(self.orders, poll_s=5.0)

    async def failed_before(self, count: int, life: Life) -> tuple[TaskId, ...]:
        """Return tasks that have failed, whose clones live like that."""
        tasks = await self.failed(count)
        self.platform.started_at.clear()
        self.platform.begun.clear()
        self.platform.lives = lambda _task: life
        return tasks

    @property
    def clones(self) -> Sequence[TaskId]:
        return [clone for made in self.platform.clones.values() for clone in made]

    async def watch(self, run: str) -> tuple[int, Report]:
        """Return the exit code and the report of who watches that run."""
        journal = MemoryJournal(self.clock, RunId(f"watch of {run}"), store=[*self.store])
        orders = replace(
            self.orders, wanted=tuple(journal.requested(RunId(run))), watch=True, dry=True
        )
        watching = Run(
            self.platform, self.clock, orders=orders, progress=self.progress, stop=Stop()
        )
        account = await watching.open()
        exit_code = await watching.launch(journal, account, approve=lambda _plan, _cost: None)
        report = report_of(journal, RunId(f"watch of {run}"))
        assert report is not None
        return exit_code, report


def test_clones_are_fed_by_slots_with_canaries_and_awaited() -> None:
    async def main() -> None:
        bench = AbleBench()
        await bench.failed_before(8, Life(queued_s=10.0, runs_s=50.0))
        bench.orders = replace(bench.orders, max_running=2, canary=1, wait=True)

        exit_code, report = await bench.rerun()
        begun = [start.at for start in bench.platform.begun]

        assert (exit_code, dict(report.summary.states)) == (0, {"COMPLETED": 8})
        assert bench.platform.active_at_most() == 2
        assert begun[1] >= begun[0] + 10.0

    run_virtual(main())


def test_a_limit_of_a_fed_rerun_is_gone_on_with_until_each_task_has_one_launched_clone() -> None:
    async def main() -> None:
        bench = AbleBench()
        tasks = await bench.failed_before(8, Life(runs_s=50.0))
        bench.orders = replace(bench.orders, max_running=2, limit=3, wait=True)

        codes = [(await bench.rerun("run-1"))[0] for _ in range(4)]

        assert codes == [4, 4, 0, 0]
        assert bench.platform.active_at_most() == 2
        assert [len(bench.platform.clones[task]) for task in tasks] == [1] * 8
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_clone_that_is_a_bad_canary_halts_the_rerun_and_the_others_stay_drafts() -> None:
    async def main() -> None:
        bench = AbleBench()
        await bench.failed_before(6, Life(queued_s=10.0, runs_s=0.0, ends="FAILED"))

        exit_code, report = await bench.rerun(canary=1, wait=True)

        assert (exit_code, report.summary.launched, report.summary.pending) == (4, 1, 5)
        assert (report.run.reason or "").endswith("(--canary)")
        assert len(bench.clones) == 6

    run_virtual(main())


def test_a_limit_of_costs_holds_for_clones_however_often_the_rerun_is_repeated() -> None:
    async def main() -> None:
        bench = AbleBench()
        for task in await bench.failed_before(6, Life(runs_s=50.0)):
            set_price(bench, task, "9.00")
        make = bench.platform._make

        def priced(original: TaskId) -> object:
            view = make(original)
            set_price(bench, TaskId(view.id or ""), "2.00")
            return view

        bench.platform._make = priced  # type: ignore[method-assign, assignment]
        codes = [(await bench.rerun("run-1", max_cost=usd("6")))[0] for _ in range(3)]

        assert codes == [4, 4, 4]
        assert spent(bench) == 6
        assert len(bench.clones) == 6

    run_virtual(main())


def test_an_abort_of_a_rerun_ends_its_clones_and_no_original() -> None:
    async def main() -> None:
        bench = AbleBench()
        first, *_ = await bench.failed(4)
        bench.platform.clone_deeds[first] = ["403"]
        await bench.rerun("run-1")

        of_first = await bench.abort("run-1")
        aborted_by_first = set(bench.platform.aborted)
        exit_code, report = await bench.abort("run-2")

        assert (of_first[0], aborted_by_first) == (0, set())
        assert exit_code == 0
        assert fates(report) == dict.fromkeys(bench.clones, "aborted")
        assert bench.platform.aborted == dict.fromkeys(bench.clones, 1)

    run_virtual(main())


def test_what_an_abort_of_a_rerun_ended_is_not_launched_again_by_the_same_rerun() -> None:
    async def main() -> None:
        bench = AbleBench()
        await bench.failed(4)
        await bench.rerun("run-1", limit=2)
        await bench.abort("run-2")
        bench.platform.end([*bench.platform.aborted], "ABORTED")

        exit_code, report = await bench.rerun("run-1")

        assert (exit_code, report.summary.launched) == (0, 4)
        assert len(bench.clones) == 4
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_who_watches_a_rerun_sees_its_clones_to_their_ends() -> None:
    async def main() -> None:
        bench = AbleBench()
        await bench.failed_before(4, Life(runs_s=50.0))
        await bench.rerun("run-1")
        sent = bench.platform.requests["run"]

        exit_code, report = await bench.watch("run-2")

        assert exit_code == 0
        assert {task: row.status for task, row in by_task(report).items()} == dict.fromkeys(
            bench.clones, "COMPLETED"
        )
        assert bench.platform.requests["run"] == sent

    run_virtual(main())


def test_an_original_without_a_clone_is_no_good_end_for_who_watches() -> None:
    async def main() -> None:
        bench = AbleBench()
        first, *_ = await bench.failed(3)
        bench.platform.clone_deeds[first] = ["403"]
        await bench.rerun("run-1")
        bench.platform.end(bench.clones, "COMPLETED")

        exit_code, report = await bench.watch("run-2")

        assert exit_code == 1
        assert by_task(report)[first].status == "FAILED"

    run_virtual(main())


def test_who_watches_a_tick_sees_what_ticks_started_and_does_not_wait_for_the_next_tick() -> None:
    async def main() -> None:
        bench = AbleBench()
        bench.platform.lives = lambda _task: Life(runs_s=900.0)
        tasks = bench.platform.add_drafts(5)
        await bench.tick(tasks, max_running=2)
        await bench.tick(tasks, max_running=3)

        exit_code, report = await bench.watch("run-2")

        assert exit_code == 1
        assert [row.status for row in report.rows] == ["COMPLETED"] * 3 + ["DRAFT"] * 2
        assert 900.0 < bench.clock.monotonic() < 1300.0
        assert len(bench.platform.starts) == 3

    run_virtual(main())
