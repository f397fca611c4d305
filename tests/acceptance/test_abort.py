"""`launcher abort`: the real command against the simulator, on runs that ended and that go on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from acceptance.test_terminal import QUESTION, Person
from launcher.simulator import Fault, RequestKind, Scenario, Simulator
from support.acceptance import environment_for, rows_of
from support.limits import once
from support.served import served

JOURNAL = ("--journal", "j.db", "--settle", "0.3s")
ABORT = ("abort", "last", "--yes", *JOURNAL)


@contextlib.contextmanager
def _served(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        yield simulator


def _run(call: Call, *tasks: str, report: str = "out.csv") -> Said:
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in tasks))
    return call("run", "tasks.txt", *JOURNAL, "--report", report)


def _fates(path: str) -> Counter[str]:
    return Counter(row["remark"].split(":")[0] for row in rows_of(Path(path)))


def _goes_on(simulator: Simulator, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "launcher", *words],
        env=environment_for(simulator),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _wait_for(simulator: Simulator, kind: RequestKind, count: int) -> None:
    until = time.monotonic() + 30
    while simulator.truth.requests[kind] < count:
        assert time.monotonic() < until, f"{kind} was not asked for {count} times"
        time.sleep(0.01)


def _run_id(index: int = -1) -> str:
    paths = sorted(Path("launcher-reports").glob("*.csv"))
    return paths[index].stem


def test_what_the_last_run_launched_is_aborted_once_and_a_second_abort_only_reads(
    call: Call, simulator: Simulator
) -> None:
    _run(call, *simulator.task_ids)

    said = call(*ABORT, "--report", "a.csv", "--report", "a.json")
    again = call(*ABORT, "--report", "b.csv")

    assert (said.exit_code, again.exit_code) == (0, 0), said.words + again.words
    assert _fates("a.csv") == _fates("b.csv") == {"aborted": 20}
    assert {row["outcome"] for row in rows_of(Path("a.csv"))} == {"launched"}
    assert simulator.truth.aborted == simulator.task_ids
    assert simulator.truth.requests[RequestKind.ABORT] == 20
    assert "20 aborted:" in said.words
    report = json.loads(Path("a.json").read_text())
    assert report["summary"]["aborts"] == {"aborted": 20}
    assert report["run"]["aborts"] == report["tasks"][0]["run_id"]


def test_a_later_run_that_launched_nothing_is_not_the_last_one(
    call: Call, simulator: Simulator
) -> None:
    _run(call, *simulator.task_ids, report="first.csv")
    _run(call, *simulator.task_ids)

    said = call(*ABORT, "--report", "a.csv")

    assert said.exit_code == 0, said.words
    assert _fates("a.csv") == {"aborted": 20}
    assert {row["run_id"] for row in rows_of(Path("a.csv"))} == {
        row["run_id"] for row in rows_of(Path("first.csv"))
    }


def test_of_three_runs_only_the_named_one_loses_its_tasks(call: Call, simulator: Simulator) -> None:
    tasks = simulator.task_ids
    simulator.start_as_somebody_else(tasks[12])
    _run(call, *tasks[:5])
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in tasks[:13]))
    call("run", "tasks.txt", *JOURNAL)
    _run(call, *tasks)

    said = call("abort", _run_id(), "--yes", *JOURNAL, "--report", "a.csv")

    assert said.exit_code == 0, said.words
    assert set(simulator.truth.aborted) == set(tasks[5:12])
    assert [row["task_id"] for row in rows_of(Path("a.csv"))] == list(tasks[5:12])


def test_runs_and_reports_tell_of_the_abort_and_of_the_launch_what_is_true(
    call: Call, simulator: Simulator
) -> None:
    _run(call, *simulator.task_ids)
    call(*ABORT)
    listed = call("runs", "--journal", "j.db").out.splitlines()
    own = call("report", "--journal", "j.db").out
    launched = listed[1].split()[0]
    then = call("report", launched, "--journal", "j.db").out
    now = call("report", launched, "--now", "--journal", "j.db").out

    assert f"20 tasks: 20 aborted; an abort of run {launched}" in listed[2]
    assert "20 tasks: 20 launched" in listed[1]
    assert own.count(",aborted\n") == 20
    assert "abort" not in then
    assert now.count(f"aborted by run {listed[2].split()[0]}") == 20


def test_aborted_tasks_are_not_launched_again(call: Call, simulator: Simulator) -> None:
    _run(call, *simulator.task_ids)
    call(*ABORT)

    assert _run(call, *simulator.task_ids).exit_code == 0
    assert not simulator.truth.doubles


def test_without_a_terminal_and_without_yes_nothing_is_aborted(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(call, *simulator.task_ids)
    before = simulator.truth.counted
    monkeypatch.setenv("LAUNCHER_YES", "true")  # agrees to launches

    said = call("abort", "last", *JOURNAL, "--report", "a.csv")

    assert said.exit_code == 2
    assert "give --yes" in said.words
    assert simulator.truth.counted == before
    assert not Path("a.csv").exists()


def test_the_report_of_launches_in_the_settings_is_not_written_over(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(call, *simulator.task_ids)
    before = Path("out.csv").read_bytes()
    monkeypatch.setenv("LAUNCHER_REPORT", "out.csv")

    assert call(*ABORT).exit_code == 0
    assert Path("out.csv").read_bytes() == before
    assert _fates(f"launcher-reports/{_run_id()}.csv") == {"aborted": 20}


def test_what_cannot_be_aborted_is_told_with_exit_2(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no runs yet" in call(*ABORT).words
    _run(call, *simulator.task_ids[:1])
    call(*ABORT)

    unknown = call("abort", "nonsense", "--yes", *JOURNAL)
    of_an_abort = call("abort", _run_id(), "--yes", *JOURNAL)
    monkeypatch.setenv("SB_API_ENDPOINT", "http://127.0.0.1:9/v2")
    elsewhere = call(*ABORT)

    assert {said.exit_code for said in (unknown, of_an_abort, elsewhere)} == {2}
    assert "no run 'nonsense'" in unknown.words
    assert "launched nothing: it aborted run" in of_an_abort.words
    assert "the credentials are for http://127.0.0.1:9/v2" in elsewhere.words
    assert len(simulator.truth.aborted) == 1


def test_faults_of_aborts_lose_none_and_end_each_once(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = (
        Fault.UNAVAILABLE_AFTER,
        Fault.UNAVAILABLE_BEFORE,
        Fault.CUT_BEFORE,
        Fault.RESET_AFTER,
    )
    scenario = Scenario(tasks=12, read_scripts={RequestKind.ABORT: faults})
    with _served(scenario, monkeypatch) as simulator:
        _run(call, *simulator.task_ids)
        said = call(*ABORT, "--report", "a.csv")

        assert said.exit_code == 0, said.words
        assert _fates("a.csv") == {"aborted": 12}
        assert sorted(simulator.truth.aborted) == sorted(simulator.task_ids)
        assert simulator.truth.faults.total() == 4
        assert simulator.truth.requests[RequestKind.ABORT] <= 14


def test_the_children_of_a_batch_go_with_their_parent(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(batch_tasks=2, aborting_s=0), monkeypatch) as simulator:
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        call("run", "tasks.txt", "--allow-batch", *JOURNAL)
        said = call(*ABORT)

        children = [c for task in simulator.task_ids for c in simulator.truth.children_of(task)]
        assert said.exit_code == 0, said.words
        assert simulator.truth.requests[RequestKind.ABORT] == 2
        assert {simulator.truth.status_of(child) for child in children} == {"ABORTED"}


@pytest.mark.takes(3)
def test_a_run_that_goes_on_is_stopped_first_and_all_that_it_started_is_aborted(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(tasks=60, run_latency_s=0.4), monkeypatch) as simulator:
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        words = ("run", "tasks.txt", *JOURNAL, "--concurrency", "4", "--report", "out.csv")
        with _goes_on(simulator, *words) as run:
            _wait_for(simulator, RequestKind.RUN, 10)
            said = call(*ABORT, "--report", "a.csv")
            assert run.wait(30) == 143

        started = set(simulator.truth.started)
        outcomes = {row["task_id"]: row["outcome"] for row in rows_of(Path("out.csv"))}
        assert said.exit_code == 0, said.words
        assert "was asked to stop; waiting" in said.words
        assert 10 <= len(started) < 60
        assert set(simulator.truth.aborted) == started
        assert {task for task, one in outcomes.items() if one == "launched"} == started
        assert {row["task_id"] for row in rows_of(Path("a.csv"))} == started


@pytest.mark.takes(3)
def test_another_run_that_goes_on_is_not_disturbed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(tasks=30, run_latency_s=0.3), monkeypatch) as simulator:
        Path("tasks.txt").write_text(f"{simulator.task_ids[0]}\n")
        call("run", "tasks.txt", *JOURNAL)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        first = _run_id()
        with _goes_on(simulator, "run", "tasks.txt", *JOURNAL, "--concurrency", "4") as run:
            _wait_for(simulator, RequestKind.RUN, 6)
            said = call("abort", first, "--yes", *JOURNAL, "--report", "a.csv")
            assert run.wait(30) == 0

        assert said.exit_code == 75
        assert "nothing was aborted" in said.words
        assert not simulator.truth.aborted
        assert not Path("a.csv").exists()
        assert len(simulator.truth.started) == 30


@pytest.mark.takes(3)
def test_what_a_killed_run_left_in_doubt_is_settled_and_aborted(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(tasks=30, run_latency_s=0.3), monkeypatch) as simulator:
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        with _goes_on(simulator, "run", "tasks.txt", *JOURNAL, "--concurrency", "8") as run:
            _wait_for(simulator, RequestKind.RUN, 14)
            run.kill()
        said = call(*ABORT, "--report", "a.csv")

        assert said.exit_code == 0, said.words
        assert set(simulator.truth.aborted) == set(simulator.truth.started)
        assert set(_fates("a.csv")) <= {"aborted", "draft"}
        assert _fates("a.csv")["aborted"] == len(simulator.truth.started)


def test_after_ctrl_c_the_same_command_goes_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with _served(Scenario(tasks=40, latency_s=0.05), monkeypatch) as simulator:
        _run(call, *simulator.task_ids)
        with once(
            lambda: simulator.truth.requests[RequestKind.ABORT] >= 8,
            lambda: os.kill(os.getpid(), signal.SIGINT),
        ):
            said = call(*ABORT, "--concurrency", "2", "--report", "a.csv")
        first = _fates("a.csv")

        assert said.exit_code == 130
        assert "To go on: launcher abort last --yes" in said.words
        assert set(first) == {"aborted", "pending"}
        assert first["aborted"] == len(simulator.truth.aborted)

        assert call(*ABORT, "--report", "b.csv").exit_code == 0
        assert _fates("b.csv") == {"aborted": 40}
        assert sorted(simulator.truth.aborted) == sorted(simulator.task_ids)
        assert simulator.truth.requests[RequestKind.ABORT] == 40


@pytest.mark.takes(3)
def test_a_killed_abort_goes_on_with_the_next(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with _served(Scenario(tasks=40, latency_s=0.1), monkeypatch) as simulator:
        _run(call, *simulator.task_ids)
        with _goes_on(simulator, *ABORT, "--concurrency", "3") as abort:
            _wait_for(simulator, RequestKind.ABORT, 10)
            abort.kill()
        said = call(*ABORT, "--report", "a.csv")

        assert said.exit_code == 0, said.words
        assert _fates("a.csv") == {"aborted": 40}
        assert sorted(simulator.truth.aborted) == sorted(simulator.task_ids)
        assert simulator.truth.requests[RequestKind.ABORT] <= 43


@pytest.mark.parametrize(("keys", "exit_code"), [("y\r", 0), ("n\r", 130), ("\x03", 130)])
def test_a_person_is_asked_with_count_and_project(
    call: Call, simulator: Simulator, *, keys: str, exit_code: int
) -> None:
    _run(call, *simulator.task_ids)
    person = Person(simulator, "abort", "last", *JOURNAL, cwd=Path.cwd())

    person.waits_for("Abort 20 tasks launched by run .* in RFranklin/my-project")

    assert person.waits_for(QUESTION).types(keys).end() == exit_code
    assert len(simulator.truth.aborted) == (20 if exit_code == 0 else 0)
    assert ("nothing was aborted" in person.written) is (exit_code != 0)


def test_what_paces_launches_alone_keeps_nobody_from_aborting(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(call, *simulator.task_ids)
    monkeypatch.setenv("LAUNCHER_MAX_RUNNING_FILE", "gone.txt")

    said = call(*ABORT, "--report", "a.csv")

    assert said.exit_code == 0, said.words
    assert _fates("a.csv") == {"aborted": 20}
