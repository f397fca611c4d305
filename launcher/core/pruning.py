"""Which facts of old runs may be deleted: none that a run or a kept report needs.

A run is *old* where it ended before a time; a killed one ended, at the latest, when the next one of
its account began. A run is *kept* where it is not old, or is what a kept run refers to. The rest
follows task by task: all facts of a task stay, or none does (see `launcher.core.sorting`).
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from launcher.core.clones import CloneState, fold_clones
from launcher.core.course import has_ended
from launcher.core.entry import (
    Account,
    NewsTold,
    Pruned,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
)
from launcher.core.errors import UsageError
from launcher.core.ids import Requested
from launcher.core.replay import fold
from launcher.core.text import quoted

Input = tuple[Account, str | None]

_DAYS = re.compile(r"(\d{1,6})d", re.ASCII)
_SHOWN = 80


class Why(StrEnum):
    """Why all facts of a task stay, in words for people."""

    NAMED = "of runs that are kept"
    UNDENIED = "with a request that no answer denied"
    """Those in doubt, and those that draft reads cleared since: a late start may be its doing."""
    ACTIVE = "that had not ended when last seen"
    COUNTED = "that count towards the --max-cost of their project"
    CLONE = "that are clones not launched, or clones or originals of kept tasks"


def why_kept(
    records: Sequence[Record], *, user: str, counting: Container[RunId] = ()
) -> Why | None:
    """Return why the facts of a task stay, whichever runs they are of; None: they may go.

    What may go is a draft that no request can have started, or over: nothing later starts it, and
    what the platform shows of it is all that has to be known. But what is over is on no list of
    drafts: that a limit of costs counts it is known only as long as a `counting` run asks for it.
    """
    (state,) = fold(records, user=user).values()
    clone = next(iter(fold_clones(records).values()), CloneState())
    is_unsure = state.open or state.unread or state.undenied or state.needs_draft
    if (state.launch is None and is_unsure) or clone.open or clone.undenied:
        return Why.UNDENIED
    if state.is_active:
        return Why.ACTIVE
    asking = (one.run for one in records if isinstance(one.entry, Requested))
    if has_ended(state.status) and any(run in counting for run in asking):
        return Why.COUNTED
    is_clone = any(isinstance(one.entry, Seen) and one.entry.clone_of for one in records)
    is_spent = state.launch is not None or has_ended(state.status)
    return Why.CLONE if is_clone and not is_spent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRuns:
    """The runs of a journal, told apart by a time."""

    before: datetime
    started: Mapping[RunId, RunStarted]
    kept: frozenset[RunId]
    pruned: frozenset[RunId]
    """Those that have lost facts before."""
    counting: frozenset[RunId]
    """Those that say what a limit of costs counts of projects."""
    telling: Mapping[Input, frozenset[RunId]]
    """By input: the ticks from which the next one learns what `tick_of` tells it."""

    def may_go(self, runs: Iterable[RunId]) -> bool:
        """Say whether each of the runs is old; one without a start is not known to be."""
        return all(run in self.started and run not in self.kept for run in runs)


def old_runs(marks: Sequence[Record], *, before: datetime) -> OldRuns:
    """Return which runs are kept, by the facts about runs in their order."""
    started = {m.run: m.entry for m in marks if isinstance(m.entry, RunStarted)}
    kept = set(_not_old(marks, before=before))
    left = [*kept]
    while left:
        run = started[left.pop()]
        for other in (run.asked_by, run.aborts, run.reruns):
            if other in started and other not in kept:
                kept.add(other)
                left.append(other)
    return OldRuns(
        before=before,
        started=started,
        kept=frozenset(kept),
        pruned=frozenset(r for m in marks if isinstance(m.entry, Pruned) for r in m.entry.runs),
        counting=frozenset(_counting(started)),
        telling=_telling(marks, started),
    )


def input_of(started: RunStarted) -> Input:
    """Return what a tick was asked for, and by whom; a run that is no tick has no digest."""
    return started.account, started.digest


def _not_old(marks: Sequence[Record], *, before: datetime) -> Iterator[RunId]:
    """Yield the runs that had not ended by then; one that nothing followed may still go on."""
    last: dict[Account, RunId] = {}
    ended = {mark.run: mark.at for mark in marks if isinstance(mark.entry, RunEnded)}
    for mark in marks:
        if not isinstance(mark.entry, RunStarted):
            continue
        earlier = last.get(mark.entry.account)
        if earlier is not None and earlier not in ended:
            ended[earlier] = mark.at
        last[mark.entry.account] = mark.run
    for mark in marks:
        is_old = mark.run in ended and ended[mark.run] < before
        if isinstance(mark.entry, RunStarted) and not is_old:
            yield mark.run


def _counting(started: Mapping[RunId, RunStarted]) -> Iterator[RunId]:
    for run, start in started.items():
        if start.costs_of:
            yield start.asked_by or run


def _telling(
    marks: Sequence[Record], started: Mapping[RunId, RunStarted]
) -> dict[Input, frozenset[RunId]]:
    last: defaultdict[Input, dict[str, RunId]] = defaultdict(dict)
    for mark in marks:
        start = started.get(mark.run)
        if start is not None and start.digest is not None:
            last[input_of(start)].update(dict.fromkeys(_told_by(mark), mark.run))
    return {one: frozenset(runs.values()) for one, runs in last.items()}


def _told_by(mark: Record) -> Iterator[str]:
    match mark.entry:
        case RunStarted(costs_of=words) if words:
            yield "what a limit of costs counts"
        case NewsTold():
            yield "news"
        case RunEnded(reason=reason, throttled=throttled):
            yield "end"
            if reason is None:
                yield "end without a halt"
            if not throttled:
                yield "end without throttling"
        case _:
            pass


def moment_of(text: str, *, now: datetime) -> datetime:
    """Return the time, UTC, that `2026-11-01`, a time in ISO 8601 or `90d` (days ago) names.

    Raises:
        UsageError: it names none, or one that is still to come.
    """
    days = _DAYS.fullmatch(text.strip())
    try:
        if days is not None:
            return now - timedelta(days=int(days[1]))
        at = datetime.fromisoformat(text.strip())
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--before {quoted(text, limit=_SHOWN)} is no date: 2026-11-01 or "
            "2026-11-01T08:30:00+01:00 (ISO 8601; UTC where no offset stands), or 90d for 90 days "
            "ago, is expected"
        ) from None
    if at > now:
        raise UsageError(
            f"--before {quoted(text, limit=_SHOWN)} is still to come: give a time that is over, "
            "as 90d for 90 days ago"
        )
    return at
