"""What the pictures of a page need of the rows, noted while they are written."""

from dataclasses import dataclass, field

from launcher.core.course import has_ended
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest, Digesting
from launcher.core.report import RunFacts
from launcher.core.row import Row

_RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is known once every row was seen; times are seconds of the epoch, in order."""

    digest: Digest
    starts: tuple[float, ...]
    """When this run started each task."""
    latencies: tuple[float, ...]
    """Of this run's last request for each task, in seconds, the shortest first."""
    launched: int
    """How many tasks have been launched, by whichever run."""
    changes: tuple[tuple[float, int], ...]
    """When tasks began (1) and ceased (-1) to run, where that is known."""
    still_running: int
    """How many of them ran when they were last read."""
    also_running: int
    """How many others did, since when is not known."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Notes a few numbers of each row, and keeps no row."""

    run: RunFacts
    _digesting: Digesting = field(init=False)
    _starts: list[float] = field(default_factory=list)
    _latencies: list[float] = field(default_factory=list)
    _launched: int = 0
    _changes: list[tuple[float, int]] = field(default_factory=list)
    _still_running: int = 0
    _also_running: int = 0

    def __post_init__(self) -> None:
        self._digesting = Digesting(run=self.run.run_id)

    def add(self, row: Row) -> None:
        """Count a row in."""
        self._digesting.add(row)
        is_own = row.run_id == self.run.run_id
        if is_own and row.launched_at is not None and row.outcome is Outcome.LAUNCHED:
            self._starts.append(row.launched_at.timestamp())
        if is_own and row.latency_s is not None:
            self._latencies.append(row.latency_s)
        if row.outcome is Outcome.LAUNCHED:
            self._launched += 1
            placed = len(self._changes)
            self._add_course(row)
            self._also_running += row.status == _RUNNING and len(self._changes) == placed

    def _add_course(self, row: Row) -> None:
        """Note when the task ran, as far as its times tell; it may have been queued before."""
        if row.queued_s is None and row.running_s is None:
            return
        ended = row.ended_at if has_ended(row.status) else None
        until = row.status_at if ended is None else ended
        if until is None or (ended is None and not row.running_s):
            return
        began = _began(row, until.timestamp())
        if began is None:
            return
        self._changes.append((began, 1))
        if ended is None:
            self._still_running += 1
        else:
            self._changes.append((max(ended.timestamp(), began), -1))

    def counted(self) -> Counted:
        """Return what has been counted so far."""
        return Counted(
            digest=self._digesting.digest(),
            starts=tuple(sorted(self._starts)),
            latencies=tuple(sorted(self._latencies)),
            launched=self._launched,
            changes=tuple(sorted(self._changes)),
            still_running=self._still_running,
            also_running=self._also_running,
        )


def _began(row: Row, until: float) -> float | None:
    """Return since when the task ran that did so last at `until`."""
    if row.launched_at is not None and row.queued_s is not None:
        return row.launched_at.timestamp() + row.queued_s
    return None if row.running_s is None else until - row.running_s
