"""The one thread that writes: it commits whatever has queued, then wakes all who wait for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from sqlalchemy import Connection

from launcher.adapters.journal.codec import Row, row_of
from launcher.adapters.journal.filing import Filing
from launcher.adapters.journal.sqlite import translated
from launcher.core.entry import Record
from launcher.core.errors import StorageError

log = logging.getLogger(__name__)

_GROUP = 10_000
"""Entries after which a commit takes no more, so that another run's need not wait long."""

Committed = Callable[[Sequence[Record]], object]
"""Is told what has become durable, in order and in the writer's thread; it never blocks."""

_Waiter = asyncio.Future[None]


def tell_nobody(_records: Sequence[Record]) -> None:
    """Tell nobody."""


class _Order(NamedTuple):
    """An entry to write, or none (`flush`), and who waits until it is durable."""

    row: Row | None
    waiter: _Waiter | None
    record: Record | None


class Writer:
    """Takes records in the event loop's thread; opens, uses and closes the connection in its own.

    After a commit that failed, every later call raises what ended the first.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[], AbstractContextManager[Connection]],
        *,
        committed: Committed = tell_nobody,
    ) -> None:
        self._path = path
        self._connect = connect
        self._committed = committed
        self._filing = Filing()
        self._gathered: list[_Order] = []
        self._orders: SimpleQueue[list[_Order] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._failure: StorageError | None = None
        self._told = False

    def start(self) -> None:
        """Begin; what goes wrong on opening, the first `durable` raises."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Return when all that was queued is written, or lost, and the connection is closed."""
        self._hand_over()
        self._orders.put(None)
        self._thread.join()
        if self._failure is not None and not self._told:
            log.error("the journal lost its last entries", extra={"why": str(self._failure)})

    def queue(self, record: Record) -> None:
        """Write the record with the next commit."""
        self._check()
        self._gather(_Order(row_of(record), None, record))

    async def durable(self, record: Record | None = None) -> None:
        """Return when the record, and all that came before, would survive a power cut."""
        self._check()
        waiter: _Waiter = self._loop.create_future()
        row = None if record is None else row_of(record)
        self._gather(_Order(row, waiter, record))
        await waiter

    def _gather(self, order: _Order) -> None:
        """Keep the order for the thread, which gets those of one turn of the loop together."""
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(order)

    def _hand_over(self) -> None:
        """Give the thread what was gathered: woken for each fact, it would be in the loop's way."""
        some, self._gathered = self._gathered, []
        if some:
            self._orders.put(some)

    def _check(self) -> None:
        if self._failure is not None:
            self._told = True
            raise _again(self._failure)

    # ------------------------------------------------------------ in the thread

    def _run(self) -> None:
        try:
            with self._connect() as connection:
                while group := self._take():
                    self._write(connection, group)
        except StorageError as error:
            self._refuse(error)
        except BaseException as error:
            self._refuse(StorageError(f"a defect ended the journal {self._path}: {error!r}"))
            raise

    def _take(self) -> list[_Order]:
        """Return what has queued, in order; nothing at the end. Waits for the first alone."""
        orders: list[_Order] = []
        try:
            some = self._orders.get()
            while some is not None:
                orders += some
                if len(orders) >= _GROUP:
                    return orders
                some = self._orders.get_nowait()
        except Empty:
            return orders
        if orders:
            self._orders.put(None)  # the end, again, for the next call
        return orders

    def _write(self, connection: Connection, group: Sequence[_Order]) -> None:
        rows = [order.row for order in group if order.row is not None]
        failure: StorageError | None = StorageError(f"a defect ended the journal {self._path}")
        try:
            if rows:
                with translated(self._path, cannot="write"), connection.begin():
                    self._filing.write(connection, rows)
                self._committed([order.record for order in group if order.record is not None])
            failure = None
        except StorageError as error:
            failure = error
            raise
        finally:
            self._wake(group, failure)

    def _refuse(self, failure: StorageError) -> None:
        """Say no to all that is still to come."""
        while group := self._take():
            self._wake(group, failure)

    def _wake(self, group: Sequence[_Order], failure: StorageError | None) -> None:
        self._failure = failure
        waiters = [order.waiter for order in group if order.waiter is not None]
        if waiters:
            self._loop.call_soon_threadsafe(self._resolve, waiters, failure)

    # ------------------------------------------------------------ in the loop again

    def _resolve(self, waiters: Sequence[_Waiter], failure: StorageError | None) -> None:
        for waiter in waiters:
            if waiter.done():  # cancelled; its entry is written all the same
                continue
            if failure is None:
                waiter.set_result(None)
            else:
                self._told = True
                waiter.set_exception(_again(failure))


def _again(failure: StorageError) -> StorageError:
    """Return a twin: an exception that several raise would gather all their tracebacks."""
    twin = StorageError(str(failure))
    twin.__cause__ = failure
    return twin
