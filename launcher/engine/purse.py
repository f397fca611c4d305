"""What the tasks of a run may cost: whether one more may start.

Every task of the input counts, whoever started it: once it is over with its price, until then with
what is expected of it: the median of completed tasks of its project and app, of this input and of
those listed before it. Where that is unknown, one task at a time goes ahead, until one has
completed with a price: of more, nobody could say what they bind.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from launcher.core.costs import Bill, Group, Money, Price
from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.core.text import visible
from launcher.engine.books import Books
from launcher.engine.orders import Orders
from launcher.engine.stop import Stop

_NAME_LIMIT = 100

Listener = Callable[[TaskId, TaskState], None]


class OpenPurse:
    """Pays for everything, and remembers nothing."""

    listeners: Sequence[Listener] = ()
    halted: HaltedError | None = None
    waits_for: str | None = None
    awaited: AbstractSet[TaskId] = frozenset()

    def take_in(self, prices: Mapping[Group, Mapping[TaskId, Price]]) -> None:
        """See `Purse`."""

    def may_go(self, task: TaskId) -> bool:
        """See `Purse`."""
        del task
        return True

    def hold(self, task: TaskId) -> None:
        """See `Purse`."""

    def rest(self, task: TaskId) -> None:
        """See `Purse`."""

    def count(self, task: TaskId, *, is_active: bool) -> None:
        """See `Purse`."""


class Purse:
    """Says whether one more task may start, and ends the run when the limit is reached.

    A run that `waits` for ends goes on without starting any, and is halted after them.
    """

    def __init__(self, limit: Money, *, unbatch: bool, stop: Stop, waits: bool = False) -> None:
        self._limit = limit
        self._stop = stop
        self._waits = waits
        self.halted: HaltedError | None = None
        """Why nothing more is started, if the limit is reached."""
        self._books = Books(limit.currency, unbatch=unbatch)
        self._in_hand: set[TaskId] = set()
        """What lanes have just now: some of it may turn out not to have started."""
        self.waits_for: str | None = None
        """Why the next task has to wait, in words; None: it has not."""
        self.awaited: AbstractSet[TaskId] = frozenset()
        """The tasks one of which has to end before."""

    @property
    def listeners(self) -> Sequence[Listener]:
        """Who has to hear what is known of tasks."""
        return (self._books.note,)

    def take_in(self, prices: Mapping[Group, Mapping[TaskId, Price]]) -> None:
        """Learn from completed tasks that were listed."""
        self._books.take_in(prices)

    def hold(self, task: TaskId) -> None:
        """Note that a lane is about to start the task: it counts as active from now on."""
        self._in_hand.add(task)
        self._books.count(task, is_active=True)

    def rest(self, task: TaskId) -> None:
        """Note that no lane does anything about the task just now."""
        self._in_hand.discard(task)

    def count(self, task: TaskId, *, is_active: bool) -> None:
        """Note whether the task is active, or may be."""
        self._books.count(task, is_active=is_active)

    def may_go(self, task: TaskId) -> bool:
        """Say whether the task may start now; where nothing more may, the run is ended."""
        if self.halted is not None:
            return False
        was_active = self._books.is_active(task)
        self._books.count(task, is_active=False)  # it is not to stand in its own way
        try:
            self.waits_for, self.awaited = None, frozenset()
            return not self._stop.is_set and self._may_go(task)
        finally:
            self._books.count(task, is_active=was_active)

    def _may_go(self, task: TaskId) -> bool:
        if self._books.blind:
            self._halt_blind(min(self._books.blind, key=str))
            return False
        group = self._books.group(task)
        book, bill = self._books.of(group), self._books.bill
        if not bill.has_room(self._limit.amount, one=book.each):
            if self._in_hand - {task}:
                self.waits_for = "what was sent is settled first: the limit of costs is near"
            else:
                self._halt_full(bill, group, book.each)
            return False
        if book.each is None and book.active:
            self.waits_for = f"what a task costs of {_named(group)} is learnt from one of them"
            self.awaited = frozenset(book.active)
            return False
        return True

    def _halt_full(self, bill: Bill, group: Group, each: Decimal | None) -> None:
        price = "an unknown price" if each is None else f"about {self._money(each)}"
        self._halt(
            f"{self._money(bill.spent)} spent on tasks that ended ({self._books.ended:,}), "
            f"{self._money(bill.expected)} expected of active ones ({self._books.active:,}): "
            f"the next one, {_named(group)} at {price}, is not started, nor is any other: "
            f"{self._limit} is the limit (--max-cost)"
        )

    def _halt_blind(self, group: Group) -> None:
        self._halt(
            f"a task ended that shows no price in {self._limit.currency} ({_named(group)}), "
            "so nobody knows what more of them would cost: nothing is started; give the limit "
            "in the currency that its page shows, or such tasks without a limit (--max-cost)"
        )

    def _halt(self, words: str) -> None:
        self.halted = HaltedError(words)
        if not self._waits:
            self._stop.set(self.halted)

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self._limit.currency)


def purse_of(orders: Orders, stop: Stop) -> Purse | OpenPurse:
    """Return what holds a run to its orders."""
    if orders.max_cost is None:
        return OpenPurse()
    return Purse(orders.max_cost, unbatch=orders.unbatch, stop=stop, waits=orders.wait)


def _named(group: Group) -> str:
    """Return `app owner/project/align in project owner/name`, harmless and bounded."""
    if group.app is None:
        return "of an app that is not shown"
    kind = "batch tasks of " if group.batch else ""
    project = visible(group.project or "no project", limit=_NAME_LIMIT)
    return f"{kind}app {visible(group.app, limit=_NAME_LIMIT)} in project {project}"
