"""A journal made smaller, under the locks of all its accounts: no run needs it meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import check_journal
from launcher.adapters.journal.files import is_there
from launcher.adapters.journal.pruning import prune
from launcher.adapters.journal.whole import whole_journal
from launcher.adapters.lock import hold_lock
from launcher.core.entry import Pruned, Record, RunId
from launcher.core.errors import StorageError, UsageError
from launcher.core.pruning import old_runs
from launcher.core.sorting import Pruning, Sorting
from launcher.core.soundness import Flaw

_FILE = "launcher journal prune"
"""What other runs are told of who holds the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """A journal, and what of it goes; sizes in bytes."""

    path: Path
    before: datetime
    pruning: Pruning
    up_to: int
    size: int
    spare: int
    """What an earlier prune could not give back."""


def prunable(path: Path, *, before: datetime) -> Prunable:
    """Return what of the journal would go; it is only read.

    Raises:
        UsageError: there is none.
        StorageError: it cannot be read, or is damaged: nothing is deleted from what is not whole.
    """
    check_there(path)
    with whole_journal(path) as journal:
        complaints = journal.complaints(thorough=False)
        if complaints:
            raise _damaged(path, complaints[0])
        marks, flaws = journal.marks()
        _check_flaws(path, flaws)
        sorting = Sorting(old_runs(marks, before=before))
        for task in journal.tasks():
            _check_flaws(path, task.flaws)
            sorting.take(task.number, task.account, task.records)
        return Prunable(
            path=path,
            before=before,
            pruning=sorting.pruning(),
            up_to=journal.up_to,
            size=path.stat().st_size,
            spare=journal.spare_bytes(),
        )


def check_there(path: Path) -> None:
    """Refuse a journal that is not there.

    Raises:
        UsageError: it is not, or is no file.
    """
    try:
        why = None if is_there(path) else "the first run makes it"
    except OSError as error:
        why = error.strerror or str(error)
    if why is not None:
        raise UsageError(
            f"there is no journal {path}: {why} (name another one with --journal PATH)"
        )


@contextmanager
def all_locked(path: Path, *, run: RunId) -> Iterator[None]:
    """Keep the runs of all accounts in the journal off it while the body runs.

    Raises:
        UsageError: there is no journal.
        AlreadyRunningError: one of them holds it.
        StorageError: it cannot be read, written or locked.
    """
    check_there(path)
    check_journal(path)
    with whole_journal(path) as journal:
        accounts = journal.accounts().values()
    with ExitStack() as stack:
        for account in accounts:
            held = hold_lock(path, account, run=run, file=_FILE, now=SystemClock().now())
            stack.enter_context(held)
        yield


def carry_out_pruning(found: Prunable, *, run: RunId) -> int:
    """Delete what goes, shrink the file, and return its size; the caller holds all locks.

    Raises:
        StorageError: nothing was deleted, or the file could not be made smaller.
    """
    noted = Pruned(
        before=found.before.isoformat(),
        up_to=found.up_to,
        facts=found.pruning.facts,
        runs=found.pruning.cut,
    )
    record = Record(run=run, at=SystemClock().now(), entry=noted)
    prune(found.path, found.pruning, record)
    return found.path.stat().st_size


def _damaged(path: Path, why: str) -> StorageError:
    return StorageError(
        f"nothing was deleted from the journal {path}, as it is damaged ({why}): "
        "see launcher journal check"
    )


def _check_flaws(path: Path, flaws: Sequence[Flaw]) -> None:
    for key, why in flaws:
        raise _damaged(path, f"fact {key}: {why}")
