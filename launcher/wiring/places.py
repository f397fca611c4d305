"""Where a run would write: its journal and its reports, looked at and left as they are."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from launcher.adapters.journal import JournalReader, check_journal, read_journal
from launcher.adapters.journal.files import folder_of
from launcher.adapters.journal.network import (
    KeepsLocks,
    OnNetwork,
    network_file_system,
    second_handle_is_refused,
)
from launcher.adapters.journal.sqlite import locks_hold
from launcher.adapters.lock import holder_of
from launcher.adapters.reports import check_target, is_stream
from launcher.adapters.screen.words import counted, size
from launcher.core.advice import NETWORK_DISK, SCARCE_DISK, advice_on_outcome
from launcher.core.drawing import report_of
from launcher.core.entry import Account, RunId
from launcher.core.errors import AlreadyRunningError, LauncherError, StorageError, UsageError
from launcher.core.finding import Finding, ok, refused, skipped, warning
from launcher.core.history import run_facts_of
from launcher.core.outcome import Outcome
from launcher.settings import Settings
from launcher.wiring.reporting import report_targets

PLACES = ("journal", "lock", "file_system", "disk", "reports")

_SOME_RUN = RunId("RUN")
_SCARCE_BYTES = 100_000_000
_TOO_SCARCE_BYTES = 1_000_000

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return what this user can still write there."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True, kw_only=True)
class Disks:
    """What is asked of file systems."""

    on_network: OnNetwork = field(default=network_file_system)
    keeps_locks: KeepsLocks = field(default=second_handle_is_refused)
    free_bytes: FreeBytes = field(default=free_bytes)


def place_findings(
    settings: Settings, *, account: Account | None, disks: Disks | None = None
) -> tuple[Finding, ...]:
    """Return what is found of the journal, its lock and disk, and the reports.

    Without an `account`, whose lock it would be is not known.
    """
    disks = disks or Disks()
    reports = _reports(settings, disks)
    try:
        path = settings.journal_path
    except UsageError as error:
        rest = (skipped(name, "there is no journal") for name in PLACES[1:-1])
        return (refused("journal", error), *rest, reports)
    holder = _holder(path, account)
    journal = _journal(path)
    is_idle = holder is None and journal.facts.get("active") is False
    return (
        journal,
        _lock(holder, account),
        _file_system(path, disks, may_lock=is_idle),
        _disk(path, disks),
        reports,
    )


def _holder(path: Path, account: Account | None) -> str | StorageError | None:
    try:
        return None if account is None else holder_of(path, account)
    except StorageError as error:
        return error


def _lock(holder: str | StorageError | None, account: Account | None) -> Finding:
    match holder:
        case StorageError():
            return refused("lock", holder)
        case str():
            active = AlreadyRunningError(f"a run is active now: {holder}")
            return refused("lock", active, "Wait until it has ended, or stop it.", holder=holder)
        case None if account is None:
            return skipped("lock", "the account is not known, and each has its own")
        case None:
            return ok("lock", "free: no run of this account is active", holder=None)


def _journal(path: Path) -> Finding:
    """Look into the journal; `active`: the last run of it, whoever's it is, still goes on."""
    try:
        reader = read_journal(path)
        version = reader.version()
        runs = reader.runs()
        last = run_facts_of(*runs[-1]) if runs else None
        is_active = last is not None and holder_of(path, last.account) is not None
        unknown = _unknown_of(reader, last.run_id) if last is not None else 0
        check_journal(path)
    except StorageError as error:
        return refused("journal", error, path=str(path))
    facts = {"path": str(path), "version": version, "runs": len(runs), "in_doubt": unknown}
    if not version:
        return ok("journal", f"none yet; the first run makes {path}", **facts)
    facts["active"] = is_active
    words = f"{path}: schema {version}, {counted(len(runs), 'run')}"
    again = advice_on_outcome(Outcome.UNKNOWN)
    if unknown and not is_active and again is not None:
        doubts = f"{words}; the last one left {counted(unknown, 'task')} in doubt"
        return warning("journal", doubts, again.mend, **facts)
    return ok("journal", words, **facts)


def _unknown_of(reader: JournalReader, run: RunId) -> int:
    """Return how many of its tasks are in doubt by now; all runs' would cost a full fold."""
    report = report_of(reader, run, up_to_now=True)
    return 0 if report is None else report.summary.unknown


def _file_system(path: Path, disks: Disks, *, may_lock: bool) -> Finding:
    name, network = "file_system", disks.on_network(path)
    if network is None:
        return ok(name, "the journal is on a local disk", network=None)
    words = f"the journal is on a network file system ({network})"
    if not may_lock:
        return warning(name, words, NETWORK_DISK.mend, network=network, locks=None)
    try:
        locks = locks_hold(path, keeps_locks=disks.keeps_locks)
    except StorageError as error:
        return refused(name, error, network=network)
    if locks:
        return warning(
            name, f"{words}; its locks hold", NETWORK_DISK.mend, network=network, locks=True
        )
    spoilt = StorageError(f"{words} that does not keep locks, so two runs could spoil it")
    return refused(name, spoilt, NETWORK_DISK.mend, network=network, locks=False)


def _disk(path: Path, disks: Disks) -> Finding:
    return _room("disk", "for the journal", folder_of(path), disks)


def _reports(settings: Settings, disks: Disks) -> Finding:
    targets = report_targets(settings, _SOME_RUN)
    try:
        for target in targets:
            check_target(target)
    except LauncherError as error:
        return refused("reports", error)
    folders = [Path(target).parent for target in targets if not is_stream(target)]
    if not folders:
        return ok("reports", "they go to a stream")
    found = [
        _room("reports", f"in {folder}, where reports go", folder_of(folder / "RUN"), disks)
        for folder in dict.fromkeys(folders)
    ]
    return max(found, key=lambda finding: (finding.exit_code, finding.mend is not None))


def _room(name: str, where: str, folder: Path, disks: Disks) -> Finding:
    """Return whether there is room left in the folder that `where` speaks of."""
    try:
        free = disks.free_bytes(folder)
    except OSError as error:
        return skipped(name, f"{folder} does not tell its free space ({error.strerror})")
    words = f"{size(free)} free {where}"
    facts = {"folder": str(folder), "free_bytes": free}
    if free < _TOO_SCARCE_BYTES:
        return refused(name, StorageError(words), SCARCE_DISK.mend, **facts)
    if free < _SCARCE_BYTES:
        return warning(name, words, SCARCE_DISK.mend, **facts)
    return ok(name, words, **facts)
