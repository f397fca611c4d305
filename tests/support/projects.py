"""Runs and ticks whose input is a project, on a virtual clock."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from launcher.adapters.credentials import Credentials
from launcher.core.entry import NewsTold, RunId
from launcher.core.errors import StorageError
from launcher.core.report import Report
from launcher.core.selection import Selection
from launcher.core.ticks import News
from launcher.engine.orders import Orders
from launcher.engine.run import Run
from launcher.settings import Settings
from launcher.wiring.command import Command
from launcher.wiring.ordering import orders_of
from launcher.wiring.selecting import with_listed
from launcher.wiring.ticking import go_on, news_in, tell_news, tick_before
from support.bench import ACCOUNT, ENDPOINT, Bench
from support.crashing import Crash, Power, is_death
from support.memory_journal import MemoryJournal

PROJECT = "RFranklin/one"


@dataclass
class ProjectBench(Bench):
    """A bench whose runs are asked for the drafts of a project, with the settings of `run`."""

    selection: Selection = field(default_factory=lambda: Selection(projects=(PROJECT,)))

    async def project(
        self,
        *,
        power: Power | None = None,
        fail_journal_at: int | None = None,
        **settings: Any,  # noqa: ANN401 - of Settings
    ) -> tuple[int, Report]:
        """Return the exit code and the report of a run, which dies with `power`."""
        self.settings = Settings(**settings)
        self.orders = orders_of(self._command())
        return await self.run(
            (), selection=self.selection, power=power, fail_journal_at=fail_journal_at
        )

    async def project_tick(self, **settings: Any) -> tuple[int, Report, News]:  # noqa: ANN401 - as above
        """Return how one tick over the project ended, and what it told."""
        code, report = await self.project(once=True, **settings)
        news = news_in(self.last_run, report)
        assert news is not None
        try:
            await tell_news(
                news,
                report,
                journal=self.journal,
                tell=lambda _report, news: self.told.append(news),
            )
        except StorageError as error:
            code = error.exit_code
        return code, report, news

    async def tick_died(self, power: Power, **settings: Any) -> bool:  # noqa: ANN401 - as above
        """Return whether a tick died with `power`, and with it its requests in flight."""
        try:
            await self.project_tick(power=power, **settings)
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            noted = sum(isinstance(record.entry, NewsTold) for record in self.store)
            if sum(map(bool, self.told)) > noted:
                self.told.pop()  # it died between the words and their note: they come again
            return True
        return False

    async def listed(self, run: Run, selection: Selection) -> Orders:
        """Return the orders of a run as the command line has them made."""
        command = replace(self._command(), selection=selection)
        history = MemoryJournal(self.clock, command.run, store=self.store)
        tick = tick_before(command, history, ACCOUNT)
        select = partial(run.select, self.platform)
        command = await with_listed(command, select, history=history, account=ACCOUNT, tick=tick)
        run.take(orders_of(command))
        go_on(run, tick, history)
        return run.orders

    def _command(self) -> Command:
        return Command(
            run=RunId(f"{self.name}-{self.runs}"),
            wanted=(),
            settings=self.settings,
            credentials=Credentials(endpoint=ENDPOINT, token="t" * 32, found_in="here"),
            arguments=(),
            contents=() if self.settings.once else None,
        )
