"""The journal and the fold over it, kept in step: no fact is folded that was not handed over."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from launcher.core.entry import Account, Record, TaskFact, Waited
from launcher.core.errors import HaltedError, StorageError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import after, fold
from launcher.core.state import TaskState
from launcher.engine.guarded import GuardedJournal
from launcher.engine.orders import Orders, run_started
from launcher.engine.stop import Stop
from launcher.ports import Journal

QUEUED_AT_ONCE = 5_000
"""Facts at most that wait in memory for the journal when a run begins."""

RECALLED_AT_ONCE = 250
"""Tasks whose facts are folded together."""

Folding = Callable[[Iterable[Record]], Mapping[TaskId, TaskState]]
"""Makes states of the facts of some tasks."""

Listener = Callable[[TaskId, TaskState], None]
"""Told of a task, and the state that a fact has brought it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLimits:
    """How often a task is tried, and how many tasks may be rejected or failed (None: all)."""

    max_attempts: int
    max_failures: int | None = None
    failed_before: int = 0
    """Tasks that failed before they came into the ledger."""


class Ledger:
    """What this run knows of its tasks: the facts of the journal, folded as they are written.

    Tasks at rest share their states, so that a million of them are no burden.
    """

    def __init__(  # noqa: PLR0913 - what it is of, and who hears of it
        self,
        journal: Journal,
        *,
        account: Account,
        tasks: Sequence[TaskId],
        limits: TaskLimits,
        stop: Stop,
        folding: Folding | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        """Recall what is known of the tasks; `listeners` hear of that, and of each fact after."""
        self._journal = journal
        self._guarded = GuardedJournal(journal, account, stop=stop)
        self._folding = folding or partial(fold, user=account.user)
        self._listeners = [*listeners]
        self._account = account
        self._fresh = TaskState(user=account.user)
        self._at_rest: dict[TaskState, TaskState] = {}
        self.projects: set[str] = set()
        """Where tasks of the run were seen."""
        self._states = dict(self._recalled(tasks, listeners))
        self._stop = stop
        self.max_attempts = limits.max_attempts
        self._max_failures = limits.max_failures
        self._failed_before = limits.failed_before
        self.counts: Counter[Outcome] = Counter()

    @property
    def states(self) -> Mapping[TaskId, TaskState]:
        """The state of every task of the run."""
        return self._states

    def state(self, task: TaskId) -> TaskState:
        """Return what is known of `task`."""
        return self._states.get(task, self._fresh)

    def outcome(self, task: TaskId) -> Outcome:
        """Return what became of `task`, if the run ended now."""
        return self.state(task).outcome(max_attempts=self.max_attempts)

    def is_unsure(self, task: TaskId) -> bool:
        """Say whether a late start could still make a lie of what will be said of the task."""
        state = self.state(task)
        if state.launch is not None:
            return False
        return state.undenied or self.outcome(task) in {Outcome.UNKNOWN, Outcome.FAILED}

    def count(self, tasks: Iterable[TaskId]) -> None:
        """Begin to count the outcomes of these tasks, which are the run's."""
        self.counts = Counter(self.outcome(task) for task in tasks)
        self._halt_after_failures()

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each fact, at once."""
        self._listeners.append(listener)

    async def begin(self, orders: Orders, account: Account, *, asked: Iterable[TaskFact]) -> None:
        """Write, durably, what the run is asked to do.

        `asked` is what of it, and of what lists showed, the journal does not hold yet.

        Raises:
            StorageError: it could not be written.
        """
        if not orders.is_begun:
            await self._journal.append(run_started(orders, account))
        for number, fact in enumerate(asked, start=1):
            self.queue(fact)
            if number % QUEUED_AT_ONCE == 0:
                await self._journal.flush()
        await self._journal.flush()

    async def append(self, fact: TaskFact) -> None:
        """Return when the fact is durable; see `GuardedJournal`."""
        self._fold(await self._guarded.append(fact), fact)

    def queue(self, fact: TaskFact) -> None:
        """Fold the fact now; it is durable with the next commit, or the run is ending."""
        record = self._guarded.queue(fact)
        if record is not None:
            self._fold(record, fact)

    def note_wait(self, for_s: float, why: str) -> None:
        """Keep for the report that no run request left for so long."""
        self._guarded.queue(Waited(for_s=round(for_s, 3), why=why))

    def _fold(self, record: Record, fact: TaskFact) -> None:
        self._become(fact.task, after(self.state(fact.task), record))
        self._halt_after_failures()

    def _become(self, task: TaskId, now: TaskState) -> None:
        before = self.state(task)
        if now is not before:
            self._states[task] = self._shared(now)
            self.counts[before.outcome(max_attempts=self.max_attempts)] -= 1
            self.counts[now.outcome(max_attempts=self.max_attempts)] += 1
        for listener in self._listeners:
            listener(task, now)

    def _halt_after_failures(self) -> None:
        if self._max_failures is None or self._stop.is_set:
            return
        counts = self.counts
        failures = self._failed_before + counts[Outcome.REJECTED] + counts[Outcome.FAILED]
        if failures > self._max_failures:
            self._stop.set(HaltedError(f"{failures} tasks are rejected or failed (--max-failures)"))

    def recall(self, tasks: Sequence[TaskId]) -> None:
        """Take in what another run has written of these tasks since this one began."""
        try:
            for task, now in self._recalled(tasks):
                if now != self.state(task):
                    self._become(task, now)
        except StorageError as error:
            self._stop.set(error, reads_are_hopeless=True)

    def _recalled(
        self, tasks: Sequence[TaskId], listeners: Sequence[Listener] = ()
    ) -> Iterator[tuple[TaskId, TaskState]]:
        """Yield each task with what the journal knows of it, what is read again at rest."""
        for start in range(0, len(tasks), RECALLED_AT_ONCE):
            some = tasks[start : start + RECALLED_AT_ONCE]
            states = self._folding(self._journal.facts(self._account, some))
            for task in some:
                state = states.get(task, self._fresh)
                for listener in listeners:
                    listener(task, state)
                yield task, self._shared(state)

    def _shared(self, state: TaskState) -> TaskState:
        if state.seen is not None and state.seen.project is not None:
            self.projects.add(state.seen.project)
        if state.open:
            return state
        at_rest = state.at_rest()
        return self._at_rest.setdefault(at_rest, at_rest)


def ledger_of(
    journal: Journal,
    account: Account,
    *,
    orders: Orders,
    stop: Stop,
    folding: Folding | None = None,
    listeners: Sequence[Listener] = (),
) -> Ledger:
    """Return the ledger of a run with these orders."""
    return Ledger(
        journal,
        account=account,
        tasks=[requested.task for requested in orders.wanted],
        limits=TaskLimits(
            max_attempts=orders.policy.max_attempts,
            max_failures=None if orders.dry else orders.max_failures,
            failed_before=orders.failed_before,
        ),
        stop=stop,
        folding=folding,
        listeners=listeners,
    )
