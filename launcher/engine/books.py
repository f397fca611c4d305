"""What the tasks of a run have cost, and what is expected of them, kept step by step."""

from bisect import bisect_left, insort
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from launcher.core.costs import Bill, Group, Price, expected_of, group_of, median, total
from launcher.core.course import COMPLETED, DRAFT, has_ended
from launcher.core.ids import TaskId
from launcher.core.state import TaskState


def group_of_state(state: TaskState, *, unbatch: bool) -> Group:
    """Return with which tasks a task shares its price; `unbatch`: drafts run as single tasks."""
    seen = state.seen
    if seen is None:
        return Group(None, None)
    is_single = state.unbatched or (unbatch and state.status in {None, DRAFT})
    return group_of(seen.project, seen.app, batch=seen.batch and not is_single)


class _Entry(NamedTuple):
    """What is known of a task; `price` is in the currency of the books, or None."""

    group: Group = Group(None, None)
    has_ended: bool = False
    is_completed: bool = False
    price: Decimal | None = None


class Book:
    """The tasks of one group."""

    def __init__(self, group: Group) -> None:
        self._is_known = group.app is not None
        self.active: set[TaskId] = set()
        self.so_far: dict[TaskId, Decimal] = {}
        """What active ones have cost until now that show it."""
        self.unpriced: set[TaskId] = set()
        """Those that have ended and show no price."""
        self.expected = Decimal(0)
        self._prices: dict[TaskId, Decimal] = {}
        self._ordered: list[Decimal] = []

    @property
    def each(self) -> Decimal | None:
        """What one of them is expected to cost; None: unknown."""
        return median(self._ordered) if self._is_known else None

    def learn(self, task: TaskId, price: Decimal) -> None:
        """Take the price of a task that has completed."""
        self._prices[task] = price
        insort(self._ordered, price)

    def drop(self, task: TaskId) -> None:
        """Forget a task."""
        self.active.discard(task)
        self.so_far.pop(task, None)
        self.unpriced.discard(task)
        before = self._prices.pop(task, None)
        if before is not None:
            del self._ordered[bisect_left(self._ordered, before)]

    def reckon(self) -> Decimal:
        """Return what is expected of the tasks whose price is not known for good."""
        count = len(self.active) + len(self.unpriced)
        return expected_of(count, each=self.each, so_far=self.so_far.values())


class Books:
    """Every task of the input, whoever started it, and others of the same groups to learn from."""

    def __init__(self, currency: str | None, *, unbatch: bool) -> None:
        self._currency = currency
        self._unbatch = unbatch
        self._entries: dict[TaskId, _Entry] = {}
        self._books: dict[Group, Book] = {}
        self._active: set[TaskId] = set()
        self.blind: set[Group] = set()
        """Where a task ended without a price, and none is known of others."""
        self._spent = Decimal(0)
        self._expected = Decimal(0)
        self.ended = 0
        """How many tasks are over."""

    @property
    def bill(self) -> Bill:
        """What all of them cost."""
        return Bill(spent=self._spent, expected=self._expected)

    @property
    def active(self) -> int:
        """How many tasks are active, or may be."""
        return sum(len(book.active) for book in self._books.values())

    def is_active(self, task: TaskId) -> bool:
        """Say whether the task counts as active."""
        return task in self._active

    def group(self, task: TaskId) -> Group:
        """Return the group of the task."""
        return self._entries.get(task, _Entry()).group

    def of(self, group: Group) -> Book:
        """Return what is known of a group."""
        return self._books.setdefault(group, Book(group))

    def note(self, task: TaskId, state: TaskState) -> None:
        """Keep step with what is known of a task."""
        now = self._entry(task, state)
        if now != self._entries.get(task):
            self._forget(task)
            self._entries[task] = now
            self._remember(task)

    def take_in(self, prices: Mapping[Group, Mapping[TaskId, Price]]) -> None:
        """Learn from completed tasks that were listed; those of the input are known already."""
        for group, known in prices.items():
            for task, price in known.items():
                if price.currency == self._currency and task not in self._entries:
                    self.of(group).learn(task, price.amount)
            self._reckon(group)

    def count(self, task: TaskId, *, is_active: bool) -> None:
        """Note whether the task is active, or may be."""
        if is_active != (task in self._active):
            self._forget(task)
            (self._active.add if is_active else self._active.discard)(task)
            self._remember(task)

    def _entry(self, task: TaskId, state: TaskState) -> _Entry:
        before = self._entries.get(task, _Entry())
        group = group_of_state(state, unbatch=self._unbatch)
        price = before.price
        if state.course is not None and state.course.currency == self._currency:
            price = price if state.course.price is None else state.course.price
        return _Entry(
            group=before.group if group.app is None else group,
            has_ended=has_ended(state.status),
            is_completed=state.status == COMPLETED,
            price=price,
        )

    def _forget(self, task: TaskId) -> None:
        entry = self._entries.get(task, _Entry())
        self.of(entry.group).drop(task)
        if entry.has_ended:
            self.ended -= 1
            self._spent = total((self._spent, -(entry.price or Decimal(0))))
        self._reckon(entry.group)

    def _remember(self, task: TaskId) -> None:
        entry = self._entries.get(task, _Entry())
        book = self.of(entry.group)
        if entry.has_ended:
            self.ended += 1
            self._spent = total((self._spent, entry.price or Decimal(0)))
            if entry.price is None:
                book.unpriced.add(task)
            elif entry.is_completed:
                book.learn(task, entry.price)
        elif task in self._active:
            book.active.add(task)
            if entry.price is not None:
                book.so_far[task] = entry.price
        self._reckon(entry.group)

    def _reckon(self, group: Group) -> None:
        book = self.of(group)
        before, book.expected = book.expected, book.reckon()
        self._expected = total((self._expected, -before, book.expected))
        is_blind = book.each is None and bool(book.unpriced)
        (self.blind.add if is_blind else self.blind.discard)(group)
