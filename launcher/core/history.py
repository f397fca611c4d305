"""What a journal tells of its runs as wholes, and how it is read for that."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from launcher.core.entry import Account, Pruned, Record, RunEnded, RunId, RunStarted, Waited
from launcher.core.ids import Requested, TaskId
from launcher.core.report import RunFacts, Wait


class History(Protocol):
    """The facts of a journal, as reports read them."""

    def marks(self) -> Sequence[Record]:
        """Return every fact that is about a run and no task, in order."""
        ...

    def last_key(self) -> int | None:
        """Return the key of the last fact; None: there is none."""
        ...

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        """Yield what a run was asked for up to that key (None: all), in its order."""
        ...

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        """Yield every fact of these tasks up to that key (None: all), each task's in order."""
        ...


def runs_in(marks: Sequence[Record]) -> list[tuple[Record, Record | None]]:
    """Return the start of every run, in order, with its end, if it has one."""
    ends = {mark.run: mark for mark in marks if isinstance(mark.entry, RunEnded)}
    return [(mark, ends.get(mark.run)) for mark in marks if isinstance(mark.entry, RunStarted)]


def runs_of(marks: Sequence[Record]) -> list[RunFacts]:
    """Return all runs, in the order in which they began.

    One without an end was killed where a later one of its account has begun, or where facts were
    pruned since: no run goes on then.
    """
    prunings = [mark.entry for mark in marks if isinstance(mark.entry, Pruned)]
    pruned = {run for one in prunings for run in one.runs}
    pruned_up_to = max((one.up_to for one in prunings), default=0)
    followed: set[Account] = set()
    runs: list[RunFacts] = []
    for started, ended in reversed(runs_in(marks)):
        facts = run_facts_of(started, ended)
        if facts is None:
            continue
        is_over = facts.account in followed or 0 < started.key <= pruned_up_to
        was_killed = facts.ended_at is None and is_over
        runs.append(replace(facts, is_pruned=facts.run_id in pruned, was_killed=was_killed))
        followed.add(facts.account)
    return runs[::-1]


def last_key_of(marks: Sequence[Record], run: RunFacts) -> int | None:
    """Return the key of the end of a run, or of the start that tells that it was killed.

    None: there is no such fact, or it has no key.
    """
    began = False
    follower: Record | None = None
    for mark in marks:
        match mark.entry:
            case RunStarted() if mark.run == run.run_id:
                began = True
            case RunEnded() if mark.run == run.run_id:
                return mark.key or None
            case RunStarted(account=run.account) if began and follower is None:
                follower = mark
            case _:
                pass
    return None if follower is None else follower.key


def run_facts_of(started: Record, ended: Record | None) -> RunFacts | None:
    """Return what the first and the last fact of a run say; None: the first is no start."""
    if not isinstance(started.entry, RunStarted):
        return None
    facts = _started(started, started.entry)
    if ended is None or not isinstance(ended.entry, RunEnded):
        return facts
    return _ended(facts, ended, ended.entry)


def _started(record: Record, started: RunStarted) -> RunFacts:
    return RunFacts(
        run_id=record.run,
        account=started.account,
        host=started.host,
        version=started.version,
        arguments=started.arguments,
        max_attempts=started.max_attempts,
        fields=started.fields,
        aborts=started.aborts,
        reruns=started.reruns,
        started_at=record.at,
    )


def _ended(facts: RunFacts, record: Record, ended: RunEnded) -> RunFacts:
    return replace(
        facts,
        ended_at=record.at,
        exit_code=ended.exit_code,
        reason=ended.reason,
        requests=ended.requests,
        throttled=ended.throttled,
        duration_s=ended.duration_s,
        ideal_s=ended.ideal_s,
    )


def waits_in(marks: Iterable[Record], run: RunId) -> Iterator[Wait]:
    """Yield when the run had to wait, in order."""
    for mark in marks:
        if mark.run == run and isinstance(mark.entry, Waited):
            for_s = mark.entry.for_s
            yield Wait(at=mark.at - timedelta(seconds=for_s), for_s=for_s, why=mark.entry.why)
