"""A guard of the memory that a run takes, by counts: what the ledger holds of each task."""

import tracemalloc
from collections.abc import Iterator, Sequence
from uuid import UUID

from launcher.core.entry import Account, Attempted, Entry, Record, RunId, Seen, Settled
from launcher.core.ids import TaskId
from launcher.core.meaning import Meaning
from launcher.engine.ledger import Ledger, TaskLimits
from launcher.engine.stop import Stop
from support.bench import ACCOUNT
from support.virtual_time import VirtualClock, run_virtual

FEW, MANY = 500, 5_000
MOST_BYTES_A_TASK = 160
"""A place in a dictionary, with room to grow; the ids are there already, the states are shared."""


class _ForgetfulJournal:
    """Takes facts, and keeps none."""

    def __init__(self) -> None:
        self._clock = VirtualClock()

    async def append(self, entry: Entry) -> Record:
        return self.queue(entry)

    def queue(self, entry: Entry) -> Record:
        return Record(run=RunId("run-1"), at=self._clock.now(), entry=entry)

    async def flush(self) -> None:
        pass

    def facts(self, account: Account, tasks: Sequence[TaskId]) -> Iterator[Record]:
        del account, tasks
        return iter(())


async def _bytes_for(tasks: Sequence[TaskId]) -> int:
    """Return the peak of what a ledger holds while these tasks are read and launched."""
    tracemalloc.start()
    try:
        ledger = Ledger(
            _ForgetfulJournal(),
            account=ACCOUNT,
            tasks=tasks,
            limits=TaskLimits(max_attempts=6),
            stop=Stop(),
        )
        ledger.count(tasks)
        for task in tasks:
            ledger.queue(Seen(task=task, status="DRAFT", name=f"align {task}", project="a/b"))
        for task in tasks:
            await ledger.append(Attempted(task=task, number=1))
            launched = Meaning.LAUNCHED
            ledger.queue(Settled(task=task, number=1, meaning=launched, request_id=f"r-{task}"))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_ledger_holds_few_bytes_of_each_task() -> None:
    tasks = [TaskId(str(UUID(int=number))) for number in range(FEW + MANY)]

    few = run_virtual(_bytes_for(tasks[:FEW]))
    many = run_virtual(_bytes_for(tasks))

    assert many - few <= MANY * MOST_BYTES_A_TASK
