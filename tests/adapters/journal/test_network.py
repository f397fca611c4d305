"""Network file systems."""

import logging
import sqlite3
from asyncio import TaskGroup, sleep
from contextlib import closing
from pathlib import Path

import pytest

from launcher.adapters.journal import open_journal, read_journal
from launcher.adapters.journal.network import (
    file_system_of,
    is_network,
    network_file_system,
    second_handle_is_refused,
)
from launcher.adapters.journal.sqlite import locks_hold
from launcher.core.errors import StorageError
from support.journal_examples import ACCOUNT, RUN, TickingClock, entries_of, started

MOUNTS = r"""
22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw
28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
60 28 0:50 / /home rw,relatime shared:20 master:3 - autofs systemd-1 rw,fd=46
61 60 0:51 / /home rw,relatime shared:21 - nfs4 files:/home rw,vers=4.2,local_lock=none
62 61 254:1 /scratch /home/mara/scratch rw shared:22 - xfs /dev/vdb rw
63 28 0:52 / /mnt/lab\040share\134x rw - cifs //lab/share rw
64 28 0:53 / /lustre rw - lustre mds@tcp:/work rw
65 28 0:54 / /mnt/laptop rw - fuse.sshfs mara@laptop: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/journal.db", "ext4"),
        ("/home/mara/journal.db", "nfs4"),
        ("/homes/journal.db", "ext4"),
        ("/home/mara/scratch/journal.db", "xfs"),
        ("/home/mara/scratches/journal.db", "nfs4"),
        ("/mnt/lab share\\x/journal.db", "cifs"),
        ("/lustre/journal.db", "lustre"),
        ("/mnt/laptop/journal.db", "fuse.sshfs"),
        ("/", "ext4"),
    ],
)
def test_a_path_is_on_its_nearest_and_last_mount(path: str, kind: str) -> None:
    assert file_system_of(MOUNTS, Path(path)) == kind


@pytest.mark.parametrize("mounts", ["", "odd", "1 2 - ext4", " - ", "22 28 0:20 / /proc rw - "])
def test_an_odd_mount_table_tells_nothing(mounts: str) -> None:
    assert file_system_of(mounts, Path("/proc/x")) is None


@pytest.mark.parametrize(
    "kind",
    [
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "lustre", "gpfs", "ocfs2"),
        *("beegfs", "beegfs_nodev", "glusterfs", "virtiofs", "fuse", "fuse.sshfs", "fuse.rclone"),
    ],
)
def test_file_systems_of_networks_are_known(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize(
    "kind",
    ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.fuse-overlayfs", "apfs"],
)
def test_file_systems_of_disks_are_local(kind: str) -> None:
    assert not is_network(kind)


def test_this_machines_own_mount_table_can_be_read(tmp_path: Path) -> None:
    kind = network_file_system(tmp_path / "journal.db")

    assert kind is None or is_network(kind)


def test_another_process_is_refused_the_write_lock_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        held = second_handle_is_refused(path)
        connection.execute("ROLLBACK")

    assert held
    assert not second_handle_is_refused(path)


def _logs(path: Path) -> list[str]:
    return [end for end in ("-journal", "-shm", "-wal") if path.with_name(path.name + end).exists()]


async def test_on_a_network_no_memory_is_shared_and_one_warning_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal.db"
    with caplog.at_level(logging.WARNING):
        async with open_journal(
            path, run=RUN, clock=TickingClock(), on_network=lambda _: "nfs4"
        ) as journal:
            await journal.append(started())
            logs = _logs(path)

    assert logs == ["-journal"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "network file system" in caplog.text
    assert entries_of(list(read_journal(path).entries(ACCOUNT))) == [started()]


async def test_where_locks_do_not_hold_the_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nfs4.*does not keep locks.*--journal PATH"):
        async with open_journal(
            tmp_path / "journal.db",
            run=RUN,
            clock=TickingClock(),
            on_network=lambda _: "nfs4",
            keeps_locks=lambda _: False,
        ):
            pass


async def test_a_change_of_the_journal_mode_waits_for_others_to_close(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    async def open_on(network: str | None) -> None:
        async with open_journal(
            path, run=RUN, clock=TickingClock(), on_network=lambda _: network
        ) as journal:
            await journal.append(started())

    await open_on(None)
    async with TaskGroup() as lanes:
        with closing(sqlite3.connect(path)) as other:
            other.execute("SELECT count(*) FROM entry").fetchone()
            opening = lanes.create_task(open_on("nfs4"))
            await sleep(0.05)
            waited = not opening.done()

    assert waited
    assert len(list(read_journal(path).entries(ACCOUNT))) == 2


async def test_a_journal_can_move_to_a_network_and_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for kind in (None, "nfs4", None):
        async with open_journal(
            path,
            run=RUN,
            clock=TickingClock(),
            on_network=lambda _, kind=kind: kind,  # type: ignore[misc] # bound now
            keeps_locks=lambda _: True,
        ) as journal:
            await journal.append(started())

    assert len(list(read_journal(path).entries(ACCOUNT))) == 3


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def test_a_look_asks_whether_locks_hold_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        journal.queue(started())
    before = _contents(tmp_path)

    assert locks_hold(path, keeps_locks=second_handle_is_refused)
    assert not locks_hold(path, keeps_locks=lambda _path: False)
    assert _contents(tmp_path) == before


def test_locks_of_a_file_that_is_no_journal_are_not_asked_for(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot lock the journal"):
        locks_hold(tmp_path / "journal.db", keeps_locks=lambda _path: True)

    assert list(tmp_path.iterdir()) == []


def rewritten(path: Path) -> None:
    """Give the file another number, its content kept: as some network disks do by themselves."""
    other = path.with_name("other.db")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize(("kind", "goes_on"), [("cifs", True), (None, False)])
async def test_a_network_disk_may_number_a_journal_anew_and_no_other_disk(
    tmp_path: Path, kind: str | None, *, goes_on: bool
) -> None:
    path = tmp_path / "journal.db"
    opened = open_journal(path, run=RUN, clock=TickingClock(), on_network=lambda _: kind)

    async with opened as journal:
        await journal.append(started())
        rewritten(path)
        if goes_on:
            assert list(journal.reader.facts(ACCOUNT, [])) == []
            return
        with pytest.raises(StorageError, match="moved, deleted or replaced"):
            list(journal.reader.runs())
