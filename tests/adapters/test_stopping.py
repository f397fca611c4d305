"""A run is asked to stop: that very process, and no other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.adapters.lock import hold_lock, lock_path
from launcher.adapters.stopping import Waiting, ask_to_stop, is_active
from launcher.core.errors import AlreadyRunningError
from support.holding import Holder
from support.journal_examples import ACCOUNT, LATER, OTHER, RUN, START


@contextmanager
def _bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


class _Turns:
    """Time that passes by looking; the process under test is waited for after each look."""

    def __init__(self, process: subprocess.Popen[str] | None = None) -> None:
        self.now_s = 0.0
        self._process = process

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self._process is not None:
            self._process.wait(20)

    def waiting(self) -> Waiting:
        return Waiting(at_most_s=30.0, sleep=self.sleep, monotonic=lambda: self.now_s)


def _names(journal: Path, **changes: object) -> None:
    """Let the lock's file say something else of its holder, who keeps the lock."""
    path = lock_path(journal, ACCOUNT)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _ask(journal: Path, turns: _Turns) -> list[str]:
    said: list[str] = []
    ask_to_stop(journal, ACCOUNT, RUN, waiting=turns.waiting(), say=said.append)
    return said


@pytest.fixture(scope="module")
def holder() -> Iterator[Holder]:
    one = Holder()
    yield one
    one.end()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_the_run_that_holds_the_journal_is_stopped_and_waited_for(
    holder: Holder, journal: Path
) -> None:
    with holder.holding(journal) as process:
        assert is_active(journal, ACCOUNT, RUN)
        said = _ask(journal, _Turns(process))

        assert process.wait(20) == 143
        assert not is_active(journal, ACCOUNT, RUN)
        (line,) = said
        assert f"run {RUN}, process {process.pid}" in line
        assert "30 s at most" in line


def test_nobody_is_asked_where_nobody_holds_the_journal(journal: Path) -> None:
    with hold_lock(journal, OTHER, run=RUN, file="x", now=START):
        assert _ask(journal, _Turns()) == []


def test_another_run_is_named_and_not_stopped(holder: Holder, journal: Path) -> None:
    with holder.holding(journal) as process:
        with pytest.raises(AlreadyRunningError, match=f"run {RUN}.*nothing was aborted"):
            ask_to_stop(journal, ACCOUNT, LATER, waiting=_Turns().waiting(), say=print)

        assert process.poll() is None
        assert not is_active(journal, ACCOUNT, LATER)


def test_a_run_on_another_host_is_left_to_be_stopped_there(holder: Holder, journal: Path) -> None:
    with holder.holding(journal) as process:
        _names(journal, host="node8")
        with pytest.raises(AlreadyRunningError, match=f"on node8.*kill -TERM {process.pid}"):
            _ask(journal, _Turns())

        assert process.poll() is None


def test_a_process_that_does_not_hold_the_lock_is_never_signalled(
    holder: Holder, journal: Path
) -> None:
    with holder.holding(journal) as process, _bystander() as bystander:
        _names(journal, pid=bystander.pid)
        with pytest.raises(AlreadyRunningError, match="is another one"):
            _ask(journal, _Turns())

        assert (process.poll(), bystander.poll()) == (None, None)


@pytest.mark.parametrize("pid", [-1, 0, True, "7", None])
def test_a_number_that_is_no_process_is_never_signalled(
    holder: Holder, journal: Path, pid: object
) -> None:
    with holder.holding(journal) as process:
        _names(journal, pid=pid)
        with pytest.raises(AlreadyRunningError):
            _ask(journal, _Turns())

        assert process.poll() is None


def test_a_process_that_is_gone_while_its_lock_is_held_cannot_be_asked(
    holder: Holder, journal: Path
) -> None:
    with holder.holding(journal) as process:
        _names(journal, pid=2**22 + 1)  # beyond what Linux gives
        with pytest.raises(AlreadyRunningError, match="cannot be asked to stop"):
            _ask(journal, _Turns())

        assert process.poll() is None


def test_a_run_that_does_not_stop_is_waited_for_no_longer_than_said(
    holder: Holder, journal: Path
) -> None:
    turns = _Turns()
    with holder.holding(journal, deaf=True) as process:
        with pytest.raises(AlreadyRunningError, match="was asked to stop 30 s ago and has not"):
            _ask(journal, turns)

        assert process.poll() is None
        assert 30.0 <= turns.now_s < 31.0
