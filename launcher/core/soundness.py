"""Whether the facts of a journal fit together: what a run never writes, something else did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from launcher.core.clones import fold_clones
from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    Account,
    Attempted,
    CloneIntended,
    CloneSettled,
    Entry,
    NewsTold,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Settled,
)
from launcher.core.ids import Requested
from launcher.core.outcome import Outcome
from launcher.core.replay import fold

Flaw = tuple[int, str]
"""The key of a fact, and what is wrong with it."""

_BEGINS: Mapping[type[Entry], type[Entry]] = {
    Settled: Attempted,
    AbortSettled: AbortAttempted,
    CloneSettled: CloneIntended,
}
"""What stands before the end of a request."""


def flaws_of_marks(marks: Sequence[Record]) -> Iterator[Flaw]:
    """Yield what does not fit among the facts about runs, which are in order."""
    begun: set[RunId] = set()
    ended: set[RunId] = set()
    for mark in marks:
        match mark.entry:
            case RunStarted():
                if mark.run in begun:
                    yield mark.key, f"run {mark.run} begins a second time"
                begun.add(mark.run)
            case RunEnded():
                if mark.run not in begun or mark.run in ended:
                    yield mark.key, f"the end of run {mark.run} that did not go on"
                ended.add(mark.run)
            case NewsTold() if mark.run not in ended:
                yield mark.key, f"news of run {mark.run} that had not ended"
            case _:
                pass


def flaws_of_task(
    records: Sequence[Record], account: Account, *, started: Mapping[RunId, RunStarted]
) -> Iterator[Flaw]:
    """Yield what does not fit among the facts of one task of the account, which are in order."""
    asked: set[RunId] = set()
    begun: Counter[tuple[type[Entry], int]] = Counter()
    for record in records:
        why = _why_alone(record, account, started=started, asked=asked)
        if why is not None:
            yield record.key, why
        match record.entry:
            case Requested():
                asked.add(record.run)
            case Attempted() | AbortAttempted() | CloneIntended() as begin:
                begun[type(begin), begin.number] += 1
            case Settled() | AbortSettled() | CloneSettled() as end if end.number:
                if not begun[_BEGINS[type(end)], end.number]:
                    yield record.key, "the end of a request whose beginning is missing"
            case _:
                pass


def _why_alone(
    record: Record,
    account: Account,
    *,
    started: Mapping[RunId, RunStarted],
    asked: AbstractSet[RunId],
) -> str | None:
    """Return what is wrong with a fact and its run; `asked` are the runs that asked before it."""
    start = started.get(record.run)
    if start is None:
        return f"of run {record.run}, whose start is missing"
    if start.account != account:
        return f"of run {record.run}, which is another account's"
    is_request = isinstance(record.entry, Attempted | AbortAttempted)
    if is_request and asked.isdisjoint({record.run, start.asked_by}):
        return "a request for a task that its run was not asked for"
    return None


def doubtful_run(records: Sequence[Record], account: Account) -> RunId | None:
    """Return which run left the task, or its clone, in doubt; None: none did."""
    state = next(iter(fold(records, user=account.user).values()), None)
    if state is not None and state.outcome(max_attempts=1) is Outcome.UNKNOWN:
        return state.run or records[-1].run
    clone = next(iter(fold_clones(records).values()), None)
    return clone.run if clone is not None and clone.open else None
