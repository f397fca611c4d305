"""Options that hold alone hold together: ticks of projects, limits of costs, waits, slots."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from engine.purses import add_completed, add_drafts, priced_bench, spent, usd
from engine.test_feed import lives
from launcher.core.entry import Seen
from launcher.core.ids import Requested
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from launcher.core.ticks import News
from support.bench import Bench, by_task
from support.crashing import Power
from support.fake_platform import Life, Window
from support.projects import PROJECT, ProjectBench
from support.virtual_time import run_virtual

TICK_S = 600.0
OTHERS = "LPauling"


# ------------------------------------------------------------ ticks of a project


def test_drafts_that_come_between_ticks_of_a_project_are_launched_once_each() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(900.0)
        launched = []
        for number in range(8):
            if number < 4:
                bench.platform.add_to_project(PROJECT, 2)
            code, report, news = await bench.project_tick(max_running=3, allow_empty=True)
            assert (code, bool(news)) == (0, False)
            assert report.summary.requested == report.summary.launched + report.summary.pending
            launched.append(len(bench.platform.begun))
            await bench.clock.sleep(TICK_S)

        assert launched == [2, 3, 5, 6, 8, 8, 8, 8]
        assert bench.platform.active_at_most() == 3
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


async def _ticks(bench: ProjectBench, count: int, **settings: object) -> list[News]:
    """Return the news of ticks of which each finds one draft more."""
    told = []
    for _ in range(count):
        bench.platform.add_to_project(PROJECT, 1)
        told.append((await bench.project_tick(**settings))[2])
        await bench.clock.sleep(TICK_S)
    return told


def test_a_refusal_in_a_project_is_told_once_though_other_drafts_come_and_go() -> None:
    async def main() -> None:
        bench = ProjectBench()
        (refused,) = bench.platform.add_to_project(PROJECT, 1)
        bench.platform.deeds[refused] = ["403"] * 9

        told = await _ticks(bench, 4)
        asked = bench.platform.queries.count((refused, {}))
        row = by_task((await bench.project_tick())[1])[refused]

        assert [dict(news.troubles) for news in told] == [{refused: "rejected"}, {}, {}, {}]
        assert (row.outcome, row.error_code, row.attempts, asked) == (Outcome.REJECTED, 7001, 1, 1)

    run_virtual(main())


def test_a_refusal_in_a_project_is_asked_for_again_where_somebody_says_so() -> None:
    async def main() -> None:
        bench = ProjectBench()
        (refused,) = bench.platform.add_to_project(PROJECT, 1)
        bench.platform.deeds[refused] = ["403"]
        await _ticks(bench, 2)

        code, report, news = await bench.project_tick(retry_rejected=True)

        assert (code, bool(news)) == (0, False)
        assert by_task(report)[refused].outcome is Outcome.LAUNCHED

    run_virtual(main())


def test_ticks_of_other_projects_or_other_filters_are_other_inputs() -> None:
    async def main() -> None:
        bench = ProjectBench()
        (refused,) = bench.platform.add_to_project(PROJECT, 1)
        bench.platform.deeds[refused] = ["403"] * 9
        mine, named = bench.selection, replace(bench.selection, name="another *")
        told = []
        for _ in range(3):
            bench.platform.add_to_project(PROJECT, 1, name="another one")
            for bench.selection in (mine, named):
                told.append((await bench.project_tick(allow_empty=True))[2])

        assert [len(news.troubles) for news in told] == [1, 0, 0, 0, 0, 0]
        assert bench.platform.queries.count((refused, {})) == 1

    run_virtual(main())


@pytest.mark.parametrize("settings", [{}, {"max_running": 5}])
def test_what_a_tick_of_a_project_started_and_failed_is_told_once(
    settings: dict[str, object],
) -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lambda _task: Life(runs_s=900.0, ends="FAILED")

        told = await _ticks(bench, 6, **settings)
        failed = Counter(trouble for news in told for trouble in news.troubles.items())

        first_four = [start.task for start in bench.platform.begun[:4]]
        assert failed == {(task, "FAILED"): 1 for task in first_four}

    run_virtual(main())


def test_a_failure_that_a_tick_saw_and_died_with_is_told_by_the_next() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lambda _task: Life(runs_s=900.0, ends="FAILED")
        (task,) = bench.platform.add_to_project(PROJECT, 1)
        await bench.project_tick()
        await bench.clock.sleep(1000.0)
        await bench.project(once=True)  # sees the end, and dies before it tells anybody

        told = [(await bench.project_tick(allow_empty=True))[2] for _ in range(2)]

        assert [dict(news.troubles) for news in told] == [{task: "FAILED"}, {}]

    run_virtual(main())


def test_a_tick_of_a_project_that_changes_nothing_leaves_its_start_and_its_end() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(1e9)
        refused, *_ = bench.platform.add_to_project(PROJECT, 30)
        bench.platform.deeds[refused] = ["403"]
        for _ in range(3):
            await bench.project_tick(max_running=5)
        before = len(bench.store)

        for _ in range(5):
            await bench.clock.sleep(TICK_S)
            _, report, _ = await bench.project_tick(max_running=5)

        assert len(bench.store) == before + 2 * 5
        assert report.summary.requested == 30

    run_virtual(main())


def test_a_draft_more_costs_no_fact_of_what_lists_show_as_before() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(1e9)
        bench.platform.add_to_project(PROJECT, 30)
        for _ in range(3):
            await bench.project_tick(max_running=5)
        before = len(bench.store)
        (more,) = bench.platform.add_to_project(PROJECT, 1)

        await bench.project_tick(max_running=5)

        added = [record.entry for record in bench.store[before:]]
        assert [entry.task for entry in added if isinstance(entry, Seen)] == [more]
        asked = [entry for entry in added if isinstance(entry, Requested)]
        assert [entry.task for entry in asked if not entry.again] == [more]
        assert len(asked) == 31  # its rows

    run_virtual(main())


def test_the_canaries_of_a_project_that_fail_halt_all_ticks_after_it() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lambda _task: Life(runs_s=60.0, ends="FAILED")
        bench.platform.add_to_project(PROJECT, 9)
        ticks = []
        for _ in range(5):
            ticks.append(await bench.project_tick(canary=2))
            await bench.clock.sleep(TICK_S)

        assert [code for code, _, _ in ticks] == [0, 4, 4, 4, 4]
        assert [bool(news) for _, _, news in ticks] == [False, True, False, False, False]
        assert len(bench.platform.begun) == 2

    run_virtual(main())


def test_the_canaries_of_one_tick_of_a_project_let_the_rest_follow_for_good() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lambda _task: Life(queued_s=60.0, runs_s=900.0)
        bench.platform.add_to_project(PROJECT, 9)
        begun, rows = [], []
        for number in range(6):
            if number > 2:
                bench.platform.add_to_project(PROJECT, 4)
            _, report, _ = await bench.project_tick(canary=2)
            begun.append(len(bench.platform.begun))
            rows.append(report.summary.requested)
            await bench.clock.sleep(TICK_S)

        assert begun == [2, 9, 9, 13, 17, 21]
        assert rows[-1] == 2 + 3 * 4  # canaries of long ago; new, active and just ended tasks

    run_virtual(main())


def test_a_limit_of_costs_holds_for_all_ticks_of_a_project_together() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(300.0)
        add_completed(bench, "2.00")
        add_drafts(bench, 12, price="2.00")
        ticks = []
        for _ in range(5):
            ticks.append(await bench.project_tick(max_cost="6", max_running=2))
            await bench.clock.sleep(TICK_S)

        assert spent(bench) == 6
        assert [code for code, _, _ in ticks] == [0, 0, 4, 4, 4]
        assert [bool(news) for _, _, news in ticks] == [False, False, True, False, False]

    run_virtual(main())


def test_other_runs_in_between_make_no_tick_forget_what_it_spent() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(300.0)
        add_completed(bench, "2.00")
        add_drafts(bench, 12, price="2.00")
        others = add_drafts(bench, 1, price="0.50", project="RFranklin/two")
        await bench.project_tick(max_cost="6")
        for _ in range(25):
            await bench.tick(others)
        await bench.clock.sleep(TICK_S)

        code, _, _ = await bench.project_tick(max_cost="6")

        assert (code, spent(bench)) == (4, Decimal("6.50"))

    run_virtual(main())


def test_ticks_of_a_project_count_rejected_tasks_once_towards_the_failures() -> None:
    async def main() -> None:
        bench = ProjectBench()
        (refused,) = bench.platform.add_to_project(PROJECT, 1)
        bench.platform.deeds[refused] = ["403"] * 9
        codes = []
        for _ in range(4):
            bench.platform.add_to_project(PROJECT, 1)
            codes.append((await bench.project_tick(max_failures="1"))[0])

        assert codes == [1, 0, 0, 0]
        assert len(bench.platform.starts) == 4

    run_virtual(main())


def test_ticks_of_a_project_that_die_start_nothing_twice_and_keep_to_their_limits(
    seed: int,
) -> None:
    async def main(chance: random.Random) -> int:
        bench = ProjectBench()
        bench.platform.orphans_arrive = True
        bench.platform.lives = lambda task: Life(
            runs_s=900.0, ends=("COMPLETED", "FAILED")[int(task[-1], 16) % 2]
        )
        add_completed(bench, "2.00")
        words = {"max_running": 3, "max_cost": "14", "allow_empty": True}
        died = 0
        for number in range(24):
            if number < 12:
                add_drafts(bench, 1, price="2.00")
            power = Power(goes_at=chance.randint(1, 60) if number < 16 else None)
            died += await bench.tick_died(power, **words)
            await bench.clock.sleep(TICK_S)

        told = Counter(trouble for news in bench.told for trouble in news.troubles.items())
        failed = [s.task for s in bench.platform.begun if int(s.task[-1], 16) % 2]
        assert set(bench.platform.starts.values()) == {1}
        assert spent(bench) == 14
        assert bench.platform.active_at_most() <= 3
        assert told == {(task, "FAILED"): 1 for task in failed}
        return died

    died = [run_virtual(main(random.Random(f"{seed} {number}"))) for number in range(6)]
    assert sum(died) > 20


# ------------------------------------------------------------ ticks of a file


def test_a_limit_of_costs_halts_one_tick_after_the_other_and_is_told_once() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=300.0)
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 12, price="2.00")
        ticks = []
        for _ in range(4):
            ticks.append(await bench.tick(tasks, max_cost=usd("6")))
            await bench.clock.sleep(TICK_S)

        assert spent(bench) == 6
        assert [bool(news) for _, _, news in ticks].count(True) == 1
        assert ticks[-1][0] == 4

    run_virtual(main())


def test_each_tick_launches_up_to_its_limit_and_never_more_than_may_run() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(1500.0)
        tasks = bench.platform.add_drafts(7)
        launched = []
        for _ in range(10):
            _, report, _ = await bench.tick(tasks, limit=2, max_running=3)
            launched.append(report.summary.launched)
            await bench.clock.sleep(TICK_S)

        assert launched == [2, 3, 3, 5, 6, 6, 7, 7, 7, 7]
        assert bench.platform.active_at_most() == 3
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


# ------------------------------------------------------------ limits of costs


def test_a_run_over_a_project_that_is_repeated_spends_no_more_than_the_first() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lives(100.0)
        add_completed(bench, "2.00")
        drafts = add_drafts(bench, 12, price="2.00")
        bench.platform.start(drafts[0], by=OTHERS)
        codes = [
            (await bench.project(max_cost="12", max_running=2, canary=1, poll="5s"))[0]
            for _ in range(3)
        ]

        assert codes == [4, 4, 4]
        assert spent(bench) == 12
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_a_run_that_was_killed_is_gone_on_with_within_its_costs_and_slots() -> None:
    async def main(goes_at: int) -> bool:
        bench = priced_bench(runs_s=50.0)
        bench.platform.orphans_arrive = True
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 8, price="2.00")
        bench.orders = replace(bench.orders, max_cost=usd("10"), max_running=2)
        died = await bench.crashed(tasks, Power(goes_at=goes_at))
        await bench.clock.sleep(goes_at % 7 * 11.0)

        exit_code, _ = await bench.run(tasks)

        assert exit_code == 4
        assert spent(bench) == 10
        assert bench.platform.active_at_most() == 2
        assert set(bench.platform.starts.values()) == {1}
        return died

    died = [run_virtual(main(goes_at)) for goes_at in range(3, 90, 6)]
    assert sum(died) > 10


def _states(report: Report) -> dict[str, int]:
    return dict(report.summary.states)


def test_a_limit_of_costs_is_told_after_what_was_started_has_ended_where_that_is_awaited() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 6, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("6"), wait=True)

        assert (exit_code, _states(report), report.summary.pending) == (4, {"COMPLETED": 3}, 3)
        assert (report.run.reason or "").endswith("USD 6.00 is the limit (--max-cost)")
        assert spent(bench) == 6

    run_virtual(main())


def test_the_same_words_again_go_on_waiting_though_the_limit_of_costs_is_reached() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 6, price="2.00")
        bench.orders = replace(bench.orders, max_cost=usd("6"), wait=True)
        bench.platform.deeds[tasks[1]] = ["502", "late"]

        cut = await bench.run(tasks, deadline_s=20.0)
        whole = await bench.run(tasks)

        assert [code for code, _ in (cut, whole)] == [4, 4]
        assert "--deadline" in (cut[1].run.reason or "")
        assert _states(cut[1]) == {"RUNNING": 3}
        assert _states(whole[1]) == {"COMPLETED": 3}
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_deadline_that_passes_after_all_have_ended_within_their_costs_is_no_halt() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        tasks = add_drafts(bench, 3, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("6"), wait=True, deadline_s=500.0)

        assert (exit_code, _states(report)) == (0, {"COMPLETED": 3})

    run_virtual(main())


def test_prices_that_are_not_shown_end_no_waiting() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        first, *others = add_drafts(bench, 4, price=None)
        bench.platform.lives = lambda task: Life(runs_s=50.0 if task == first else 300.0)
        await bench.run(others[:1])

        exit_code, report = await bench.run((first, *others), max_cost=usd("6"), wait=True)

        assert exit_code == 4
        assert set(_states(report)) == {"COMPLETED"}
        assert "shows no price" in (report.run.reason or "")

    run_virtual(main())


# ------------------------------------------------------------ slots, turns and shares


def test_time_between_starts_lets_no_more_run_than_may() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(30.0)
        tasks = bench.platform.add_drafts(12)
        for task in tasks[:4]:
            bench.platform.deeds[task] = ["502", "late"]

        exit_code, _ = await bench.run(tasks, max_running=3, stagger_s=5.0, poll_s=5.0)
        sent = _run_requests(bench)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3
        assert min(after - before for before, after in pairwise(sent)) >= 5.0

    run_virtual(main())


def _run_requests(bench: Bench) -> Sequence[float]:
    return [at for at, kind in bench.platform.log if kind == "run"]


def test_the_share_of_others_is_left_while_projects_are_listed_too() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.window = Window(limit=20, length_s=30.0)
        bench.platform.add_to_project(PROJECT, 250)
        used: list[int] = []
        take = bench.platform.window.take

        def noted(now: float) -> bool:
            is_there = take(now)
            used.append(bench.platform.window.used)
            return is_there

        bench.platform.window.take = noted  # type: ignore[method-assign]
        exit_code, report = await bench.project(reserve_share=0.5)

        assert (exit_code, report.summary.launched) == (0, 250)
        assert max(used) <= 10

    run_virtual(main())


def test_canaries_of_a_project_go_ahead_within_the_slots_that_others_take() -> None:
    async def main() -> None:
        bench = ProjectBench()
        bench.platform.lives = lambda _task: Life(queued_s=20.0, runs_s=80.0)
        theirs, *drafts = bench.platform.add_to_project(PROJECT, 9)
        bench.platform.start(theirs, by=OTHERS)

        exit_code, report = await bench.project(canary=2, max_running=3, poll="5s")
        begun = [start.at for start in bench.platform.begun if start.by != OTHERS]

        assert (exit_code, report.summary.launched, report.summary.skipped) == (0, 8, 1)
        assert bench.platform.active_at_most() == 3
        assert begun[2] >= begun[1] + 20.0
        assert set(drafts) == {start.task for start in bench.platform.begun[1:]}

    run_virtual(main())
