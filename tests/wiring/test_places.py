"""Where a run would write: looked at, told, and left as it was."""

import os
from pathlib import Path

import pytest

from launcher.adapters.journal import open_journal
from launcher.adapters.lock import hold_lock, lock_path
from launcher.core.advice import NETWORK_DISK, SCARCE_DISK
from launcher.core.finding import Finding, State
from launcher.core.ids import Requested
from launcher.settings import load_settings
from launcher.wiring.places import PLACES, Disks, place_findings
from support.journal_examples import (
    ACCOUNT,
    OTHER,
    RUN,
    START,
    TickingClock,
    attempted,
    settled,
    started,
    task,
)

GIGABYTE = 1_000_000_000


def _disks(*, network: str | None = None, locks: bool = True, free_bytes: int = GIGABYTE) -> Disks:
    return Disks(
        on_network=lambda _path: network,
        keeps_locks=lambda _path: locks,
        free_bytes=lambda _folder: free_bytes,
    )


def _found(
    folder: Path, /, *, disks: Disks | None = None, **settings: object
) -> dict[str, Finding]:
    given = {"journal": folder / "journal.db", "report": str(folder / "r.csv"), **settings}
    findings = place_findings(
        load_settings(given, environment={}), account=ACCOUNT, disks=disks or _disks()
    )
    assert tuple(finding.name for finding in findings) == PLACES
    return {finding.name: finding for finding in findings}


def _states(found: dict[str, Finding]) -> dict[str, State]:
    return {name: one.state for name, one in found.items() if one.state is not State.OK}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


async def _write(folder: Path, *, doubts: int = 0) -> None:
    async with open_journal(folder / "journal.db", run=RUN, clock=TickingClock()) as journal:
        journal.queue(started())
        for number in range(3):
            journal.queue(Requested(position=number, task=task(number), source="t"))
            journal.queue(attempted(number))
            if number >= doubts:
                journal.queue(settled(number))


async def test_a_sound_journal_is_told_with_its_runs_and_left_as_it_is(tmp_path: Path) -> None:
    await _write(tmp_path)
    before = _contents(tmp_path)

    found = _found(tmp_path)

    path = tmp_path / "journal.db"
    assert _states(found) == {}
    assert found["journal"].finding == f"{path}: schema 1, 1 run"
    assert found["journal"].facts == {
        "path": str(path),
        "version": 1,
        "runs": 1,
        "in_doubt": 0,
        "active": False,
    }
    assert _contents(tmp_path) == before


def test_without_a_journal_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "state"

    found = _found(folder)

    assert _states(found) == {}
    assert found["journal"].finding == f"none yet; the first run makes {folder}/journal.db"
    assert found["lock"].finding == "free: no run of this account is active"
    assert not folder.exists()


async def test_doubts_of_the_last_run_are_warned_of_unless_a_run_is_active(tmp_path: Path) -> None:
    await _write(tmp_path, doubts=2)

    finding = _found(tmp_path)["journal"]
    with hold_lock(tmp_path / "journal.db", ACCOUNT, run=RUN, file="t", now=START):
        held = _found(tmp_path)["journal"]

    assert finding.state is State.WARNING
    assert finding.finding.endswith("schema 1, 1 run; the last one left 2 tasks in doubt")
    assert finding.mend is not None
    assert "never starts it twice" in finding.mend
    assert (held.state, held.facts["in_doubt"]) == (State.OK, 2)


def test_what_is_no_journal_is_a_trouble_of_exit_5(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("my diary, which is longer than a header of SQLite " * 9)
    before = _contents(tmp_path)

    found = _found(tmp_path, disks=_disks(network="nfs4"))

    assert _states(found) == {"journal": State.TROUBLE, "file_system": State.WARNING}
    assert found["journal"].exit_code == 5
    assert "it is no journal of the launcher" in found["journal"].finding
    assert found["file_system"].facts["locks"] is None
    assert _contents(tmp_path) == before


def test_a_write_protected_place_is_a_trouble_of_exit_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may write all

    found = _found(tmp_path)

    assert _states(found) == {"journal": State.TROUBLE, "reports": State.TROUBLE}
    assert {found[name].exit_code for name in ("journal", "reports")} == {5}


def test_an_active_run_is_what_a_second_one_would_end_by(tmp_path: Path) -> None:
    with hold_lock(tmp_path / "journal.db", ACCOUNT, run=RUN, file="tasks.txt", now=START):
        found = _found(tmp_path)

    assert _states(found) == {"lock": State.TROUBLE}
    assert found["lock"].exit_code == 75
    assert found["lock"].finding.startswith(f"a run is active now: run {RUN}, process ")


def test_another_accounts_run_is_none_of_ours(tmp_path: Path) -> None:
    with hold_lock(tmp_path / "journal.db", OTHER, run=RUN, file="tasks.txt", now=START):
        assert _found(tmp_path)["lock"].facts == {"holder": None}


def test_a_lock_that_cannot_be_looked_at_is_a_trouble(tmp_path: Path) -> None:
    lock_path(tmp_path / "journal.db", ACCOUNT).mkdir()

    found = _found(tmp_path)

    assert _states(found) == {"lock": State.TROUBLE}


def test_without_an_account_the_lock_is_not_looked_at(tmp_path: Path) -> None:
    settings = load_settings({"journal": tmp_path / "j.db"}, environment={})

    found = {one.name: one for one in place_findings(settings, account=None, disks=_disks())}

    assert _states(found) == {"lock": State.SKIPPED}


async def test_the_run_of_an_unknown_account_is_neither_disturbed_nor_called_over(
    tmp_path: Path,
) -> None:
    await _write(tmp_path)
    settings = load_settings({"journal": tmp_path / "journal.db"}, environment={})
    disks = _disks(network="nfs4", locks=True)

    with hold_lock(tmp_path / "journal.db", ACCOUNT, run=RUN, file="t", now=START):
        found = {one.name: one for one in place_findings(settings, account=None, disks=disks)}

    assert found["journal"].facts["active"] is True
    assert found["journal"].state is State.OK
    assert found["file_system"].facts["locks"] is None


@pytest.mark.parametrize(
    ("locks", "state", "words"),
    [
        (True, State.WARNING, "on a network file system (nfs4); its locks hold"),
        (False, State.TROUBLE, "on a network file system (nfs4) that does not keep locks"),
    ],
)
async def test_locks_of_a_network_file_system_are_tried_where_nobody_holds_the_journal(
    tmp_path: Path, *, locks: bool, state: State, words: str
) -> None:
    await _write(tmp_path)
    disks = _disks(network="nfs4", locks=locks)

    finding = _found(tmp_path, disks=disks)["file_system"]
    with hold_lock(tmp_path / "journal.db", ACCOUNT, run=RUN, file="t", now=START):
        held = _found(tmp_path, disks=disks)["file_system"]

    assert (finding.state, finding.mend) == (state, NETWORK_DISK.mend)
    assert words in finding.finding
    assert finding.facts == {"network": "nfs4", "locks": locks}
    assert (held.state, held.facts["locks"]) == (State.WARNING, None)


@pytest.mark.parametrize(
    ("free_bytes", "state", "words"),
    [
        (2_500_000_000_000, State.OK, "2.5 TB"),
        (100_000_000, State.OK, "100.0 MB"),
        (99_900_000, State.WARNING, "99.9 MB"),
        (999_999, State.TROUBLE, "1000.0 kB"),
        (0, State.TROUBLE, "0 bytes"),
    ],
)
def test_a_disk_with_little_room_is_told(
    tmp_path: Path, free_bytes: int, state: State, words: str
) -> None:
    found = _found(tmp_path, disks=_disks(free_bytes=free_bytes))

    for name in ("disk", "reports"):
        assert found[name].state is state
        assert found[name].exit_code == (5 if state is State.TROUBLE else 0)
        assert found[name].mend == (None if state is State.OK else SCARCE_DISK.mend)
        assert found[name].facts == {"folder": str(tmp_path), "free_bytes": free_bytes}
    assert found["disk"].finding == f"{words} free for the journal"
    assert found["reports"].finding == f"{words} free in {tmp_path}, where reports go"


@pytest.mark.parametrize(
    ("report", "exit_code", "words"),
    [
        ("report.odt", 2, "cannot tell the form of the report"),
        ("/dev/null/r.csv", 5, "cannot write the report to /dev/null/r.csv"),
    ],
)
def test_a_report_that_cannot_be_written_is_a_trouble(
    tmp_path: Path, report: str, exit_code: int, words: str
) -> None:
    finding = _found(tmp_path, report=[str(tmp_path / "fine.csv"), report])["reports"]

    assert (finding.state, finding.exit_code) == (State.TROUBLE, exit_code)
    assert words in finding.finding


def test_a_report_to_a_stream_needs_no_room(tmp_path: Path) -> None:
    found = _found(tmp_path, report="-", disks=_disks(free_bytes=0))

    assert found["reports"].finding == "they go to a stream"


def test_a_file_system_that_tells_no_free_space_is_not_checked(tmp_path: Path) -> None:
    def silent(_folder: Path) -> int:
        raise OSError(0, "Stale file handle")

    found = _found(tmp_path, disks=Disks(free_bytes=silent))

    assert _states(found) == {"disk": State.SKIPPED, "reports": State.SKIPPED}


def test_without_a_home_the_journal_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: Path("~/state"))

    found = _found(tmp_path, journal=None)

    assert found["journal"].exit_code == 2
    assert _states(found) == {
        "journal": State.TROUBLE,
        **dict.fromkeys(("lock", "file_system", "disk"), State.SKIPPED),
    }
