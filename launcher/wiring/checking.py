"""What is found when a journal is looked at as a whole; nothing is locked or changed."""

import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from launcher.adapters.journal.files import is_there
from launcher.adapters.journal.whole import WholeJournal, whole_journal
from launcher.adapters.lock import holder_of
from launcher.adapters.screen.words import counted, size
from launcher.core.advice import NETWORK_DISK, advice_on_outcome
from launcher.core.entry import Account, Pruned, Record, RunId, RunStarted
from launcher.core.errors import StorageError
from launcher.core.finding import Finding, ok, refused, skipped, warning
from launcher.core.outcome import Outcome
from launcher.core.soundness import Flaw, doubtful_run, flaws_of_marks, flaws_of_task
from launcher.wiring.places import Disks

THOROUGH_BYTES = 1_000_000_000
"""Above it SQLite compares no indexes with what they index, which takes minutes."""

_SHOWN = 5
_INSIDE = ("database", "contents", "facts", "doubts")
_MEND = (
    "Keep a copy of this file and of those beside it. Then restore a backup, or recover what can "
    "be: sqlite3 FILE .recover | sqlite3 NEW.db (or .dump, where .recover is not to be had), and "
    "check NEW.db. Until then launch nothing that stood in it: what it started is known here alone."
)


@dataclass(slots=True, kw_only=True)
class _Sum:
    """What all facts come to, as far as they were read."""

    flaws: list[Flaw] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    """The first and the last."""
    doubts: Counter[RunId] = field(default_factory=Counter)

    def see(self, record: Record) -> None:
        self.times = [min([record.at, *self.times]), max([record.at, *self.times])]


def check_findings(path: Path, *, disks: Disks | None = None) -> tuple[Finding, ...]:
    """Return what is found of the journal: its file, its database, its facts, what is in doubt."""
    try:
        if is_there(path):
            return (_file(path), _disk(path, disks or Disks()), *_inside(path))
        why = "it is not there: the first run makes it, or name another file with --journal PATH"
    except OSError as error:
        why = error.strerror or str(error)
    return (refused("file", StorageError(f"there is no journal to check at {path}: {why}")),)


def _file(path: Path) -> Finding:
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    words = f"{path}: {size(found.st_size)}"
    facts = {"path": str(path), "size_bytes": found.st_size, "mode": f"{mode:04o}"}
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        mend = f"Keep it to yourself: chmod 600 {path}"
        return warning("file", f"{words}, and not yours alone (mode {mode:04o})", mend, **facts)
    return ok("file", f"{words}, private", **facts)


def _disk(path: Path, disks: Disks) -> Finding:
    network = disks.on_network(path)
    if network is None:
        return ok("file_system", "it is on a local disk", network=None)
    words = f"it is on a network file system ({network})"
    return warning("file_system", words, NETWORK_DISK.mend, network=network)


def _inside(path: Path) -> Iterator[Finding]:
    """Yield what is found, step by step; where one step cannot be made, none after it can."""
    left = list(_INSIDE)
    try:
        with whole_journal(path) as journal:
            for finding in _looks(journal, path):
                left.remove(finding.name)
                yield finding
    except StorageError as error:
        yield refused(left[0], error)
        yield from (skipped(name, "the journal cannot be read") for name in left[1:])


def _looks(journal: WholeJournal, path: Path) -> Iterator[Finding]:
    yield _database(journal, thorough=path.stat().st_size <= THOROUGH_BYTES)
    marks, flaws = journal.marks()
    started = {one.run: one.entry for one in marks if isinstance(one.entry, RunStarted)}
    total = _Sum(flaws=[*flaws, *_missing(journal, marks), *flaws_of_marks(marks)])
    for mark in marks:
        total.see(mark)
    for task in journal.tasks():
        total.flaws += task.flaws
        total.flaws += flaws_of_task(task.records, task.account, started=started)
        for record in task.records:
            total.see(record)
        doubtful = doubtful_run(task.records, task.account)
        if doubtful is not None:
            total.doubts[doubtful] += 1
    yield _contents(journal, total, runs=len(started))
    yield _facts(total.flaws)
    yield _doubts(total.doubts, is_active=_is_active(path, journal.accounts().values()))


def _database(journal: WholeJournal, *, thorough: bool) -> Finding:
    complaints = journal.complaints(thorough=thorough)
    facts = {"version": journal.version, "thorough": thorough, "complaints": complaints}
    if complaints:
        words = f"SQLite finds it damaged: {'; '.join(complaints)}"
        return refused("database", StorageError(words), _MEND, **facts)
    how = "all of it" if thorough else "all but its indexes, as it is large"
    return ok("database", f"schema {journal.version}; SQLite finds {how} sound", **facts)


def _missing(journal: WholeJournal, marks: list[Record]) -> Iterator[Flaw]:
    """Yield that facts are missing, or cannot be reached."""
    pruned = (mark.entry.up_to for mark in marks if isinstance(mark.entry, Pruned))
    missing, strays = journal.missing(after=max(pruned, default=0)), journal.strays()
    if missing:
        yield 0, f"{counted(missing, 'fact')} missing in the middle: something deleted them"
    if strays:
        yield 0, f"{counted(strays, 'fact')} of a task that is not there"


def _contents(journal: WholeJournal, total: _Sum, *, runs: int) -> Finding:
    kinds, accounts = journal.kinds(), len(journal.accounts())
    count = sum(kinds.values())
    words = f"{counted(count, 'fact')} of {counted(runs, 'run')} and {counted(accounts, 'account')}"
    if total.times:
        first, last = (f"{at:%Y-%m-%d %H:%M}" for at in total.times)
        words += f", from {first} to {last} UTC"
    facts = {
        "facts": count,
        "runs": runs,
        "accounts": accounts,
        "first_at": total.times[0].isoformat() if total.times else None,
        "last_at": total.times[1].isoformat() if total.times else None,
        "kinds": kinds,
    }
    return ok("contents", words, **facts)


def _facts(flaws: list[Flaw]) -> Finding:
    if not flaws:
        return ok("facts", "each of them can be read, and they fit together", flaws=[])
    told = [f"fact {key}: {why}" if key else why for key, why in sorted(flaws)[:_SHOWN]]
    more = len(flaws) - len(told)
    words = "; ".join([*told, *([f"and {more:,} more"] if more else [])])
    return refused("facts", StorageError(words), _MEND, flaws=told, count=len(flaws))


def _is_active(path: Path, accounts: Iterable[Account]) -> bool:
    try:
        return any(holder_of(path, account) is not None for account in accounts)
    except StorageError:
        return False


def _doubts(doubts: Counter[RunId], *, is_active: bool) -> Finding:
    """Say what is in doubt; while a run goes on, what it has in flight counts."""
    count, facts = doubts.total(), {"tasks": doubts.total(), "runs": dict(doubts)}
    if not count:
        return ok("doubts", "no task is in doubt", **facts)
    named = ", ".join(f"{number:,} by run {run}" for run, number in doubts.most_common(_SHOWN))
    more = len(doubts) - _SHOWN
    words = f"{counted(count, 'task')} in doubt: {named}"
    words += f" and {counted(more, 'other run')}" if more > 0 else ""
    again = advice_on_outcome(Outcome.UNKNOWN)
    if is_active or again is None:
        return ok("doubts", f"{words}; a run is active now", **facts)
    return warning("doubts", words, again.mend, **facts)
