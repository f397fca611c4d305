"""Lives of a journal: runs, ticks, reruns and kills; then it is pruned, and life goes on."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from launcher.core.clones import fold_clones
from launcher.core.course import has_ended
from launcher.core.drawing import report_of
from launcher.core.entry import Record, RunEnded, RunId, RunStarted
from launcher.core.history import runs_in, runs_of
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import fold
from launcher.core.report import RunFacts
from launcher.core.scope import scope_of
from launcher.core.sorting import Pruning
from launcher.core.soundness import flaws_of_marks, flaws_of_task
from support.aborting import AbortablePlatform, AbortBench
from support.bench import ACCOUNT
from support.cloning_platform import CloneDeed, CloningPlatform
from support.crashing import Crash, Power, is_death
from support.fake_platform import USER, Deed, task_id
from support.memory_journal import MemoryJournal
from support.pruning import by_task, pruned, task_of
from support.rerunning import RerunBench
from support.virtual_time import EPOCH

TASKS = 10
SETTLE_S = 0.5
DAY_S = 86_400.0
DEEDS: Sequence[Deed] = (
    *("start", "start", "lost", "lost-started", "502-started", "late", "429", "403"),
    *("not-sent", "draft-errors"),
)
CLONE_DEEDS: Sequence[CloneDeed] = ("lost-cloned", "lost", "429", "502-cloned", "403")
ENDS = ("COMPLETED", "FAILED", "FAILED")


@dataclass
class EveryPlatform(CloningPlatform, AbortablePlatform):
    """Clones tasks, and ends them."""


@dataclass
class EveryBench(RerunBench, AbortBench):
    """A bench for runs of every kind."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.platform = self.abortable = EveryPlatform(clock=self.clock)


@dataclass
class Life:
    """A journal on a platform that does whatever it is asked to, however often."""

    chance: random.Random
    bench: EveryBench = field(default_factory=EveryBench)

    def __post_init__(self) -> None:
        platform = self.bench.platform
        self.tasks = tuple(task_id(number) for number in range(1, TASKS + 1))
        platform.add_failed(self.tasks)
        platform.lenient = platform.orphans_arrive = True
        platform.late_s = SETTLE_S * 1.8

    @property
    def store(self) -> list[Record]:
        return self.bench.store

    async def live(self, sessions: int) -> None:
        """Begin so many runs of all kinds, a day or so apart; some of them are killed."""
        for _ in range(sessions):
            self._trouble()
            await self._session(
                self.chance.choice(["run", "run", "rerun", "tick", "recheck", "recheck", "abort"])
            )
            self._end_some()
            await asyncio.sleep(DAY_S * self.chance.random())

    async def _session(self, kind: str) -> None:
        bench, chance = self.bench, self.chance
        power = Power(goes_at=chance.randint(1, 120)) if chance.random() < 0.3 else None
        some = sorted(chance.sample(self.tasks, chance.randint(1, 3)))
        try:
            if kind == "tick":
                await bench.tick(
                    self.tasks[: chance.choice([3, 5])], settle_s=SETTLE_S, power=power
                )
            elif kind == "rerun":
                await self._rerun(power)
            elif kind == "abort":
                await self._abort(power)
            else:
                recheck = kind == "recheck"
                await bench.run(some, settle_s=SETTLE_S, recheck=recheck, power=power)
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise

    def whole_runs(self) -> list[RunId]:
        return [run.run_id for run in runs_of(self.history.marks()) if not run.is_pruned]

    async def _rerun(self, power: Power | None) -> None:
        runs = self.whole_runs()
        if runs:
            await self.bench.rerun(self.chance.choice(runs), settle_s=SETTLE_S, power=power)

    async def _abort(self, power: Power | None) -> None:
        runs = [run.run_id for run in runs_of(self.history.marks()) if run.aborts is None]
        if runs:
            await self.bench.abort(self.chance.choice(runs), settle_s=SETTLE_S, power=power)

    def _trouble(self) -> None:
        platform, chance = self.bench.platform, self.chance
        for task in chance.sample(self.tasks, 3):
            platform.deeds[task] = [chance.choice(DEEDS)]
            platform.clone_deeds[task] = [chance.choice(CLONE_DEEDS)]

    def _end_some(self) -> None:
        platform, chance = self.bench.platform, self.chance
        platform.start_late()
        for task, view in platform.views.items():
            if view.status in {"QUEUED", "RUNNING", "ABORTING"} and chance.random() < 0.8:
                platform.views[task] = replace(view, status=chance.choice(ENDS))

    def end_all(self) -> None:
        views = self.bench.platform.views
        self.bench.platform.end([t for t, view in views.items() if view.status != "DRAFT"])

    @property
    def history(self) -> MemoryJournal:
        return MemoryJournal(self.bench.clock, RunId("reader"), store=self.store)

    def prune(self) -> Pruning:
        """Prune at a random time; what is kept is as before."""
        first, last = EPOCH, self.bench.clock.now()
        before = first + (last - first) * self.chance.uniform(0.4, 1.0) + timedelta(seconds=1)
        whole = Told.by(self)
        self.store[:], pruning = pruned(self.store, before=before)
        left = Told.by(self)
        assert left.flaws == []
        assert left.reports == {
            run: told for run, told in whole.reports.items() if run in left.reports
        }
        assert whole.killed & set(left.reports) <= left.killed
        lost = {*pruning.gone, *pruning.cut}
        assert set(left.reports) == set(whole.reports) - lost
        young = {r.run for r in whole.ends if r.at >= before}
        assert young.isdisjoint(lost - whole.pruned)
        assert left.doubts == whole.doubts
        assert left.to_abort == {
            run: tasks for run, tasks in whole.to_abort.items() if run not in pruning.gone
        }
        assert not [run for run in pruning.gone if whole.to_abort[run]]
        assert left.states.items() <= whole.states.items()
        return pruning


@dataclass(frozen=True)
class Told:
    """What a journal tells."""

    reports: dict[RunId, tuple[object, ...]]
    killed: set[RunId]
    """Those known to have been; a pruning tells it of all that have no end."""
    ends: list[Record]
    pruned: set[RunId]
    to_abort: dict[RunId, set[TaskId]]
    """What may go on of what each run launched."""
    doubts: set[TaskId]
    states: dict[TaskId, object]
    flaws: list[tuple[int, str]]

    @classmethod
    def by(cls, life: Life) -> "Told":
        history, store = life.history, life.store
        reports: dict[RunId, tuple[object, ...]] = {}
        killed: set[RunId] = set()
        for started, _ in runs_in(history.marks()):
            drawn = [report_of(history, started.run, up_to_now=now) for now in (False, True)]
            if None not in drawn:
                reports[started.run] = tuple(
                    (replace(one.run, was_killed=False), one.summary, list(one.rows))
                    for one in drawn
                    if one is not None
                )
                killed.update(one.run.run_id for one in drawn if one and one.run.was_killed)
        to_abort = {run.run_id: _to_abort(history, run) for run in runs_of(history.marks())}
        doubts, states, flaws = _states(store)
        return cls(
            reports=reports,
            killed=killed,
            ends=[record for record in store if isinstance(record.entry, RunEnded)],
            pruned={run.run_id for run in runs_of(history.marks()) if run.is_pruned},
            to_abort=to_abort,
            doubts=doubts,
            states=states,
            flaws=flaws,
        )


def _to_abort(history: MemoryJournal, run: RunFacts) -> set[TaskId]:
    wanted = [one.task for one in scope_of(history, run).wanted]
    states = fold(history.facts(ACCOUNT, wanted), user=USER)
    return {task for task in wanted if not has_ended(states[task].status)}


def _states(
    store: Sequence[Record],
) -> tuple[set[TaskId], dict[TaskId, object], list[tuple[int, str]]]:
    marks = [record for record in store if task_of(record) is None]
    started = {r.run: r.entry for r in marks if isinstance(r.entry, RunStarted)}
    flaws = [*flaws_of_marks(marks)]
    doubts: set[TaskId] = set()
    states: dict[TaskId, object] = {}
    for (_, task), records in by_task(store).items():
        flaws += flaws_of_task(records, ACCOUNT, started=started)
        state = fold(records, user=USER)[task]
        clone = fold_clones(records).get(task)
        states[task] = (state, clone)
        if state.outcome(max_attempts=6) is Outcome.UNKNOWN or (clone and clone.open):
            doubts.add(task)
    return doubts, states, flaws


async def lived(chance: random.Random) -> Pruning:
    """Live, prune, live on, prune again; at last launch all, and again what failed of each run."""
    life = Life(chance)
    await life.live(chance.randint(3, 9))
    pruning = life.prune()
    await life.live(chance.randint(0, 4))
    life.prune()
    await life.bench.run(life.tasks, settle_s=SETTLE_S)
    life.end_all()
    for run in life.whole_runs():
        await life.bench.rerun(run, settle_s=SETTLE_S)
    platform = life.bench.platform
    platform.start_late()
    assert set(platform.starts.values()) <= {1}
    assert not [task for task, clones in platform.clones.items() if len(clones) > 1]
    return pruning
