"""`--on-finish`: a command of the user's own, which never changes how a run ended."""

import asyncio
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.hook import run_hook
from launcher.simulator import Kind, Scenario, Simulator
from support.acceptance import Process, rows_of
from support.served import served

QUICK = ("--journal", "j.db", "--settle", "0.05s", "--report", "out.csv", "--quiet")
WARNING = "the command of --on-finish went wrong"


def _use(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
    monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


def test_it_is_told_how_the_run_ended_and_never_the_token(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=3, special={Kind.NO_EXECUTE: 1})) as simulator:
        _use(simulator, monkeypatch)
        monkeypatch.setenv("LAUNCHER_ON_FINISH", "env > told; cp out.csv copy.csv")
        said = call("run", "tasks.txt", *QUICK)

    told = dict(line.split("=", 1) for line in Path("told").read_text().splitlines() if "=" in line)
    assert said.exit_code == 1
    assert {name: value for name, value in told.items() if name.startswith("RUN_")} == {
        "RUN_ID": rows_of(Path("copy.csv"))[0]["run_id"],
        "RUN_EXIT_CODE": "1",
        "RUN_JOURNAL": str(Path("j.db").absolute()),
        "RUN_REPORT": "out.csv",
        "RUN_REQUESTED": "4",
        "RUN_LAUNCHED": "3",
        "RUN_LAUNCHED_BEFORE": "0",
        "RUN_SKIPPED": "0",
        "RUN_REJECTED": "1",
        "RUN_FAILED": "0",
        "RUN_UNKNOWN": "0",
        "RUN_PENDING": "0",
    }
    assert simulator.token not in Path("told").read_text()
    assert "SB_AUTH_TOKEN" not in told
    assert told["SB_API_ENDPOINT"] == simulator.endpoint
    assert "LAUNCHER_ON_FINISH" not in told


def test_it_may_call_the_launcher(call: Call, simulator: Simulator) -> None:
    launcher = f'"{sys.executable}" -m launcher'
    words = f'{launcher} report "$RUN_ID" --journal "$RUN_JOURNAL" -o again.csv'
    said = call("run", "--task", simulator.task_ids[0], *QUICK, "--on-finish", words)

    assert (said.exit_code, said.words) == (0, "")
    assert Path("again.csv").read_bytes() == Path("out.csv").read_bytes()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("exit 3", "it ended with exit code 3"),
        ("/no/such/command", "it ended with exit code 127"),
        ("kill -9 $$", "it was ended by signal 9"),
    ],
)
def test_one_that_fails_is_one_warning_and_the_same_exit_code(
    call: Call, simulator: Simulator, command: str, why: str
) -> None:
    said = call("run", "--task", simulator.task_ids[0], *QUICK, "--on-finish", command)

    assert said.exit_code == 0
    assert [WARNING in line and why in line for line in said.words.splitlines()] == [True]


def test_one_that_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    child = tmp_path / "child"
    command = f"trap '' TERM; sleep 77 & echo $! > '{child}'; wait; sleep 77"

    run_hook(command, {}, without="", limit_s=0.4, parting_s=0.1)

    assert [vars(record)["why"] for record in caplog.records] == [
        "it took longer than 0.4 s and was ended"
    ]
    assert _is_gone(int(child.read_text()))


def _is_gone(process: int) -> bool:
    """Say whether it ends in time; who adopted it has to notice first."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


async def test_a_signal_ends_it_and_not_the_exit_code(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=1)) as simulator:
        command = "echo $$ > begun; exec sleep 55"
        words = ("run", "--task", simulator.task_ids[0], *QUICK, "--on-finish", command)
        process = await Process.start(simulator, *words, cwd=tmp_path)
        while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():  # noqa: ASYNC110 - it is a file
            await asyncio.sleep(0.01)
        process.send(signal.SIGINT)
        code, _, said = await process.end()

    assert code == 0
    assert "it was interrupted by SIGINT" in said
    assert len(said.splitlines()) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "begun").read_text()), 0)


def test_a_tick_calls_it_only_for_news(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Scenario(tasks=2, special={Kind.NO_EXECUTE: 1})) as simulator:
        _use(simulator, monkeypatch)
        words = ("run", "tasks.txt", "--once", *QUICK, "--on-finish", "echo $RUN_EXIT_CODE >> told")
        codes = [call(*words).exit_code for _ in range(3)]

    assert codes == [1, 0, 0]
    assert Path("told").read_text() == "1\n"


def test_a_run_that_nobody_answered_calls_it_too_and_wrong_use_does_not(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--on-finish", 'echo "$RUN_EXIT_CODE,$RUN_LAUNCHED" >> told')
    monkeypatch.setenv("SB_AUTH_TOKEN", "0" * 32)
    refused = call("run", "--task", simulator.task_ids[0], *QUICK, *words)
    wrong = call("run", "--task", "no-id", *QUICK, *words)

    assert (refused.exit_code, wrong.exit_code) == (3, 2)
    assert Path("told").read_text() == "3,0\n"


def test_a_run_that_wants_other_words_calls_it_not(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=0, special={Kind.BATCH: 1})) as simulator:
        _use(simulator, monkeypatch)
        words = ("--events", "e.jsonl", "--metrics", "m.prom", "--on-finish", "touch called")
        said = call("run", "tasks.txt", *QUICK, *words)

    assert said.exit_code == 2
    assert not Path("called").exists()
    assert re.search(r"last_exit_code{.*} 2.0", Path("m.prom").read_text())
    assert json.loads(Path("e.jsonl").read_text().splitlines()[-1])["exit_code"] == 2


def test_watch_and_abort_call_the_one_that_their_command_line_names(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("run", "--task", simulator.task_ids[0], *QUICK)
    monkeypatch.setenv("LAUNCHER_ON_FINISH", "echo run >> told")
    for words in (("abort", "last", "--yes"), ("watch", "last", "--poll", "0.05s")):
        call(*words, "--journal", "j.db", "--quiet")
        call(*words, "--journal", "j.db", "--quiet", "--on-finish", f"echo {words[0]} >> told")

    assert Path("told").read_text() == "abort\nwatch\n"
