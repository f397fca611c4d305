"""What a journal tells of its runs as wholes, and how it is read for that."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from launcher.core.entry import Account, Record, RunEnded, RunId, RunStarted, Waited
from launcher.core.ids import Requested, TaskId
from launcher.core.report import RunFacts, Wait


class History(Protocol):
    """The facts of a journal, as reports read them."""

    def runs(self) -> Sequence[tuple[Record, Record | None]]:
        """Return the start of every run, in order, with its end, if it has one."""
        ...

    def pruned(self) -> frozenset[RunId]:
        """Return the runs that have lost facts: no report of theirs would be true."""
        ...

    def pruned_up_to(self) -> int:
        """Return the last key when facts were last pruned, and no run went on; 0: never."""
        ...

    def last_key(self) -> int | None:
        """Return the key of the last fact; None: there is none."""
        ...

    def requested(self, run: RunId) -> Iterator[Requested]:
        """Yield what a run was asked for, in its order."""
        ...

    def waits(self, run: RunId) -> Iterator[Record]:
        """Yield every `Waited` of a run, in order."""
        ...

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        """Yield every fact of these tasks up to that key (None: all), each task's in order."""
        ...


def runs_of(history: History) -> list[RunFacts]:
    """Return all runs, in the order in which they began."""
    pruned = history.pruned()
    known = (run_facts_of(*pair) for pair in history.runs())
    return [replace(run, is_pruned=run.run_id in pruned) for run in known if run is not None]


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


def waits_of(history: History, run: RunId) -> Iterator[Wait]:
    """Yield when the run had to wait, in order."""
    for record in history.waits(run):
        if isinstance(record.entry, Waited):
            for_s = record.entry.for_s
            yield Wait(at=record.at - timedelta(seconds=for_s), for_s=for_s, why=record.entry.why)
