"""What a tick does otherwise than other runs: it notes only what changes, and tells only news."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from launcher.core.course import has_ended
from launcher.core.entry import (
    Account,
    Record,
    RunFact,
    Seen,
    TaskFact,
    Unseen,
)
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import after
from launcher.core.state import TaskState
from launcher.core.ticks import Tick, Trouble, trouble_of
from launcher.engine.ledger import Ledger, Listener, ledger_of
from launcher.engine.orders import Orders
from launcher.engine.reading import Reading
from launcher.engine.settle import IsNews, always
from launcher.engine.stop import Stop
from launcher.ports import Journal


def asked_anew(orders: Orders, ledger: Ledger) -> Iterator[TaskFact]:
    """Yield what the journal does not hold yet: all, or of a tick what is to be tried again.

    What a tick of the same input was refused stays refused. What lists of projects showed a moment
    ago follows, of a tick where it is news.
    """
    tick = orders.tick
    for requested in orders.rows:
        is_known = tick is not None and (tick.asked_by is not None or requested.task in tick.known)
        if not is_known or tick is None or _is_tried_again(tick, ledger, requested.task):
            yield requested
        elif tick.asked_by is None:
            yield replace(requested, again=True)
    yield from filter(news_for(orders, ledger), orders.listed)


def _is_tried_again(tick: Tick, ledger: Ledger, task: TaskId) -> bool:
    state = ledger.state(task)
    if state.launch is not None:
        return False
    if ledger.outcome(task) is Outcome.REJECTED:
        return tick.retries_rejected
    return state.run_attempts > 0 or state.needs_draft


def worth_reading(orders: Orders, ledger: Ledger, tasks: Iterable[TaskId]) -> list[TaskId]:
    """Return the tasks that a tick reads: they may have changed since they were read last.

    What was refused and is not tried again has not; but what may start late is read.
    """
    if orders.recheck or _wants_more(orders):
        return [*tasks]
    return [
        task
        for task in tasks
        if not has_ended(ledger.state(task).status)
        and (ledger.state(task).undenied or ledger.outcome(task) is not Outcome.REJECTED)
    ]


def news_for(orders: Orders, ledger: Ledger) -> IsNews:
    """Return which reads leave a fact: for a tick, those that show a change."""
    if orders.tick is None or _wants_more(orders):
        return always
    return partial(_is_change, ledger)


def _wants_more(orders: Orders) -> bool:
    """Say whether the journal may lack members that are wanted now."""
    return bool(orders.fields) and (orders.tick is None or orders.tick.fields != orders.fields)


def _is_change(ledger: Ledger, reading: Reading) -> bool:
    state = ledger.state(reading.task)
    match reading:
        case Seen(status=status):
            return state.unread or state.unseen is not None or status != state.status
        case Unseen():
            return state.unread or state.unseen is None


class Troubles:
    """What is wrong with tasks, and which of it has been told by earlier ticks."""

    def __init__(self, tick: Tick, *, user: str, max_attempts: int, strict: bool) -> None:
        self._tick = tick
        self._user = user
        self._trouble = partial(trouble_of, max_attempts=max_attempts, strict=strict)
        self._told: dict[TaskId, Trouble] = {}

    def fold(self, records: Iterable[Record]) -> Mapping[TaskId, TaskState]:
        """Return the states of some tasks, each of whose facts are in order."""
        kept = tuple(records)
        told_up_to: dict[TaskId, int] = {}
        for record in kept:
            if isinstance(record.entry, Requested):
                task, key = record.entry.task, self._tick.told.get(record.run, 0)
                told_up_to[task] = max(told_up_to.get(task, 0), key)
        states: dict[TaskId, TaskState] = {}
        fresh = TaskState(user=self._user)
        for record in kept:
            fact = record.entry
            if isinstance(fact, RunFact):
                continue
            now = states[fact.task] = after(states.get(fact.task, fresh), record)
            if record.key <= told_up_to.get(fact.task, 0):
                self._keep(fact.task, now)
            else:
                self.note(fact.task, now)
        return states

    def note(self, task: TaskId, state: TaskState) -> None:
        """Follow a task on: a refusal that was asked for again is a new one."""
        if self._told.get(task) == Outcome.REJECTED and self._trouble(state) != Outcome.REJECTED:
            del self._told[task]

    def _keep(self, task: TaskId, state: TaskState) -> None:
        trouble = self._trouble(state)
        if trouble is None:
            self._told.pop(task, None)
        else:
            self._told[task] = trouble

    def is_new(self, task: TaskId, state: TaskState) -> bool:
        """Say whether something is wrong with the task in that state, and has not been told."""
        trouble = self._trouble(state)
        return trouble is not None and trouble != self._told.get(task)

    def new(self, ledger: Ledger, tasks: Iterable[TaskId]) -> dict[TaskId, Trouble]:
        """Return what is wrong with these tasks and has not been told."""
        return {
            task: trouble
            for task in tasks
            if (trouble := self._trouble(ledger.state(task))) is not None
            and trouble != self._told.get(task)
        }


class _NoTroubles:
    """Those of a run that is no tick: its closing words tell all of them."""

    def new(self, _ledger: Ledger, _tasks: Iterable[TaskId]) -> dict[TaskId, Trouble]:
        """See `Troubles`."""
        return {}


def ledger_for(
    orders: Orders,
    journal: Journal,
    account: Account,
    *,
    stop: Stop,
    listeners: Sequence[Listener],
) -> tuple[Ledger, Troubles | _NoTroubles]:
    """Return what the journal tells of the tasks, and what is wrong with them."""
    opened = partial(ledger_of, journal, account, orders=orders, stop=stop, listeners=listeners)
    if orders.tick is None:
        return opened(), _NoTroubles()
    most = orders.policy.max_attempts
    troubles = Troubles(orders.tick, user=account.user, max_attempts=most, strict=orders.strict)
    ledger = opened(folding=troubles.fold)
    ledger.listen(troubles.note)
    return ledger, troubles
