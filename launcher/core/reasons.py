"""Why tasks of a run are not launched, grouped; rows in, words out."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from launcher.core.advice import CHILD_OF_BATCH, UNCLONED, Advice, advice_for, advice_on_outcome
from launcher.core.answer import STOPPED_BEFORE
from launcher.core.cloning import CLONED_WHEN
from launcher.core.course import FAILED
from launcher.core.entry import RunId
from launcher.core.outcome import Outcome
from launcher.core.report import Row
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    """How many rows each group has, and its first ones."""

    most: int
    counts: Counter[Hashable] = field(default_factory=Counter)
    examples: dict[Hashable, list[Row]] = field(default_factory=dict)

    def add(self, key: Hashable, row: Row) -> None:
        self.counts[key] += 1
        some = self.examples.setdefault(key, [])
        if len(some) < self.most:
            some.append(row)

    def __iter__(self) -> Iterator[tuple[int, tuple[Row, ...]]]:
        """Yield the most frequent first."""
        return ((count, tuple(self.examples[key])) for key, count in self.counts.most_common())


def digest_of(rows: Iterable[Row], *, run: RunId, examples: int = 1) -> Digest:
    """Return the digest of the rows of `run`, which are read once.

    `examples` is how many tasks, at most, stand for a reason.
    """
    reasons, remarks = _Groups(most=examples), _Groups(most=examples)
    skipped: Counter[str] = Counter()
    launched: Counter[RunId] = Counter()
    failed: Counter[RunId] = Counter()
    first_at: dict[RunId, datetime] = {}
    for row in rows:
        if row.outcome is Outcome.SKIPPED:
            skipped[row.status or "unread"] += 1
        elif row.outcome is Outcome.LAUNCHED:
            launched[row.run_id] += 1
            failed.update([row.run_id] if row.status == FAILED else [])
            if row.remark is not None:
                remarks.add(_kind(row.remark), row)
            if row.launched_at is not None:
                first_at[row.run_id] = min(
                    row.launched_at, first_at.get(row.run_id, row.launched_at)
                )
        if _wants_reason(row, run):
            reasons.add(_key(row), row)
    return Digest(
        reasons=tuple(_reason(some, count) for count, some in reasons),
        skipped=skipped,
        launched=launched,
        failed=failed,
        first_at=first_at,
        remarks=tuple(Remarked(count=count, examples=some) for count, some in remarks),
    )


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
    advice = advice_on(rows[0])
    return Reason(
        outcome=rows[0].outcome,
        count=count,
        what=": ".join(filter(None, (told_by(rows[0]), advice.means if advice else ""))),
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


def told_by(row: Row) -> str:
    """Return `code 7024, HTTP 400`; nothing where all is well, or no answer told."""
    if row.outcome is Outcome.LAUNCHED:
        return ""
    parts = [] if row.error_code is None else [f"code {row.error_code}"]
    if row.http_status is not None:
        parts.append(f"HTTP {row.http_status}")
    return ", ".join(parts)
