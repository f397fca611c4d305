"""The report of a run that its journal does not hold, or not all of what it asked."""

from collections.abc import Iterable
from dataclasses import replace

from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import JournalReader
from launcher.adapters.journal.beside import JournalBeside
from launcher.core.drawing import report_of
from launcher.core.entry import Account, Record, RunEnded, RunId, RunStarted
from launcher.core.report import Report
from launcher.core.ticks import tick_of
from launcher.engine.orders import Orders, run_started


def report_beside(
    orders: Orders,
    run: RunId,
    *,
    reader: JournalReader,
    ended: RunEnded,
    account: Account | None = None,
    digest: str | None = None,
) -> Report | None:
    """Return rows of what the journal knows; without an account, of all that used the endpoint.

    Nobody can tell then which of them asked: no row says less than the facts of any of them.
    """
    accounts = (account,) if account else _accounts_at(orders.endpoint, reader.runs())
    nobody = Account(endpoint=orders.endpoint, user="")
    beside = JournalBeside(reader, run=run, clock=SystemClock())
    if orders.tick is None and digest is not None and len(accounts) == 1:
        # a tick: what was refused stays so
        orders = replace(orders, tick=tick_of(reader.marks(), accounts[0], digest=digest))
    beside.queue(run_started(orders, accounts[0] if len(accounts) == 1 else nobody))
    known = frozenset() if orders.tick is None else orders.tick.known
    if orders.tick is None or orders.tick.asked_by is None:
        for requested in orders.rows:
            beside.queue(replace(requested, again=requested.task in known))
    beside.queue(ended)
    return report_of(beside, run, accounts=accounts)


def _accounts_at(endpoint: str, runs: Iterable[tuple[Record, object]]) -> tuple[Account, ...]:
    used = (
        started.entry.account
        for started, _ in runs
        if isinstance(started.entry, RunStarted) and started.entry.account.endpoint == endpoint
    )
    return tuple(dict.fromkeys(used))
