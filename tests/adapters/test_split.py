"""Lists of ids by outcome: read back by the launcher's own input, and never half there."""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.reports import check_split, write_split
from launcher.adapters.sources import read_ids
from launcher.core.errors import StorageError, UsageError
from launcher.core.outcome import Outcome
from support.limits import files_of_at_most, not_as_root
from support.report_examples import row, task

NAMES = {f"{outcome}.txt" for outcome in Outcome}
ROWS = [row(number, outcome) for number, outcome in enumerate([*Outcome, *Outcome])]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that is not only root's, as those above `tmp_path` are."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)
        Path(folder).chmod(0o700)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_each_outcome_has_a_list_in_the_order_of_the_rows(tmp_path: Path) -> None:
    counts = write_split(ROWS, str(tmp_path / "lists"))

    assert counts == dict.fromkeys(Outcome, 2)
    assert contents(tmp_path / "lists") == {
        f"{outcome}.txt": f"{task(number)}\n{task(number + len(Outcome))}\n"
        for number, outcome in enumerate(Outcome)
    }


def test_an_outcome_of_no_task_empties_an_older_list(tmp_path: Path) -> None:
    write_split(ROWS, str(tmp_path))

    write_split([row(1)], str(tmp_path))

    assert contents(tmp_path) == dict.fromkeys(NAMES, "") | {"launched.txt": f"{task(1)}\n"}


def test_lists_and_the_folder_made_for_them_are_their_owners_alone(tmp_path: Path) -> None:
    write_split(ROWS, str(tmp_path / "deep" / "er"))

    places = [tmp_path / "deep", tmp_path / "deep/er", tmp_path / "deep/er/failed.txt"]
    assert [stat.S_IMODE(place.stat().st_mode) for place in places] == [0o700, 0o700, 0o600]


def test_lists_that_cannot_be_finished_leave_all_old_ones(tmp_path: Path) -> None:
    write_split(ROWS, str(tmp_path))
    old = contents(tmp_path)
    many = [row(number, Outcome.PENDING) for number in range(5000)]

    with files_of_at_most(100_000), pytest.raises(StorageError, match="File too large"):
        write_split([row(7), *many], str(tmp_path))

    assert contents(tmp_path) == old


def test_no_list_is_replaced_before_all_are_safe_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(any(tmp_path.glob("*.txt")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_split(ROWS, str(tmp_path))

    assert not any(synced[: len(Outcome)])


OTHERS = {
    "a table": b"task_id,sample\n",
    "notes beside ids": f"{task(1)} # mine\n".encode(),
    "one other line": f"{task(1)}\n{task(2)}\nlate\n".encode(),
    "no text": bytes(range(256)),
    "one long line": b"0" * 1_000_000,
}


@pytest.mark.parametrize("held", OTHERS.values(), ids=OTHERS)
def test_what_holds_more_than_ids_is_not_replaced(held: bytes, tmp_path: Path) -> None:
    (tmp_path / "pending.txt").write_bytes(held)

    for refuse in (check_split, lambda folder: write_split(ROWS, folder)):
        with pytest.raises(UsageError, match=r"pending\.txt is there and no list of task ids"):
            refuse(str(tmp_path))

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"pending.txt": held}


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "failed.txt").mkdir()
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "failed.txt")

    for folder in (tmp_path, tmp_path / "pipes"):
        with pytest.raises(UsageError, match=r"failed\.txt is there and no list"):
            check_split(str(folder))


def test_a_link_to_a_list_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "failed.txt").symlink_to(tmp_path / "there" / "failed.txt")

    write_split([row(1, Outcome.FAILED)], str(tmp_path))

    assert (tmp_path / "failed.txt").is_symlink()
    assert (tmp_path / "there" / "failed.txt").read_text() == f"{task(1)}\n"


@pytest.mark.parametrize("name", ["a file", "a link to nothing", "", "a\0b"])
def test_what_is_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "a link to nothing").symlink_to("nothing")

    with pytest.raises(UsageError, match="--split needs"):
        check_split(str(tmp_path / name) if name else name)


@pytest.mark.parametrize("name", ["", "new", "file/under", "x" * 300])
def test_what_cannot_be_written_is_refused(name: str, open_folder: Path) -> None:
    (open_folder / "file").write_text("mine")
    open_folder.chmod(0o555)

    with not_as_root(), pytest.raises(StorageError, match="cannot write the lists of ids into"):
        check_split(str(open_folder / name))


def test_a_file_in_the_way_is_called_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(StorageError, match=r"file is no folder"):
        check_split(str(tmp_path / "file" / "lists"))


def test_a_protected_list_is_refused_and_named(open_folder: Path) -> None:
    (open_folder / "failed.txt").touch(0o444)

    with not_as_root(), pytest.raises(StorageError, match=r"failed\.txt there is write-protected"):
        check_split(str(open_folder))


def test_checking_a_folder_changes_nothing(tmp_path: Path) -> None:
    check_split(str(tmp_path / "new"))

    assert list(tmp_path.iterdir()) == []


@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=30))
def test_the_launchers_own_input_reads_every_list_back(outcomes: Sequence[Outcome]) -> None:
    rows = [row(number, outcome) for number, outcome in enumerate(outcomes)]

    with tempfile.TemporaryDirectory() as folder:
        write_split(rows, folder)
        lists = {one: read_ids([f"{folder}/{one}.txt"], []) for one in Outcome}

    for outcome, read in lists.items():
        assert [one.task for one in read] == [one.task_id for one in rows if one.outcome is outcome]
