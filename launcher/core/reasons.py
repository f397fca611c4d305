"""Why tasks of a run are not launched, grouped; rows in, words out."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from launcher.core.advice import CHILD_OF_BATCH, UNCLONED, Advice, advice_for, advice_on_outcome
from launcher.core.answer import STOPPED_BEFORE
from launcher.core.cloning import CLONED_WHEN
from launcher.core.course import FAILED
from launcher.core.entry import RunId
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from launcher.core.words import counted, shown

_KIND_LIMIT = 120
_STATUS_LIMIT = 20
_STATUSES_SHOWN = 4
_CHILD = "child of batch task "
_VARYING = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+", re.ASCII)
_WARNED = Advice(means="started, and the platform has something to say", mend="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason that `count` tasks share, and the first of them."""

    outcome: Outcome
    count: int
    what: str
    """Code, status and what they mean."""
    source: str
    """Code and status alone, as `code 7024, HTTP 400`; empty where there is neither."""
    examples: tuple[Row, ...]
    mend: str

    @property
    def example(self) -> Row:
        """The first of them."""
        return self.examples[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarked:
    """A remark that `count` launched tasks share, and the first of them."""

    count: int
    examples: tuple[Row, ...]

    @property
    def example(self) -> Row:
        """The first of them."""
        return self.examples[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What words about a run need of its rows."""

    reasons: tuple[Reason, ...]
    """The most frequent first."""
    skipped: Counter[str]
    """The tasks that were no drafts any more, by their status."""
    launched: Counter[RunId]
    """The launched tasks, by the run that launched them."""
    first_at: Mapping[RunId, datetime]
    """When each run launched the first of them."""
    remarks: tuple[Remarked, ...] = ()
    """What is slow or odd about launched tasks; the most frequent first."""
    failed: Counter[RunId] = field(default_factory=Counter)
    """The launched tasks that failed on the platform, by the run that launched them."""


@dataclass(slots=True, kw_only=True)
class Digesting:
    """Makes the digest of the rows of `run`, one by one; it keeps `examples` of each kind."""

    run: RunId
    examples: int = 1
    _counts: Counter[Hashable] = field(default_factory=Counter)
    _rows: dict[Hashable, list[Row]] = field(default_factory=dict)
    _skipped: Counter[str] = field(default_factory=Counter)
    _launched: Counter[RunId] = field(default_factory=Counter)
    _failed: Counter[RunId] = field(default_factory=Counter)
    _first_at: dict[RunId, datetime] = field(default_factory=dict)
    _remarks: Counter[Hashable] = field(default_factory=Counter)
    _remarked: dict[Hashable, list[Row]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count a row in."""
        if row.outcome is Outcome.SKIPPED:
            self._skipped[row.status or "unread"] += 1
        elif row.outcome is Outcome.LAUNCHED:
            self._add_launched(row)
        if _wants_reason(row, self.run):
            key = _key(row)
            self._counts[key] += 1
            self._keep(self._rows, key, row)

    def _add_launched(self, row: Row) -> None:
        self._launched[row.run_id] += 1
        if row.status == FAILED:
            self._failed[row.run_id] += 1
        if row.remark is not None:
            kind = _kind(row.remark)
            self._remarks[kind] += 1
            self._keep(self._remarked, kind, row)
        if row.launched_at is not None:
            first_at = self._first_at.get(row.run_id, row.launched_at)
            self._first_at[row.run_id] = min(row.launched_at, first_at)

    def _keep(self, rows: dict[Hashable, list[Row]], key: Hashable, row: Row) -> None:
        some = rows.setdefault(key, [])
        if len(some) < self.examples:
            some.append(row)

    def digest(self) -> Digest:
        """Return the digest of the rows so far."""
        return Digest(
            reasons=tuple(
                _reason(tuple(self._rows[key]), count) for key, count in self._counts.most_common()
            ),
            skipped=self._skipped,
            launched=self._launched,
            failed=self._failed,
            first_at=self._first_at,
            remarks=tuple(
                Remarked(count=count, examples=tuple(self._remarked[kind]))
                for kind, count in self._remarks.most_common()
            ),
        )


def digest_of(rows: Iterable[Row], *, run: RunId, examples: int = 1) -> Digest:
    """Return the digest of the rows of `run`, which are read once.

    `examples` is how many tasks, at most, stand for a reason.
    """
    digesting = Digesting(run=run, examples=examples)
    for row in rows:
        digesting.add(row)
    return digesting.digest()


def rerun_of(failed: Counter[RunId]) -> str | None:
    """Return the command that launches clones of what failed, of the run with the most of it."""
    for run, _ in failed.most_common(1):
        return f"launcher run --rerun-failed {shown(run)}"
    return None


def statuses_in_words(counts: Counter[str]) -> str:
    """Return `5 COMPLETED, 3 RUNNING`; the rarest as `2 others`."""
    parts = [
        f"{count:,} {shown(status, limit=_STATUS_LIMIT)}"
        for status, count in counts.most_common(_STATUSES_SHOWN)
    ]
    rest = counts.total() - sum(count for _, count in counts.most_common(_STATUSES_SHOWN))
    return ", ".join([*parts, f"{counted(rest, 'other')}"] if rest else parts)


def _wants_reason(row: Row, run: RunId) -> bool:
    match row.outcome:
        case Outcome.SKIPPED:
            return False
        case Outcome.LAUNCHED:
            return row.error_message is not None and row.run_id == run
        case Outcome.PENDING:  # the stop itself has been told, and is no task's reason
            return row.error_message not in {None, STOPPED_BEFORE}
        case _:
            return True


def _key(row: Row) -> Hashable:
    if row.outcome is Outcome.LAUNCHED:
        return row.outcome
    if row.error_code is not None:
        return row.outcome, "code", row.error_code
    if row.http_status is not None:
        return row.outcome, "http", row.http_status
    return row.outcome, "message", _kind(row.error_message or "")


def _kind(message: str) -> str:
    """Return what messages have in common that differ by ids and numbers."""
    return _VARYING.sub("#", shown(message, limit=_KIND_LIMIT).lower())


def _reason(rows: tuple[Row, ...], count: int) -> Reason:
    row = rows[0]
    advice = advice_on(row)
    source = source_of(row)
    words = [source] if source else []
    if advice is not None:
        words.append(advice.means)
    return Reason(
        outcome=row.outcome,
        count=count,
        what=": ".join(words),
        source=source,
        examples=rows,
        mend="" if advice is None else advice.mend,
    )


def advice_on(row: Row) -> Advice | None:
    """Return what is to be said of a task with that row; None: all is well."""
    if row.outcome is Outcome.LAUNCHED:
        return _WARNED
    if row.error_code is None and (row.error_message or "").startswith(_CHILD):
        return CHILD_OF_BATCH
    if row.status in CLONED_WHEN and row.outcome in UNCLONED:  # else it would be skipped
        return UNCLONED[row.outcome]
    advice = advice_for(row.error_code, row.http_status, outcome=row.outcome)
    return advice or advice_on_outcome(row.outcome)


def source_of(row: Row) -> str:
    """Return the code and the status that tell why, as `code 7024, HTTP 400`."""
    if row.outcome is Outcome.LAUNCHED:
        return ""
    parts = [] if row.error_code is None else [f"code {row.error_code}"]
    if row.http_status is not None:
        parts.append(f"HTTP {row.http_status}")
    return ", ".join(parts)
