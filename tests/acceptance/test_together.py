"""Options that only the command line puts together, over real HTTP."""

import resource
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.conftest import Call
from acceptance.test_project import ONE, platform
from acceptance.test_rerun import SHORT, WORDS, _launched, _use
from acceptance.test_ticks import _held
from launcher.simulator import Kind, RequestKind, Scenario
from support.acceptance import rows_of
from support.limits import limited, once
from support.served import served

TICK = ("run", "--project", ONE, "--once", "--journal", "j.db", "--report", "out.csv")
LONG = Scenario(
    tasks=9, projects=(ONE,), apps=(f"{ONE}/align/3",), run_median_s=3600, queued_s=0, creating_s=0
)


def test_ticks_of_a_project_are_one_job_in_reports_lists_and_plans(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform(monkeypatch, LONG) as simulator:
        ticks = [call(*TICK, "--max-running", "4", "--canary", "1") for _ in range(3)]
        plan = call("plan", *TICK[1:5], "j.db")
        runs = [line for line in call("runs", "--journal", "j.db").out.splitlines() if ":" in line]
        second = call("report", runs[1].split()[0], "-o", "-", "--journal", "j.db").out

        assert [(said.exit_code, said.words) for said in ticks] == [(0, "")] * 3
        assert len(simulator.truth.started) == 4
        assert not simulator.truth.doubles
        outcomes = [row["outcome"] for row in rows_of(Path("out.csv"))]
        assert (outcomes.count("launched"), outcomes.count("pending")) == (4, 5)
        assert "9 tasks: 5 drafts to launch, 4 launched by earlier runs" in plan.out
        assert "9 tasks: 4 launched (1 before), 5 pending" in runs[1]
        assert second.count(",launched,") == 4


def test_a_tick_that_waits_for_the_journal_lists_the_project_when_it_has_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    with platform(monkeypatch, LONG) as simulator, _held(simulator, free):
        in_vain = call(*TICK, "--if-locked", "wait", "--deadline", "1.2s")
        listed = simulator.truth.requests[RequestKind.LIST]
        threading.Timer(0.5, free.set).start()
        said = call(*TICK, "--if-locked", "wait", "--limit", "2")

        assert (in_vain.exit_code, listed) == (75, 0)
        assert said.exit_code == 4
        assert "no more than 2 were to be started (--limit)" in said.words
        assert len(simulator.truth.started) == 2


def test_what_a_rerun_is_going_to_cost_is_said_before_it_clones(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(replace(SHORT, tasks=8, failed_share=0.5)) as simulator:
        _use(simulator, monkeypatch)
        _launched(call, simulator)
        words = ("--rerun-failed", "last", *WORDS)
        plan = call("plan", *words, "--estimate")
        run = call("run", *words, "--max-cost", "500")

        assert "to clone and launch. Cost: about USD " in " ".join(plan.out.split())
        assert "to clone and launch. Cost: about USD " in " ".join(run.words.split())
        assert plan.exit_code == 0


def test_a_plan_of_a_tick_asks_for_no_refusal_again_though_the_list_has_changed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with platform(monkeypatch, replace(LONG, tasks=3, special={Kind.NO_EXECUTE: 1})):
        first = call(*TICK)
        plans = [call("plan", *TICK[1:5], "j.db"), call("plan", *TICK[1:3], "--journal", "j.db")]
        second = call(*TICK)

        assert (first.exit_code, second.exit_code, second.words) == (1, 0, "")
        assert "no drafts to launch, 1 rejected" in plans[0].out
        assert "1 draft to launch" in plans[1].out


def test_news_of_a_tick_of_a_project_that_loses_its_journal_are_told_by_the_next(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = replace(LONG, tasks=30, failed_share=1.0, run_median_s=0.01, run_latency_s=0.05)
    words = (*TICK, "--settle", "0.1s", "--concurrency", "4")

    def fill() -> None:
        size_bytes = Path("j.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes + 9_000, resource.RLIM_INFINITY))

    with platform(monkeypatch, failing) as simulator:
        call(*words, "--limit", "5")
        failed = {*simulator.truth.started}
        with (
            limited(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY),
            once(lambda: len(simulator.truth.started) >= 12, fill),
        ):
            broken = call(*words)
        started = len(simulator.truth.started)
        told = [call(*words).words for _ in range(2)]

        assert (broken.exit_code, started < 30) == (5, True)
        assert broken.words.count("cannot write the journal") == 1
        assert not [task for task in failed if task in broken.words]
        assert {"".join(told).count(task) for task in failed} == {1}
        assert len(simulator.truth.started) == 30
        assert not simulator.truth.doubles
