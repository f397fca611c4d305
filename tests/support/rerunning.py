"""Runs that launch again what failed, on a virtual clock."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from launcher.core.answer import Reply
from launcher.core.drawing import report_of
from launcher.core.entry import RunId
from launcher.core.errors import LauncherError
from launcher.core.ids import TaskId
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report
from launcher.engine.run import Run
from launcher.engine.stop import Stop
from launcher.wiring.relaunching import Named, relaunched
from support.bench import Bench
from support.cloning_platform import CloningPlatform
from support.crashing import Crash, CrashingJournal, CrashingPlatform, Power, is_death
from support.fake_platform import ORIGIN, task_id
from support.memory_journal import MemoryJournal


class CrashingCopier(CrashingPlatform):
    """The platform as one process sees it, clones and lists too."""

    def __init__(self, platform: CloningPlatform, power: Power) -> None:
        super().__init__(platform, power)
        self._copier = platform

    async def clone(self, task: TaskId) -> Reply:
        return await self._asked("clone", lambda: self._copier.clone(task))

    async def list_tasks(self, query: Mapping[str, str]) -> Reply:
        return await self._asked("list_tasks", lambda: self._copier.list_tasks(query))


class RerunBench(Bench):
    """A bench whose platform clones; the first run is `run-1`."""

    platform: CloningPlatform

    def __post_init__(self) -> None:
        self.platform = CloningPlatform(clock=self.clock)
        self.asked: list[Plan] = []
        self.while_cloning: Callable[[], Awaitable[None]] | None = None

    async def failed(
        self, count: int, *, names: Sequence[str] = (), status: str = "FAILED"
    ) -> tuple[TaskId, ...]:
        """Launch so many tasks by `run-1`, let them fail, and return their ids."""
        tasks = tuple(task_id(number) for number in range(1, count + 1))
        self.platform.add_failed(tasks, names=names)
        exit_code, _ = await self.run(tasks)
        assert exit_code == 0
        self.platform.end(tasks, status)
        return tasks

    def approve(self, plan: Plan, _forecast: Forecast) -> LauncherError | None:
        self.asked.append(plan)
        return self.refusal

    async def rerun(
        self,
        of: str = "run-1",
        *,
        power: Power | None = None,
        fail_journal_at: int | None = None,
        most_failures: int | None = None,
        **changes: object,
    ) -> tuple[int, Report]:
        """Return the exit code and the report of a run that launches again what failed of `of`."""
        self.runs += 1
        self.stop = Stop()
        ORIGIN.set(self.name)
        orders = replace(self.orders, wanted=(), **changes)  # type: ignore[arg-type]  # tests pass fields of Orders
        platform = self.platform if power is None else CrashingCopier(self.platform, power)
        run = Run(platform, self.clock, orders=orders, progress=self.progress, stop=self.stop)
        self.progress.watching = run.watching
        account = await run.open()
        name = RunId(f"{self.name}-{self.runs}")
        opened = MemoryJournal if power is None else partial(CrashingJournal, power=power)
        journal = opened(
            self.clock, name, store=self.store, fail_at=fail_journal_at, on_append=self.on_append
        )
        approve = await relaunched(
            run,
            platform,
            kept=(journal, journal),
            named=Named(run=name, reruns=of, account=account),
            approve=self.approve,
            allowed=lambda _tasks: most_failures,
        )
        exit_code = await run.launch(journal, account, approve=approve)
        report = report_of(journal, name)
        assert report is not None
        return exit_code, report

    async def died(self, power: Power, **changes: object) -> bool:
        """Return whether a rerun died with `power`; its requests in flight die with it."""
        try:
            await self.rerun(power=power, **changes)  # type: ignore[arg-type]  # as `rerun`
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            return True
        return False
