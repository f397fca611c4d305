"""`--rerun-failed`: what failed on the platform is cloned once, whatever happens, and launched."""

import asyncio
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from acceptance.test_terminal import QUESTION, Person
from launcher.adapters.journal import read_journal
from launcher.simulator import Fault, RequestKind, Scenario, Simulator
from support.acceptance import Process, rows_of
from support.served import served

WORDS = ("--journal", "j.db", "--settle", "0.05s")
ENDED = {"COMPLETED", "FAILED", "ABORTED"}
SHORT = Scenario(run_median_s=0.02, queued_s=0.01, creating_s=0.01, failed_share=1.0)
"""Every task of ours fails soon."""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def _use(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
    monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)


def _launched(call: Call, simulator: Simulator, *words: str) -> Said:
    """Launch all tasks of the simulator, and return when they have ended."""
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
    said = call("run", "tasks.txt", *WORDS, *words)
    _until_ended(simulator, simulator.task_ids)
    return said


def _until_ended(simulator: Simulator, tasks: tuple[str, ...]) -> None:
    for _ in range(1000):
        if all(simulator.truth.status_of(task) in ENDED for task in tasks):
            return
        time.sleep(0.01)
    raise TimeoutError("the tasks do not end")


def _clones_of(simulator: Simulator) -> list[str]:
    """Return the clones in the order of the tasks, each of which has one."""
    made = simulator.truth.clones
    assert {len(made[task]) for task in made} <= {1}
    return [made[task][0] for task in simulator.task_ids if task in made]


def test_what_failed_is_planned_cloned_launched_and_never_cloned_again(
    call: Call, environment: pytest.MonkeyPatch
) -> None:
    with served(replace(SHORT, tasks=6)) as simulator:
        _use(simulator, environment)
        _launched(call, simulator)

        plan = call("plan", "--rerun-failed", "last", *WORDS, "--report", "plan.csv")
        assert simulator.truth.requests[RequestKind.CLONE] == 0
        run = call("run", "--rerun-failed", "last", *WORDS, "--report", "out.csv")
        clones = _clones_of(simulator)
        _until_ended(simulator, tuple(clones))
        first = read_journal(Path("j.db")).runs()[0][0].run
        again = call("run", "--rerun-failed", first, *WORDS, "--report", "again.csv")
        further = call("plan", "--rerun-failed", "last", *WORDS)

        assert (plan.exit_code, run.exit_code, again.exit_code) == (0, 0, 0)
        assert "6 tasks: 6 to clone and launch. About 12 requests in 1 window of 1,000" in plan.out
        assert [row["outcome"] for row in rows_of(Path("plan.csv"))] == ["pending"] * 6
        rows = rows_of(Path("out.csv"))
        assert [row["task_id"] for row in rows] == clones
        assert {row["outcome"] for row in rows} == {"launched"}
        assert [row["source"] for row in rows] == [f"clone of {t}" for t in simulator.task_ids]
        assert [row["task_id"] for row in rows_of(Path("again.csv"))] == clones
        assert simulator.truth.requests[RequestKind.CLONE] == 6
        assert not simulator.truth.doubles
        assert f"6 of 6 that run {first} launched failed or were aborted" in run.words
        assert "6 tasks: 6 to clone and launch" in further.out

    assert len(simulator.truth.started) == 12


def test_where_nothing_failed_there_is_nothing_to_do_and_all_is_well(
    call: Call, simulator: Simulator
) -> None:
    Path("tasks.txt").write_text(simulator.task_ids[0])
    call("run", "tasks.txt", *WORDS)

    said = call("run", "--rerun-failed", "last", *WORDS, "--report", "out.csv")

    assert said.exit_code == 0
    assert "0 of 1 that run" in said.words
    assert rows_of(Path("out.csv")) == []
    assert simulator.truth.requests[RequestKind.CLONE] == 0


@pytest.mark.parametrize(
    "seed_of_faults", [0, *(pytest.param(seed, marks=pytest.mark.prove) for seed in (1, 2))]
)
def test_lost_and_refused_answers_make_no_second_clone(
    call: Call, environment: pytest.MonkeyPatch, seed_of_faults: int
) -> None:
    scenario = replace(SHORT, tasks=40, seed=seed_of_faults, clone_fault_share=0.5)
    with served(scenario) as simulator:
        _use(simulator, environment)
        _launched(call, simulator)

        said = call("run", "--rerun-failed", "last", *WORDS, "--report", "out.csv")

        assert said.exit_code == 0, said.words
        assert [row["task_id"] for row in rows_of(Path("out.csv"))] == _clones_of(simulator)
        assert len(simulator.truth.started) == 80
        assert not simulator.truth.doubles
        assert sum(simulator.truth.faults.values()) > 10


def test_tasks_of_one_name_are_cloned_each_though_answers_are_lost(
    call: Call, environment: pytest.MonkeyPatch
) -> None:
    weights = {Fault.RESET_AFTER: 1.0}
    scenario = replace(
        SHORT, tasks=8, names=("align",), clone_fault_share=0.5, clone_fault_weights=weights
    )
    with served(scenario) as simulator:
        _use(simulator, environment)
        _launched(call, simulator)

        said = call("run", "--rerun-failed", "last", *WORDS, "--report", "out.csv")

        assert said.exit_code == 0, said.words
        assert [row["task_id"] for row in rows_of(Path("out.csv"))] == _clones_of(simulator)
        assert simulator.truth.faults[Fault.RESET_AFTER] > 1


def test_batch_tasks_are_asked_about_before_they_are_cloned(
    call: Call, environment: pytest.MonkeyPatch
) -> None:
    scenario = replace(SHORT, batch_tasks=1, children_per_batch=2)
    with served(scenario) as simulator:
        _use(simulator, environment)
        _launched(call, simulator, "--allow-batch")

        refused = call("run", "--rerun-failed", "last", *WORDS)
        assert simulator.truth.requests[RequestKind.CLONE] == 0
        allowed = call("run", "--rerun-failed", "last", *WORDS, "--unbatch", "--report", "out.csv")

        assert (refused.exit_code, allowed.exit_code) == (2, 0)
        assert "1 batch task, which starts many" in refused.words
        (row,) = rows_of(Path("out.csv"))
        assert row["outcome"] == "launched"
        assert simulator.truth.children_of(row["task_id"]) == ()


def test_wrong_use_is_told_before_anything_is_sent(call: Call, simulator: Simulator) -> None:
    nothing = call("run", "--rerun-failed", "last", *WORDS)
    Path("tasks.txt").write_text(simulator.task_ids[0])
    call("run", "tasks.txt", *WORDS)
    asked = simulator.truth.requests.total()

    unknown = call("run", "--rerun-failed", "20260101-000000000-abcd", *WORDS)
    beside = call("run", "tasks.txt", "--rerun-failed", "last", *WORDS)

    assert [said.exit_code for said in (nothing, unknown, beside)] == [2, 2, 2]
    assert "the journal holds no run yet" in nothing.words
    assert "no run '20260101-000000000-abcd' in the journal" in unknown.words
    assert "--rerun-failed takes no ids beside it" in beside.words
    assert simulator.truth.requests.total() == asked


def test_another_accounts_run_is_not_launched_again(
    call: Call, environment: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=1)) as one, served(Scenario(tasks=1)) as other:
        _use(one, environment)
        _launched_once(call, one)
        run = read_journal(Path("j.db")).runs()[0][0].run
        _use(other, environment)

        said = call("run", "--rerun-failed", run, *WORDS)
        last = call("run", "--rerun-failed", "last", *WORDS)

        assert (said.exit_code, last.exit_code) == (2, 2)
        assert f"run {run} is a run of {one.user} at {one.endpoint}" in said.words
        assert f"the journal holds no run of {other.user}" in last.words


def _launched_once(call: Call, simulator: Simulator) -> None:
    Path("tasks.txt").write_text(simulator.task_ids[0])
    assert call("run", "tasks.txt", *WORDS).exit_code == 0


def test_a_terminal_is_asked_once_before_more_than_50_clones(
    call: Call, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(replace(SHORT, tasks=51)) as simulator:
        _use(simulator, environment)
        _launched(call, simulator)
        words = ("run", "--rerun-failed", "last", *WORDS)

        no = Person(simulator, *words, cwd=tmp_path)
        code = no.waits_for(f"Clone and launch 51 tasks\\? {QUESTION}").types("n\n").end()
        assert (code, simulator.truth.requests[RequestKind.CLONE]) == (130, 0)
        yes = Person(simulator, *words, cwd=tmp_path)
        code = yes.waits_for(f"Clone and launch 51 tasks\\? {QUESTION}").types("y\n").end()

        assert code == 0
        assert len(_clones_of(simulator)) == 51
        assert len(simulator.truth.started) == 102


@pytest.mark.prove
async def test_kills_at_random_moments_make_no_second_clone(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    scenario = replace(SHORT, tasks=60, seed=seed, clone_fault_share=0.2, latency_s=0.05)
    words = ("run", "--rerun-failed", "last", "--journal", "j.db", "--settle", "0.3s")
    async with Simulator(scenario) as simulator:
        ids = "".join(f"{task}\n" for task in simulator.task_ids)
        (tmp_path / "tasks.txt").write_text(ids)
        first = await Process.start(
            simulator, "run", "tasks.txt", "--journal", "j.db", cwd=tmp_path
        )
        assert (await first.end())[0] == 0
        for _ in range(500):
            if all(simulator.truth.status_of(task) == "FAILED" for task in simulator.task_ids):
                break
            await asyncio.sleep(0.01)
        kills = 0
        for _ in range(5):
            asked = simulator.truth.requests.total()
            process = await Process.start(simulator, *words, "--concurrency", "4", cwd=tmp_path)
            for _ in range(2000):
                if simulator.truth.requests.total() > asked:
                    break
                await asyncio.sleep(0.005)
            await asyncio.sleep(chance.random() * 1.2)
            process.send(signal.SIGKILL)
            kills += (await process.end())[0] == -signal.SIGKILL
        runs = read_journal(tmp_path / "j.db").runs()
        last = ("--report", "out.csv")
        of = ("run", "--rerun-failed", runs[0][0].run, *words[3:])
        process = await Process.start(simulator, *of, *last, cwd=tmp_path)
        exit_code, _, said = await process.end()

        rows = rows_of(tmp_path / "out.csv")
        assert kills >= 2
        assert exit_code == 0, said
        assert [row["task_id"] for row in rows] == _clones_of(simulator)
        assert {row["outcome"] for row in rows} == {"launched"}
        assert len(rows) == 60
        assert not simulator.truth.doubles
