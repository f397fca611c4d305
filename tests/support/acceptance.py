"""The launcher as users have it: real HTTP to the simulator, a real journal, real reports."""

import asyncio
import csv
import io
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.signals import EXIT_CODES
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from launcher.settings import load_settings
from launcher.simulator import Simulator
from launcher.wiring import Command, carry_out, new_run_id


class Served(Protocol):
    """A platform of the tests: the simulator, or another."""

    @property
    def endpoint(self) -> str: ...

    @property
    def token(self) -> str: ...


@dataclass(frozen=True)
class Ended:
    exit_code: int
    report: Report
    words: str


async def launch(
    platform: Served,
    tasks: Sequence[str],
    folder: Path,
    *,
    endpoint: str | None = None,
    stream: io.StringIO | None = None,
    **settings: object,
) -> Ended:
    """Run the launcher in this process; its journal is in `folder`.

    `endpoint` is what stands between it and the platform, if anything does; its words go to
    `stream`.
    """
    given = {"journal": folder / "journal.db", **settings}
    stream = io.StringIO() if stream is None else stream
    command = Command(
        run=new_run_id(SystemClock()),
        wanted=tuple(
            Requested(position=position, task=TaskId(task), source=f"tasks.txt:{position + 1}")
            for position, task in enumerate(tasks)
        ),
        settings=load_settings(given, environment={}),
        credentials=Credentials(
            endpoint=endpoint or platform.endpoint, token=platform.token, found_in="the test"
        ),
        arguments=("run", "tasks.txt"),
    )
    try:
        finished = await carry_out(command, approve=lambda _plan, _cost: None, stream=stream)
    finally:
        _forget_loop()
    assert finished.report is not None
    return Ended(finished.exit_code, finished.report, stream.getvalue())


def _forget_loop() -> None:
    """Give signals back to pytest: of runs that overlap, each restores what another had set."""
    for number in EXIT_CODES:
        if getattr(signal.getsignal(number), "__module__", "").startswith("asyncio."):
            is_ctrl_c = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_ctrl_c else signal.SIG_DFL)


def assert_true(report: Report, simulator: Simulator) -> None:
    """Compare every row with what the platform knows, and the counts with each other."""
    truth = simulator.truth
    summary = report.summary
    for row in report.rows:
        started_by_us = any(start.by == simulator.user for start in truth.starts_of(row.task_id))
        assert (row.outcome is Outcome.LAUNCHED) == started_by_us, row
        if row.outcome is Outcome.SKIPPED:
            assert truth.status_of(row.task_id) != "DRAFT", row
        if row.outcome in {Outcome.FAILED, Outcome.PENDING, Outcome.REJECTED}:
            assert not truth.starts_of(row.task_id), row
    assert summary.requested == sum(
        (
            summary.launched,
            summary.skipped,
            summary.rejected,
            summary.failed,
            summary.unknown,
            summary.pending,
        )
    )


def environment_for(simulator: Simulator) -> dict[str, str]:
    """Return the environment of a user of this simulator."""
    return {
        **os.environ,
        "SB_API_ENDPOINT": simulator.endpoint,
        "SB_AUTH_TOKEN": simulator.token,
    }


@dataclass
class Process:
    """A launcher in a process of its own."""

    process: asyncio.subprocess.Process
    _words: bytes = b""

    @classmethod
    async def start(cls, simulator: Simulator, *words: str, cwd: Path) -> "Process":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # as the command: nothing is imported from the folder
                "-m",
                "launcher",
                *words,
                cwd=cwd,
                env=environment_for(simulator),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        )

    def send(self, number: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def says(self, words: str) -> None:
        """Return once standard error has held that."""
        assert self.process.stderr is not None
        self._words += await self.process.stderr.readuntil(words.encode())

    async def end(self) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        out, words = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), (self._words + words).decode()


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV report."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
