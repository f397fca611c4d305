"""The journal of a run, and its lock: taken at once, or waited for."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import JournalReader, check_journal, open_journal, read_journal
from launcher.adapters.journal.beside import JournalBeside
from launcher.adapters.lock import hold_lock
from launcher.core.entry import Account, RunId
from launcher.core.errors import AlreadyRunningError
from launcher.core.history import History
from launcher.engine.stop import Stop
from launcher.ports import Clock, Journal

LOOK_S = 1.0
"""Between looks at a lock that is waited for."""


class Hold(Protocol):
    """Takes the lock while a body runs, or says who holds it."""

    def __call__(self, *, now: datetime) -> AbstractContextManager[None]:
        """Return what holds it; entering raises `AlreadyRunningError` where another run does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Whether another run is waited for, and until when, on the monotonic clock (None: it ends)."""

    waits: bool
    until: float | None
    say: Callable[[str], None]
    stop: Stop


@asynccontextmanager
async def journal_for(
    path: Path, account: Account, *, run: RunId, file: str | None, patience: Patience
) -> AsyncIterator[tuple[Journal, History, JournalReader]]:
    """Yield what takes the facts, what reports are drawn from, and what reads the file.

    `file` names the input to other runs; None: the run is dry, and nothing is held or written.
    """
    clock = SystemClock()
    if file is None:
        reader = read_journal(path)
        beside = JournalBeside(reader, run=run, clock=clock)
        yield beside, beside, reader
        return
    check_journal(path)  # SQLite would leave logs of the same rights beside it
    read_journal(path).runs()  # what is no journal gets no lock file beside it
    hold = partial(hold_lock, path, account, run=run, file=file)
    async with (
        held(hold, patience=patience, clock=clock),
        open_journal(path, run=run, clock=clock) as journal,
    ):
        yield journal, journal.reader, journal.reader


@asynccontextmanager
async def held(hold: Hold, *, patience: Patience, clock: Clock) -> AsyncIterator[None]:
    """Hold the lock while the body runs.

    Raises:
        AlreadyRunningError: another run holds it, and is not waited for any longer.
        LauncherError: the run was ended while it waited.
    """
    stop = patience.stop
    with ExitStack() as stack:
        refusal = _entered(stack, hold, clock)
        if refusal is not None and patience.waits:
            patience.say(f"waiting: {refusal}")
        while refusal is not None:
            left_s = LOOK_S if patience.until is None else patience.until - clock.monotonic()
            if not patience.waits or left_s <= 0:
                raise refusal
            await clock.sleep(min(left_s, LOOK_S), wake=stop.event)
            if stop.foremost is not None:
                raise stop.foremost
            refusal = _entered(stack, hold, clock)
        yield


def _entered(stack: ExitStack, hold: Hold, clock: Clock) -> AlreadyRunningError | None:
    """Return why the lock could not be had; None: it is held until the stack is left."""
    try:
        stack.enter_context(hold(now=clock.now()))
    except AlreadyRunningError as error:
        return error
    return None
