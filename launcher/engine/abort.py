"""A run that launches nothing, but ends what another one launched."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from launcher.core.course import has_ended
from launcher.core.entry import Account, RunId
from launcher.core.errors import UsageError
from launcher.core.fate import Fate, fate_of, is_to_abort
from launcher.core.ids import TaskId
from launcher.core.report import RunFacts
from launcher.engine.abort_lanes import AbortLanes
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.preflight import read_last
from launcher.engine.run import Approve, Run
from launcher.engine.send_abort import AbortSender
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.ports import Aborter, Clock, Journal, Platform, Progress

TOLD_EVERY_S = 10.0
PASSES = 2
"""The second is for tasks that started late, after two reads had shown drafts."""
_UNSURE = frozenset({Fate.DRAFT, Fate.FAILED, Fate.UNKNOWN})


class AbortingPlatform(Platform, Aborter, Protocol):
    """A platform that ends tasks too."""


class AbortRun(Run):
    """Opened, begun and ended like any other run; its tasks are those that another launched."""

    def __init__(  # noqa: PLR0913 - as a run, and what it is about
        self,
        platform: AbortingPlatform,
        clock: Clock,
        *,
        orders: Orders,
        run: RunId,
        aborts: RunFacts,
        progress: Progress,
        stop: Stop,
    ) -> None:
        super().__init__(
            platform,
            clock,
            orders=replace(
                orders,
                aborts=aborts.run_id,
                deadline_s=None,
                max_failures=None,
                fields=(),
                dry=False,
            ),
            progress=progress,
            stop=stop,
        )
        self._aborter = platform
        self._run = run
        self._launched_by = aborts.run_id
        self._user = aborts.account.user

    async def open(self) -> Account:
        """Return the account, which has to be the one that launched.

        Raises:
            UsageError: it is another one.
        """
        account = await super().open()
        if account.user != self._user:
            raise UsageError(
                f"run {self._launched_by} was of user {self._user}, and the token is of "
                f"{account.user}: nothing was aborted"
            )
        return account

    async def abort(self, journal: Journal, account: Account) -> int:
        """Abort what is to be aborted, note how that ended, and return the exit code."""
        return await self.launch(journal, account, approve=lambda _plan, _forecast: None)

    async def _carry_out(self, ledger: Ledger, tasks: list[TaskId], approve: Approve) -> None:
        del approve  # whoever is to be asked was asked before
        orders = self.orders
        settler = Settler(self.parts.reader, ledger, self._clock, settle_s=orders.settle_s)
        lanes = self._lanes(ledger, settler)
        self.gate.tasks_left = lambda: lanes.left
        async with self._telling(ledger, tasks):
            async with self._ending(grace_s=0.0):
                await self._read_first(ledger, tasks, settler)
            unsure = tasks
            for _ in range(PASSES):
                if not self._stop.is_set:
                    async with self._ending(grace_s=orders.grace_s):
                        await lanes.abort([task for task in unsure if self._is_open(ledger, task)])
                async with self._ending(grace_s=orders.grace_s):
                    unsure = [task for task in tasks if self._fate(ledger, task) in _UNSURE]
                    await read_last(unsure, settler=settler)

    def _lanes(self, ledger: Ledger, settler: Settler) -> AbortLanes:
        return AbortLanes(
            AbortSender(
                self._aborter,
                gate=self.gate,
                ledger=ledger,
                stop=self._stop,
                say_error=self.watching.note_error,
            ),
            settler,
            ledger,
            parts=self.parts,
            run=self._run,
            launched_by=self._launched_by,
        )

    async def _read_first(self, ledger: Ledger, tasks: Sequence[TaskId], settler: Settler) -> None:
        """Read all that are not known to have ended: a read for a hundred saves many requests."""
        await settler.read_all([t for t in tasks if not has_ended(ledger.state(t).status)])

    def _is_open(self, ledger: Ledger, task: TaskId) -> bool:
        state = ledger.state(task)
        return is_to_abort(state, self._launched_by) or (state.launch is None and state.open)

    def _fate(self, ledger: Ledger, task: TaskId) -> Fate:
        state = ledger.state(task)
        return fate_of(state, launched_by=self._launched_by, aborted_by=self._run)

    def _exit_code(self, ledger: Ledger) -> int:
        tasks = (requested.task for requested in self.orders.wanted)
        return 0 if all(self._fate(ledger, task).is_fine for task in tasks) else 1

    @asynccontextmanager
    async def _telling(self, ledger: Ledger, tasks: Sequence[TaskId]) -> AsyncIterator[None]:
        """Say now and then how many tasks have come how far, while the body runs."""

        async def tick() -> None:
            while True:
                await self._clock.sleep(TOLD_EVERY_S)
                fates = Counter(self._fate(ledger, task) for task in tasks)
                self._progress.say(", ".join(f"{fates[fate]:,} {fate}" for fate in sorted(fates)))

        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(tick())
            yield
            ticking.cancel()
