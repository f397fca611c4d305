"""Signals in every phase: the exit code, true rows, nothing doubled, and a run that goes on."""

import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from launcher.simulator import Fault, RequestKind, Scenario, Simulator
from support.acceptance import environment_for, rows_of
from support.limits import once
from support.served import served
from support.verdict import wrong_rows

ENDED_BY = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
RUN = ("run", "tasks.txt", "--journal", "j.db", "--settle", "0.3s")

Until = Callable[[Simulator], object]


@contextlib.contextmanager
def _served(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        yield simulator


def _send(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def _asked(kind: RequestKind, count: int = 1) -> Until:
    return lambda simulator: simulator.truth.requests[kind] >= count


def _assert_true(path: str, simulator: Simulator) -> None:
    outcomes = {row["task_id"]: row["outcome"] for row in rows_of(Path(path))}
    assert not wrong_rows(outcomes, simulator)


def _assert_goes_on(call: Call, simulator: Simulator) -> None:
    again = call(*RUN, "--report", "again.csv")

    assert again.exit_code == 0, again.words
    assert {row["outcome"] for row in rows_of(Path("again.csv"))} == {"launched"}
    assert not simulator.truth.doubles
    assert not simulator.truth.overlaps


@dataclass(frozen=True, kw_only=True)
class Phase:
    """Where a run is when the signal comes, and how many tasks may have been started by then."""

    scenario: Scenario
    until: Until
    lost: Sequence[Fault] = ()
    most_started: int = 0


def _has_spent(simulator: Simulator) -> bool:
    time.sleep(0.05)  # the last answer is on its way
    return simulator.truth.counted >= 8


PHASES = {
    "before-the-first-answer": Phase(
        scenario=Scenario(tasks=3, latency_s=0.15), until=_asked(RequestKind.RATE_LIMIT)
    ),
    "while-asking-who-we-are": Phase(
        scenario=Scenario(tasks=3, latency_s=0.15), until=_asked(RequestKind.USER)
    ),
    "in-preflight": Phase(
        scenario=Scenario(tasks=3, latency_s=0.15), until=_asked(RequestKind.BULK)
    ),
    "in-dispatch": Phase(
        scenario=Scenario(tasks=24, run_latency_s=0.2),
        until=_asked(RequestKind.RUN, 10),
        most_started=16,
    ),
    "while-settling": Phase(
        scenario=Scenario(tasks=4),
        until=_asked(RequestKind.BULK, 2),
        lost=(Fault.RESET_BEFORE, Fault.RESET_AFTER),
        most_started=4,
    ),
    "waiting-at-the-gate": Phase(
        scenario=Scenario(tasks=9, limit=8, window_s=1.0), until=_has_spent, most_started=6
    ),
}


@pytest.mark.takes(2)
@pytest.mark.parametrize("name", PHASES)
def test_sigterm_in_any_phase_is_143_with_true_rows_and_the_next_run_finishes(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    phase = PHASES[name]
    with _served(phase.scenario, monkeypatch) as simulator:
        for task in simulator.task_ids:
            simulator.script(task, phase.lost)
        with once(lambda: phase.until(simulator), _send(signal.SIGTERM)):
            said = call(*RUN, "--grace", "2s", "--report", "out.csv")

        assert said.exit_code == 143
        assert "Stopped early: interrupted by SIGTERM (exit code 143)" in said.words
        assert "To go on: launcher run tasks.txt" in said.words
        assert len(simulator.truth.started) <= phase.most_started
        _assert_true("out.csv", simulator)
        _assert_goes_on(call, simulator)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_every_signal_that_asks_for_an_end_has_its_exit_code(
    call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    with _served(PHASES["in-dispatch"].scenario, monkeypatch) as simulator:
        with once(lambda: simulator.truth.requests[RequestKind.RUN], _send(number)):
            said = call(*RUN, "--report", "out.csv")

        assert said.exit_code == ENDED_BY[number]
        assert said.words.count(f"Stopped early: interrupted by {number.name}") == 1
        _assert_true("out.csv", simulator)
        _assert_goes_on(call, simulator)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_ignored_before_as_nohup_does_ends_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with _served(Scenario(tasks=4, run_latency_s=0.2), monkeypatch) as simulator:
            with once(lambda: simulator.truth.requests[RequestKind.RUN], _send(number)):
                said = call(*RUN, "--report", "out.csv")

            assert said.exit_code == 0, said.words
            assert len(simulator.truth.started) == 4
    finally:
        signal.signal(number, before)


# ---------------------------------------------------------------- before and after the run


@pytest.mark.parametrize("number", ENDED_BY)
def test_a_signal_while_a_report_waits_for_its_reader_ends_the_command_and_not_the_others(
    call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    os.mkfifo("pipe.csv")
    with _served(Scenario(tasks=3), monkeypatch) as simulator:

        def is_waiting() -> bool:
            time.sleep(0.1)  # it opens the pipe after the file was written
            return Path("out.csv").exists()

        with once(is_waiting, _send(number)):
            said = call(*RUN, "--report", "pipe.csv", "--report", "out.csv")

        assert said.exit_code == ENDED_BY[number]
        assert "3 launched" in said.words
        assert "Report: out.csv" in said.words
        assert said.words.splitlines()[-1] == (
            f"launcher: interrupted by {number.name} while reports were written; what is missing, "
            "`launcher report RUN -o PATH` writes"
        )
        assert {row["outcome"] for row in rows_of(Path("out.csv"))} == {"launched"}
        _assert_goes_on(call, simulator)


_INTERRUPTED_IMPORT = """
import os, signal, sys
from launcher.cli import main

module = sys.argv.pop(1)

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
        return None

sys.meta_path.insert(0, Interrupt())
main()
"""


@pytest.mark.parametrize("module", ["typer", "sqlalchemy"])
def test_ctrl_c_before_all_is_imported_ends_at_once_without_a_traceback(
    module: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_IMPORT, module, "run", "tasks.txt"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


# ---------------------------------------------------------------- terminals and pauses


@dataclass
class OnTerminal:
    """A launcher on a terminal that can go away, as when a connection to a host breaks."""

    process: subprocess.Popen[bytes]
    terminal: int

    @classmethod
    def start(cls, simulator: Simulator, *words: str) -> "OnTerminal":
        terminal, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment_for(simulator), "TERM": "xterm"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one thread
        )
        os.close(theirs)
        return cls(process, terminal)

    def waits_for(self, words: bytes) -> None:
        seen = b""
        while words not in seen:
            seen += os.read(self.terminal, 4096)

    def hang_up(self) -> int:
        """Take the terminal away, and return how the launcher ended."""
        os.close(self.terminal)
        return self.process.wait(20)


@pytest.mark.parametrize(
    ("shown", "outcomes"),
    [
        pytest.param(
            b"in flight", {"launched", "pending"}, id="in-dispatch", marks=pytest.mark.prove
        ),
        pytest.param(b"[y/N]", {"pending"}, id="at-the-question"),
    ],
)
def test_a_terminal_that_goes_away_ends_the_run_as_sigterm_does(
    call: Call, monkeypatch: pytest.MonkeyPatch, shown: bytes, outcomes: set[str]
) -> None:
    with _served(Scenario(tasks=51, run_latency_s=0.15), monkeypatch) as simulator:
        asked = ("--yes",) if shown == b"in flight" else ()
        run = OnTerminal.start(simulator, *RUN, *asked, "--report", "out.csv")
        run.waits_for(shown)
        while asked and not simulator.truth.requests[RequestKind.RUN]:
            time.sleep(0.01)

        assert run.hang_up() == 143
        assert {row["outcome"] for row in rows_of(Path("out.csv"))} == outcomes
        _assert_true("out.csv", simulator)
        assert "interrupted by SIGHUP" in call("runs", "--journal", "j.db").out
        _assert_goes_on(call, simulator)


def _interrupted_at(moment_s: float) -> Said:
    words = [sys.executable, "-m", "launcher", *RUN, "--report", "out.csv"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(moment_s)
        process.send_signal(signal.SIGINT)
        out, words_said = process.communicate(timeout=30)
    return Said(process.returncode, out, words_said)


@pytest.mark.prove
def test_ctrl_c_at_any_moment_of_a_start_hangs_nothing_and_doubles_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(tasks=5), monkeypatch) as simulator:
        for step in range(40):
            said = _interrupted_at(0.1 + 0.02 * step)

            # Python's own way to end by it, before `main` is called and when all is done
            assert said.exit_code in {0, 130, -signal.SIGINT}, said
            assert ", in main" not in said.words
        _assert_goes_on(call, simulator)


@pytest.mark.prove
def test_a_run_that_was_stopped_for_longer_than_its_timeout_goes_on(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _served(Scenario(tasks=60, run_latency_s=0.3), monkeypatch) as simulator:
        words = [sys.executable, "-m", "launcher", *RUN, "--timeout", "2s", "--report", "out.csv"]
        with subprocess.Popen(words, env=environment_for(simulator)) as process:
            for number in range(3):
                while len(simulator.truth.started) < 10 * (number + 1):
                    time.sleep(0.01)
                process.send_signal(signal.SIGSTOP)
                time.sleep(6)  # past the five seconds from an entry to its request as well
                process.send_signal(signal.SIGCONT)

        assert process.returncode == 0
        _assert_true("out.csv", simulator)
        assert len(simulator.truth.started) == 60
        assert not simulator.truth.doubles
        _assert_goes_on(call, simulator)
