"""Two runs side by side: what became of each task in the newer one that was asked for in both.

Rows are read once and not kept: of a fine task only its outcome is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from launcher.core.course import BAD_ENDS
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.reasons import source_of
from launcher.core.row import Row
from launcher.core.words import shown

_STATUS_LIMIT = 20
_NAME_LIMIT = 80
_FINE = frozenset((Outcome.LAUNCHED, Outcome.SKIPPED))


class Change(StrEnum):
    """What the newer run says of a task, next to what the older one says."""

    RECOVERED = "recovered"
    """Rejected, failed, unknown or pending in the older one, launched in the newer."""
    TAKEN = "taken"
    """The same, but no draft any more in the newer: somebody else started it."""
    NEWLY_BAD = "newly bad"
    """Launched, or no draft any more, in the older one, and neither in the newer."""
    ENDED_BADLY = "ended badly"
    """Launched, and FAILED or ABORTED on the platform since the older one."""
    STILL_BAD = "still bad"
    """Rejected, failed, unknown or pending in both."""
    STILL_FINE = "still fine"
    ONLY_OLDER = "only in the older"
    ONLY_NEWER = "only in the newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one run says of a task; `told` are the code and HTTP status of a bad one."""

    outcome: Outcome
    status: str | None = None
    told: str = ""
    name: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nothing has to be done about its launch."""
        return self.outcome in _FINE

    @property
    def ended_badly(self) -> bool:
        """Whether it was launched, and is over without having completed."""
        is_launched = self.outcome is Outcome.LAUNCHED
        return is_launched and self.status in BAD_ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A task that is not as fine in both runs; None: that run was not asked for it."""

    task: TaskId
    change: Change
    older: Standing | None
    newer: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many tasks there are of each change, and which, but for those that are still fine.

    The tasks of the newer run come first, in its order; then those that only the older one has.
    """

    counts: Mapping[Change, int]
    changes: tuple[Changed, ...]


def compare(older: Iterable[Row], newer: Iterable[Row]) -> Comparison:
    """Return what became of the tasks of two runs, of which `older` began before."""
    before = {row.task_id: _standing(row) for row in older}
    counts: Counter[Change] = Counter()
    changes: list[Changed] = []
    for row in newer:
        was, now = before.pop(row.task_id, None), _standing(row)
        change = _change(was, now)
        counts[change] += 1
        if change is not Change.STILL_FINE:
            changes.append(Changed(task=row.task_id, change=change, older=was, newer=now))
    counts[Change.ONLY_OLDER] = len(before)
    changes += [
        Changed(task=task, change=Change.ONLY_OLDER, older=was, newer=None)
        for task, was in before.items()
    ]
    return Comparison(counts=counts, changes=tuple(changes))


def _change(was: Standing | None, now: Standing) -> Change:
    if was is None:
        return Change.ONLY_NEWER
    if not now.is_fine:
        return Change.NEWLY_BAD if was.is_fine else Change.STILL_BAD
    if now.ended_badly and not was.ended_badly:
        return Change.ENDED_BADLY
    if was.is_fine:
        return Change.STILL_FINE
    return Change.RECOVERED if now.outcome is Outcome.LAUNCHED else Change.TAKEN


def _standing(row: Row) -> Standing:
    return Standing(
        outcome=row.outcome,
        status=None if row.status is None else shown(row.status, limit=_STATUS_LIMIT),
        told="" if row.outcome in _FINE else source_of(row),
        name=shown(row.name or "", limit=_NAME_LIMIT),
    )
