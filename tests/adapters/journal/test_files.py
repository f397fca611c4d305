"""Files that are missing, foreign, damaged, private, or full."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import launcher
from launcher.adapters.journal import check_journal, open_journal, read_journal
from launcher.adapters.journal.schema import STEPS
from launcher.adapters.journal.sqlite import translated
from launcher.core.errors import StorageError
from support.journal_examples import ACCOUNT, RUN, TickingClock, attempted, entries_of, started

ROOT = Path(launcher.__file__).parents[1]


async def _write(path: Path, *, count: int = 1) -> None:
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        journal.queue(started())
        for number in range(count):
            journal.queue(attempted(number))


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0, 0o022, 0o777])
async def test_a_new_journal_is_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "new" / "folder" / "journal.db"
    with _umask(mask):
        async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
            await journal.append(started())
            modes = {file.name: _mode(file) for file in path.parent.iterdir()}

    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    assert _mode(path.parent) == _mode(path.parent.parent) == 0o700


async def test_an_existing_journal_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await _write(path)
    path.chmod(0o640)
    await _write(path)

    assert _mode(path) == 0o640


async def test_a_closed_journal_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "odd name #1?%20é.db"
    await _write(path)
    facts = list(read_journal(path).entries(ACCOUNT))

    assert len(facts) == 2
    assert _names(tmp_path) == [path.name]


async def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    assert list(read_journal(path).entries(ACCOUNT)) == []
    await _write(path)

    assert entries_of(list(read_journal(path).entries(ACCOUNT))) == [started(), attempted(0)]


def test_reading_a_missing_journal_finds_nothing_and_creates_nothing(tmp_path: Path) -> None:
    reader = read_journal(tmp_path / "nowhere" / "journal.db")

    assert list(reader.entries(ACCOUNT)) == []
    assert reader.runs() == []
    assert list(reader.requested(RUN)) == []
    assert list(tmp_path.iterdir()) == []


def _foreign_text(path: Path) -> None:
    path.write_text("0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e\n" * 200)


def _short_text(path: Path) -> None:
    path.write_text("hello\n")


def _foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE moz_places (url TEXT)")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_foreign_text, "is no journal of the launcher"),
        (_short_text, "is no journal of the launcher"),
        (_foreign_database, "another program's database"),
    ],
)
async def test_a_foreign_file_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "journal.db"
    make(path)
    before = path.read_bytes()

    with pytest.raises(StorageError, match=rf"{path}.*{why}.*--journal PATH"):
        await _write(path)
    with pytest.raises(StorageError, match=rf"{path}.*{why}.*--journal PATH"):
        list(read_journal(path).entries(ACCOUNT))
    assert path.read_bytes() == before
    assert _names(tmp_path) == [path.name]


async def test_a_folder_in_the_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"folder.*--journal PATH"):
        await _write(tmp_path)
    with pytest.raises(StorageError, match=r"folder.*--journal PATH"):
        read_journal(tmp_path).runs()


async def test_a_device_is_no_journal() -> None:
    with pytest.raises(StorageError, match=r"no regular file"):
        await _write(Path("/dev/null"))


async def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "journal.db"

    with pytest.raises(StorageError, match=r"Not a directory.*--journal PATH"):
        await _write(path)
    with pytest.raises(StorageError, match=r"Not a directory.*--journal PATH"):
        read_journal(path).runs()


async def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")

    with pytest.raises(StorageError, match=r"--journal PATH"):
        await _write(tmp_path / "link" / "journal.db")


async def test_a_damaged_journal_is_an_error_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await _write(path, count=500)
    good = path.read_bytes()
    path.write_bytes(good[: 4096 * 4] + b"\xff" * (len(good) - 4096 * 4))
    before = path.read_bytes()

    with pytest.raises(StorageError, match=rf"{path}.*damaged"):
        list(read_journal(path).entries(ACCOUNT))
    assert path.read_bytes() == before


def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path) -> None:
    def fill() -> None:
        with (
            closing(sqlite3.connect(tmp_path / "x.db")) as connection,
            translated(tmp_path / "x.db", cannot="write"),
        ):
            connection.execute("PRAGMA max_page_count=3")
            connection.execute("CREATE TABLE filler AS SELECT zeroblob(100000)")

    with pytest.raises(StorageError, match=r"disk is full; make room .*--journal PATH"):
        fill()


_FILL = """
import asyncio, resource, sys
from pathlib import Path
from launcher.adapters.journal import open_journal
from launcher.core.errors import StorageError
from support.journal_examples import RUN, TickingClock, attempted, started

async def main():
    async with open_journal(Path(sys.argv[1]), run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
        for number in range(10_000):
            await journal.append(attempted(number))
            print(number, flush=True)

try:
    asyncio.run(main())
except StorageError as error:
    print(error, file=sys.stderr)
    sys.exit(5)
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", *arguments],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_where_no_more_can_be_written_what_was_acknowledged_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    filled = _python(_FILL, str(path))
    acknowledged = len(filled.stdout.split())

    assert filled.returncode == 5, filled.stderr
    assert str(path) in filled.stderr
    assert "--journal PATH" in filled.stderr
    assert acknowledged > 10
    facts = entries_of(list(read_journal(path).entries(ACCOUNT)))
    assert facts[: acknowledged + 1] == [started(), *map(attempted, range(acknowledged))]


_COUNT = """
import os, sys
from pathlib import Path
from launcher.adapters.journal import read_journal
from support.journal_examples import ACCOUNT

def count():
    return len(list(read_journal(Path(sys.argv[1])).entries(ACCOUNT)))

if os.geteuid() == 0:  # root may write anywhere
    count()  # imports what is needed while it may
    os.setuid(65534)
print(count())
"""


async def test_a_journal_in_a_folder_that_cannot_be_written_can_be_read() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        await _write(path, count=3)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        counted = _python(_COUNT, str(path))
        files = _names(path.parent)
        path.parent.chmod(0o700)

    assert counted.stdout == "4\n", counted.stderr
    assert files == ["journal.db"]


def test_where_a_journal_can_be_made_nothing_is_made_by_asking(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.db"

    check_journal(path)

    assert read_journal(path).version() == 0
    assert _names(tmp_path) == []


async def test_a_journal_tells_the_version_of_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await _write(path)

    check_journal(path)

    assert read_journal(path).version() == len(STEPS)
    assert _names(tmp_path) == ["journal.db"]


@pytest.mark.parametrize(
    ("path", "why"),
    [("/dev/null/j.db", "Not a directory"), ("/proc/j.db", "/proc is write-protected")],
)
def test_where_no_journal_can_be_made_is_told_beforehand(
    path: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda place, _mode: str(place) != "/proc")  # root may all

    with pytest.raises(StorageError, match=f"cannot write the journal {path}: .*{why}"):
        check_journal(Path(path))


async def test_a_write_protected_journal_is_told_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    await _write(path)
    monkeypatch.setattr(os, "access", lambda place, _mode: place != path)

    with pytest.raises(StorageError, match=r"it is write-protected; see that"):
        check_journal(path)


async def test_a_log_that_a_reader_of_a_write_protected_journal_left_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    await _write(path)
    log = tmp_path / "journal.db-shm"
    log.touch()
    monkeypatch.setattr(os, "access", lambda place, _mode: place != log)

    with pytest.raises(StorageError, match=rf"{log} is write-protected"):
        check_journal(path)
