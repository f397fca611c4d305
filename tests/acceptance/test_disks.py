"""Disks that are full, write-protected, spoilt or without locks, before, during and after a run."""

import errno
import fcntl
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from launcher.adapters.descriptors import make_room
from launcher.adapters.journal import sqlite
from launcher.simulator import RequestKind, Scenario, Simulator
from support.acceptance import environment_for, rows_of
from support.limits import files_of_at_most, limited, not_as_root, once
from support.served import served
from support.verdict import wrong_rows

RUN = ("run", "tasks.txt", "--journal", "j.db", "--settle", "0.1s")


@pytest.fixture
def drafts(call: Call, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Serve 40 drafts, slowly enough for something to happen meanwhile; they are in `tasks.txt`."""
    del call  # it changes to an empty folder first
    with served(Scenario(tasks=40, run_latency_s=0.1)) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        yield simulator


def _begun(simulator: Simulator) -> Callable[[], bool]:
    return lambda: len(simulator.truth.started) >= 5


def _assert_refused(said: Said, simulator: Simulator, *told: str) -> None:
    """Expect exit 5 before anything was launched, and one line that says what to do."""
    assert said.exit_code == 5, said.words
    assert all(words in said.words for words in told), said.words
    assert said.words.count("launcher: ") == 1
    assert simulator.truth.requests[RequestKind.RUN] == 0


def _assert_true(path: str, simulator: Simulator) -> None:
    outcomes = {row["task_id"]: row["outcome"] for row in rows_of(Path(path))}
    assert not wrong_rows(outcomes, simulator)


def _assert_goes_on(call: Call, simulator: Simulator) -> None:
    again = call(*RUN, "--report", "again.csv")

    assert again.exit_code == 0, again.words
    assert {row["outcome"] for row in rows_of(Path("again.csv"))} == {"launched"}
    assert len(simulator.truth.started) == 40
    assert not simulator.truth.doubles


# ---------------------------------------------------------------- full


@pytest.mark.parametrize("size_bytes", [1_000, 60_000])
def test_a_disk_that_is_full_at_the_start_is_exit_5_and_launches_nothing(
    call: Call, drafts: Simulator, size_bytes: int
) -> None:
    with files_of_at_most(size_bytes):
        said = call(*RUN, "--report", "-")

    assert said.exit_code == 5
    assert f"the journal {Path('j.db').absolute()}: " in said.words
    assert "--journal PATH" in said.words
    assert drafts.truth.requests[RequestKind.RUN] == 0
    _assert_goes_on(call, drafts)


def test_a_disk_that_fills_up_during_the_run_is_said_once_with_true_rows(
    call: Call, drafts: Simulator
) -> None:
    def fill() -> None:
        size_bytes = Path("j.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes + 9_000, resource.RLIM_INFINITY))

    with (
        limited(resource.RLIMIT_FSIZE, resource.RLIM_INFINITY),
        once(_begun(drafts), fill),
    ):
        said = call(*RUN, "--report", "out.csv", "--report", "out.json")

    assert said.exit_code == 5
    assert said.words.count("cannot write the journal") == 2  # when it was found, and at the end
    assert "Stopped early: cannot write the journal" in said.words
    assert "requests" in said.words
    assert "is not known" not in said.words
    assert 5 <= len(drafts.truth.started) < 40
    report = json.loads(Path("out.json").read_text())
    attempted = [row["first_attempt_at"] for row in report["tasks"] if row["attempts"]]
    assert report["run"]["started_at"] <= min(attempted)
    assert report["run"]["exit_code"] == 5
    _assert_true("out.csv", drafts)
    _assert_goes_on(call, drafts)


@pytest.mark.usefixtures("drafts")
def test_a_disk_too_full_for_the_report_is_exit_5_and_the_journal_has_it_still(call: Call) -> None:
    said = call(*RUN, "--report", "/dev/full")

    assert said.exit_code == 5
    assert "cannot write the report to /dev/full: No space left on device; free or" in said.words
    assert call("report", "--journal", "j.db", "-o", "late.csv").exit_code == 0
    assert {row["outcome"] for row in rows_of(Path("late.csv"))} == {"launched"}


@pytest.mark.parametrize(
    ("take", "why"),
    [
        (lambda: Path("out.csv").mkdir(), "is a folder"),
        (lambda: Path("out.csv").write_text("sample,age\n"), "no report of the launcher"),
    ],
)
def test_a_place_of_a_report_that_is_taken_during_the_run_is_exit_5_and_left_as_it_is(
    call: Call, drafts: Simulator, take: Callable[[], object], why: str
) -> None:
    with once(_begun(drafts), take):
        said = call(*RUN, "--report", "out.csv", "--report", "out.json")

    assert said.exit_code == 5, said.words
    assert f"out.csv {why}" in said.words or f"out.csv is there and {why}" in said.words
    assert len(json.loads(Path("out.json").read_text())["tasks"]) == 40
    assert Path("out.csv").is_dir() or Path("out.csv").read_text() == "sample,age\n"


# ---------------------------------------------------------------- gone


def _moved() -> None:
    Path("j.db").rename("moved.db")


def _deleted() -> None:
    for path in Path().glob("j.db*"):
        if path.suffix != ".lock":
            path.unlink()


def _replaced() -> None:
    Path("moved.db").write_bytes(Path("j.db").read_bytes())
    Path("moved.db").replace("j.db")


@pytest.mark.parametrize("lose", [_moved, _deleted, _replaced])
def test_a_journal_that_goes_away_during_the_run_ends_it_without_a_row_that_may_be_false(
    call: Call, drafts: Simulator, lose: Callable[[], None]
) -> None:
    with once(_begun(drafts), lose):
        said = call(*RUN, "--concurrency", "4", "--report", "out.csv")

    assert said.exit_code == 5, said.words
    assert f"the journal {Path('j.db').absolute()} is not there any more" in said.words
    assert "put it back" in said.words
    assert len(drafts.truth.started) < 40
    assert not Path("out.csv").exists()
    assert "pending" not in said.words


def test_a_journal_that_went_away_and_was_put_back_goes_on(call: Call, drafts: Simulator) -> None:
    with once(_begun(drafts), _moved):
        assert call(*RUN, "--concurrency", "4", "--report", "out.csv").exit_code == 5
    Path("moved.db").rename("j.db")

    _assert_goes_on(call, drafts)


# ---------------------------------------------------------------- write-protected


@pytest.fixture
def shared(
    call: Call, drafts: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Said]]:
    """Call the launcher in a folder of everybody's, as a user who is not root."""
    tasks = Path("tasks.txt").read_text()
    assert call("plan", "tasks.txt").exit_code == 0  # imports all, which nobody may not read
    del drafts
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOME", folder)
        Path(folder).chmod(0o777)
        Path("tasks.txt").write_text(tasks)

        def one(*words: str) -> Said:
            with not_as_root():
                return call(*words)

        yield one
        monkeypatch.chdir("/")


def test_a_write_protected_journal_is_exit_5_and_launches_nothing(
    shared: Call, drafts: Simulator
) -> None:
    assert shared(*RUN, "--limit", "3", "--report", "-").exit_code == 4
    before = Path("j.db").read_bytes()
    launched = drafts.truth.requests[RequestKind.RUN]
    Path("j.db").chmod(0o444)
    if os.geteuid() == 0:
        os.chown("j.db", 0, 0)
    said = shared(*RUN, "--report", "-")

    assert said.exit_code == 5
    assert "the journal j.db" in said.words or str(Path("j.db").absolute()) in said.words
    assert "writ" in said.words
    assert "--journal PATH" in said.words
    assert drafts.truth.requests[RequestKind.RUN] == launched
    assert Path("j.db").read_bytes() == before
    Path("j.db").chmod(0o666)
    _assert_goes_on(shared, drafts)


def test_a_write_protected_folder_is_exit_5_and_launches_nothing(
    shared: Call, drafts: Simulator
) -> None:
    Path("protected").mkdir()
    Path("protected").chmod(0o555)
    words = ("run", "tasks.txt", "--journal", "protected/j.db")

    _assert_refused(
        shared(*words, "--report", "-"),
        drafts,
        "cannot write the journal protected/j.db: the folder ",
        "protected is write-protected; "
        "see that its folder is there and writable, or name another file with --journal PATH",
    )
    _assert_goes_on(shared, drafts)


def test_without_a_home_to_write_in_the_option_for_the_journal_is_told(
    shared: Call, drafts: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/proc/nobody")

    _assert_refused(
        shared("run", "tasks.txt", "--report", "-"), drafts, "/proc/nobody", "--journal PATH"
    )


def test_a_folder_of_reports_that_is_closed_during_the_run_is_exit_5_and_named(
    shared: Call, drafts: Simulator
) -> None:
    with not_as_root():
        Path("reports").mkdir()
    with once(_begun(drafts), lambda: Path("reports").chmod(0o555)):
        said = shared(*RUN, "--report", "reports/out.csv")

    assert said.exit_code == 5
    assert "40 launched" in said.words
    assert "cannot write the report to reports/out.csv: Permission denied" in said.words
    assert shared("report", "--journal", "j.db", "-o", "late.csv").exit_code == 0
    assert {row["outcome"] for row in rows_of(Path("late.csv"))} == {"launched"}


# ---------------------------------------------------------------- spoilt, newer, held, lockless


def test_a_damaged_journal_is_exit_5_launches_nothing_and_is_left_as_it_is(
    call: Call, drafts: Simulator
) -> None:
    assert call(*RUN, "--limit", "30", "--report", "-").exit_code == 4
    launched = drafts.truth.requests[RequestKind.RUN]
    good = Path("j.db").read_bytes()
    spoilt = good[: 4096 * 4] + b"\xff" * (len(good) - 4096 * 4)
    Path("j.db").write_bytes(spoilt)

    said = call(*RUN, "--report", "-")

    assert said.exit_code == 5
    assert "it is damaged and was left as it is: keep it for a repair" in said.words
    assert drafts.truth.requests[RequestKind.RUN] == launched
    assert Path("j.db").read_bytes() == spoilt
    Path("j.db").write_bytes(good)
    _assert_goes_on(call, drafts)


def test_a_newer_journal_is_exit_5_and_launches_nothing(call: Call, drafts: Simulator) -> None:
    assert call(*RUN, "--limit", "3").exit_code == 4
    launched = drafts.truth.requests[RequestKind.RUN]
    with closing(sqlite3.connect("j.db")) as newer, newer:
        newer.execute("INSERT INTO schema_version VALUES (99)")

    said = call(*RUN)

    assert said.exit_code == 5
    assert "was written by a newer launcher (schema 99, " in said.words
    assert drafts.truth.requests[RequestKind.RUN] == launched


def _holding(path: str) -> sqlite3.Connection:
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def test_a_journal_that_another_program_holds_is_exit_5_and_launches_nothing(
    call: Call, drafts: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.2)
    assert call(*RUN, "--limit", "3").exit_code == 4
    launched = drafts.truth.requests[RequestKind.RUN]
    with closing(_holding("j.db")):
        said = call(*RUN)

    assert said.exit_code == 5
    assert "database is locked; see which program holds it" in said.words
    assert drafts.truth.requests[RequestKind.RUN] == launched
    _assert_goes_on(call, drafts)


def test_a_journal_that_another_program_takes_for_good_ends_the_run_with_true_rows(
    call: Call, drafts: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.3)
    taken: list[sqlite3.Connection] = []
    with once(_begun(drafts), lambda: taken.append(_holding("j.db"))):
        said = call(*RUN, "--report", "out.csv")
    taken[0].close()

    assert said.exit_code == 5
    assert "database is locked; see which program holds it" in said.words
    assert len(drafts.truth.started) < 40
    _assert_true("out.csv", drafts)
    _assert_goes_on(call, drafts)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_exit_5_and_launches_nothing(
    call: Call, drafts: Simulator, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(_descriptor: object, _operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refused)

    _assert_refused(
        call(*RUN, "--report", "-"), drafts, "cannot lock the journal j.db", "--journal PATH"
    )


# ---------------------------------------------------------------- open files


def test_more_open_files_are_asked_for_where_the_system_allows_them() -> None:
    with limited(resource.RLIMIT_NOFILE, 100):
        make_room(100)
        now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert now > 100


def test_too_few_open_files_are_told_with_what_to_do_and_nothing_is_sent(
    call: Call, drafts: Simulator
) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -n 40; exec "$0" -m launcher {" ".join(RUN)}', sys.executable],
        env=environment_for(drafts),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "launcher: too few open files are allowed here: 16 requests in flight need 80, and the "
        "limit is 40; raise it (`ulimit -n 80`)\n"
    )
    assert not drafts.truth.requests
    _assert_goes_on(call, drafts)
