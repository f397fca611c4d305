"""What gives up a slot, and what does not, whatever a request or a read shows in between."""

from dataclasses import replace

import pytest

from launcher.core.answer import ErrorWord, TaskView
from launcher.core.ids import TaskId
from support.bench import Bench
from support.fake_platform import Deed, FakePlatform, Life, Window
from support.virtual_time import run_virtual


@pytest.mark.parametrize("latency_s", [0.1, 3.0])
@pytest.mark.parametrize("deed", ["429", "503-maintenance", "not-sent", "lost", "502", "late"])
def test_who_is_to_ask_again_keeps_the_slot_meanwhile(deed: Deed, latency_s: float) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(runs_s=50.0, queued_s=5.0)
        bench.platform.latency_s = latency_s
        tasks = bench.platform.add_drafts(10)
        bench.platform.deeds = {task: [deed, deed] for task in tasks}

        exit_code, _ = await bench.run(tasks, max_running=3, poll_s=3.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


class Flickering(FakePlatform):
    """Shows a task as the draft that it was, in every other read of it."""

    flickers: TaskId | None = None
    turn = 0

    def _view(self, task: TaskId) -> TaskView | ErrorWord:
        view = super()._view(task)
        if task != self.flickers or not isinstance(view, TaskView):
            return view
        self.turn += 1
        is_draft = self.turn % 2 == 0 and view.status != "COMPLETED"
        return replace(view, status="DRAFT", executed_by=None) if is_draft else view


@pytest.mark.parametrize("by", ["RFranklin", "LPauling"])
def test_a_read_that_lags_behind_frees_no_slot_of_what_others_started(by: str) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform = platform = Flickering(clock=bench.clock)
        platform.lives = lambda _task: Life(runs_s=100.0)
        tasks = platform.add_drafts(4)
        platform.start(tasks[0], by=by)
        platform.flickers = tasks[0]

        await bench.run(tasks, max_running=1, poll_s=5.0)

        assert platform.active_at_most() == 1
        assert set(platform.starts.values()) == {1}

    run_virtual(main())


@pytest.mark.parametrize("latency_s", [0.1, 3.0])
@pytest.mark.parametrize("deed", ["429", "503-maintenance", "not-sent", "lost"])
def test_a_doubt_of_an_earlier_run_keeps_its_slot_until_it_is_done_with(
    deed: Deed, latency_s: float
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(runs_s=50.0, queued_s=5.0)
        bench.platform.latency_s = latency_s
        tasks = bench.platform.add_drafts(10)
        bench.leave_in_doubt(*tasks[:3])
        bench.platform.deeds = {task: [deed, deed] for task in tasks}

        exit_code, _ = await bench.run(tasks, max_running=3, poll_s=3.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_doubts_that_are_cleared_together_do_not_start_together() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(runs_s=50.0)
        bench.platform.window = Window(limit=4)  # used up when they are cleared
        tasks = bench.platform.add_drafts(6)
        bench.leave_in_doubt(*tasks)

        exit_code, _ = await bench.run(tasks, max_running=2, poll_s=3.0, settle_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 2
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())
