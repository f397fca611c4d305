"""Journals pruned in memory, and journals in memory made files."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from launcher.adapters.journal.codec import row_of
from launcher.adapters.journal.filing import Filing
from launcher.adapters.journal.sqlite import writing
from launcher.core.entry import Account, Pruned, Record, RunId, RunStarted
from launcher.core.ids import TaskId
from launcher.core.pruning import old_runs
from launcher.core.sorting import Pruning, Sorting

PRUNER = RunId("the-prune")

_Own = tuple[Account, TaskId]


def by_task(store: Sequence[Record]) -> dict[_Own, list[Record]]:
    """Return the facts of each task of each account, as the first of each stands in the store."""
    whose = {r.run: r.entry.account for r in store if isinstance(r.entry, RunStarted)}
    facts: defaultdict[_Own, list[Record]] = defaultdict(list)
    for record in store:
        task = task_of(record)
        if task is not None:
            facts[whose[record.run], task].append(record)
    return facts


def task_of(record: Record) -> TaskId | None:
    return getattr(record.entry, "task", None)


def pruned(store: Sequence[Record], *, before: datetime) -> tuple[list[Record], Pruning]:
    """Return what is left of the store, keys as they were, and what went."""
    sorting = Sorting(old_runs([r for r in store if task_of(r) is None], before=before))
    facts = by_task(store)
    for number, ((account, _), records) in enumerate(facts.items(), start=1):
        sorting.take(number, account, records)
    pruning = sorting.pruning()
    if pruning.is_empty:
        return list(store), pruning
    going = set(pruning.tasks)
    lost = {
        record.key
        for number, records in enumerate(facts.values(), start=1)
        if number in going
        for record in records
    }
    left = [
        record
        for record in store
        if record.key not in lost
        and not isinstance(record.entry, Pruned)
        and not (task_of(record) is None and record.run in pruning.gone)
    ]
    note = Pruned(
        before=before.isoformat(),
        up_to=store[-1].key,
        facts=pruning.facts,
        runs=pruning.cut,
    )
    left.append(Record(run=PRUNER, at=store[-1].at, entry=note, key=store[-1].key + 1))
    return left, pruning


def write_journal(path: Path, store: Sequence[Record]) -> None:
    """Make a journal file of a store whose keys have no gaps."""
    filings: defaultdict[RunId, Filing] = defaultdict(Filing)
    with (
        writing(path, on_network=lambda _: None, keeps_locks=lambda _: True) as connection,
        connection.begin(),
    ):
        for record in store:
            filings[record.run].write(connection, [row_of(record)])
