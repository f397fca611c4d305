"""One run at a time for a journal and an account."""

import fcntl
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.adapters.lock import hold_lock, holder_of, lock_path, was_freed
from launcher.core.entry import Account
from launcher.core.errors import AlreadyRunningError, StorageError
from support.holding import Holder
from support.journal_examples import ACCOUNT, LATER, OTHER, RUN, START


def _take(journal: Path, account: Account = ACCOUNT) -> None:
    with hold_lock(journal, account, run=LATER, file="other.txt", now=START):
        pass


@pytest.fixture(scope="module")
def holder() -> Iterator[Holder]:
    one = Holder()
    yield one
    one.end()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "journal.db"


def test_a_second_run_of_the_account_is_told_who_holds_the_journal(
    holder: Holder, journal: Path
) -> None:
    with holder.holding(journal) as process, pytest.raises(AlreadyRunningError) as refused:
        _take(journal)

    text = str(refused.value)
    assert refused.value.exit_code == 75
    assert f"run {RUN}, process {process.pid} on {socket.gethostname()}" in text
    assert "since 2026-11-24T03:21:41+00:00, of tasks.txt" in text
    assert str(journal) in text


def test_the_holder_is_named_to_who_only_looks(holder: Holder, journal: Path) -> None:
    with holder.holding(journal) as process:
        named = holder_of(journal, ACCOUNT)

        assert holder_of(journal, OTHER) is None

    assert named == (
        f"run {RUN}, process {process.pid} on {socket.gethostname()}, "
        "since 2026-11-24T03:21:41+00:00, of tasks.txt"
    )


def test_nobody_is_named_where_the_holder_has_ended(holder: Holder, journal: Path) -> None:
    with holder.holding(journal) as process:
        process.kill()
        process.wait()

        assert holder_of(journal, ACCOUNT) is None


def test_a_lock_was_freed_where_it_is_there_and_nobody_holds_it(
    holder: Holder, journal: Path
) -> None:
    never = was_freed(journal, ACCOUNT)
    with holder.holding(journal) as process:
        held = was_freed(journal, ACCOUNT)
        process.kill()
        process.wait()

        assert (never, held, was_freed(journal, ACCOUNT)) == (False, False, True)


def test_a_look_makes_no_file_and_no_folder(journal: Path) -> None:
    assert holder_of(journal, ACCOUNT) is None
    assert holder_of(Path("/dev/null/journal.db"), ACCOUNT) is None
    assert list(journal.parent.parent.iterdir()) == []


def test_a_lock_that_cannot_be_looked_at_is_told(journal: Path) -> None:
    lock_path(journal, ACCOUNT).mkdir(parents=True)

    with pytest.raises(StorageError, match=r"cannot look at the lock .*: Is a directory"):
        holder_of(journal, ACCOUNT)


def test_a_look_turns_no_run_away(journal: Path) -> None:
    _take(journal)
    with lock_path(journal, ACCOUNT).open("rb") as shared:
        fcntl.flock(shared, fcntl.LOCK_SH)
        threading.Timer(0.03, fcntl.flock, (shared, fcntl.LOCK_UN)).start()

        _take(journal)


def test_another_account_is_not_locked_out(holder: Holder, journal: Path) -> None:
    with holder.holding(journal):
        _take(journal, OTHER)
        _take(journal, Account(endpoint="http://127.0.0.1:8080", user=ACCOUNT.user))
        _take(journal.with_name("second.db"))


def test_sigkill_frees_the_lock(holder: Holder, journal: Path) -> None:
    with holder.holding(journal) as process:
        process.kill()
        process.wait()

        _take(journal)


def test_a_link_to_the_journal_is_the_same_journal(holder: Holder, journal: Path) -> None:
    link = journal.parent.parent / "link.db"
    link.symlink_to(journal)

    with holder.holding(journal), pytest.raises(AlreadyRunningError):
        _take(link)


def test_the_lock_is_free_again_after_the_run_and_its_file_stays(journal: Path) -> None:
    _take(journal)
    path = lock_path(journal, ACCOUNT)
    before = path.stat().st_ino
    _take(journal)

    assert path.stat().st_ino == before
    assert [file.name for file in journal.parent.iterdir()] == [path.name]
    assert path.name.startswith("journal.db.")
    assert path.suffix == ".lock"


def test_the_lock_file_is_private_whatever_the_umask(journal: Path) -> None:
    before = os.umask(0)
    try:
        _take(journal)
    finally:
        os.umask(before)

    assert stat.S_IMODE(lock_path(journal, ACCOUNT).stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700


def test_a_longer_text_of_an_earlier_holder_is_gone(holder: Holder, journal: Path) -> None:
    path = lock_path(journal, ACCOUNT)
    path.parent.mkdir()
    path.write_text("x" * 10_000)

    with holder.holding(journal), pytest.raises(AlreadyRunningError, match=f"run {RUN}"):
        _take(journal)


@pytest.mark.parametrize("text", ["", "not json", "[]", "7", '{"run": "r"}', "\udcff"])
def test_an_odd_lock_file_locks_all_the_same(journal: Path, text: str) -> None:
    with hold_lock(journal, ACCOUNT, run=RUN, file="tasks.txt", now=START):
        lock_path(journal, ACCOUNT).write_bytes(text.encode(errors="surrogateescape"))

        with pytest.raises(AlreadyRunningError, match="does not say which"):
            _take(journal)


def test_a_holders_text_reaches_no_terminal_raw(journal: Path) -> None:
    with (
        hold_lock(journal, ACCOUNT, run=RUN, file="a\x1b[2J\udcff", now=START),
        pytest.raises(AlreadyRunningError) as refused,
    ):
        _take(journal)

    assert r"of a\x1b[2J\udcff" in str(refused.value)


def test_a_lock_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match=r"Not a directory.*--journal PATH"):
        _take(tmp_path / "file" / "journal.db")
