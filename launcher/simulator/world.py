"""All tasks of the platform and the rules by which they start; time is passed in."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from launcher.simulator.agenda import Agenda
from launcher.simulator.lives import Lives
from launcher.simulator.plans import plan_of
from launcher.simulator.population import Population, user_of
from launcher.simulator.refusals import (
    INVALID_INPUTS,
    NEEDS_BATCH,
    NEEDS_DRAFT,
    NEEDS_RUNNING,
    NO_PRIVILEGE,
    NO_SUCH_TASK,
    NOT_ABORTABLE,
    Refusal,
)
from launcher.simulator.scenario import SOMEBODY_ELSE, Kind, Scenario
from launcher.simulator.task import UNDER_WAY, Start, Status, Task

_VALIDATION_ERROR = {
    "type": "error/task_validation/input/schema",
    "message": "Required input is not set: reference",
    "input_id": "reference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """What a run request asks for; None leaves the choice to the draft."""

    task_id: str
    batch: bool | None = None
    interruptible: bool | None = None


class World:
    """The tasks and their starts; times are the server's clock and never decrease.

    `aborted` are the tasks whose abort was carried out, in order, `abort_orders` counts the refused
    ones too; `clones` the drafts that were
    made of a task; `came` and `left` the drafts that others have made and deleted.
    """

    def __init__(self, scenario: Scenario, *, born_s: float) -> None:
        self._scenario = scenario
        self.user = user_of(scenario)
        self.born_s = born_s
        self.aborted: list[str] = []
        self.abort_orders: Counter[str] = Counter()
        self.clones: defaultdict[str, list[str]] = defaultdict(list)
        self.came: list[str] = []
        self.left: list[str] = []
        self._agenda = Agenda()
        self._lives = Lives(self._agenda, instances=scenario.instance_limit)
        self._population = Population(scenario, self._agenda)
        self._tasks = {task.id: task for task in self._population.first(born_s=born_s)}
        for task in self._tasks.values():
            self._resume(task, born_s)
        for after_s in scenario.newcomers_after_s:
            self._agenda.at(born_s + after_s, self.let_somebody_draft)
        for after_s in scenario.leavers_after_s:
            self._agenda.at(born_s + after_s, self.let_somebody_delete)

    def find(self, task_id: str, now_s: float) -> Task | None:
        """Return the task as it is by now: late starts that have become due are carried out."""
        self._agenda.advance(now_s)
        return self._tasks.get(task_id)

    def tasks(self, now_s: float) -> Iterator[Task]:
        """Yield every task, children too, as it is by now."""
        self._agenda.advance(now_s)
        yield from tuple(self._tasks.values())

    def free_instances(self, now_s: float) -> int | None:
        """Return how many more tasks could be RUNNING by now; None where there is no limit."""
        self._agenda.advance(now_s)
        return self._lives.free_instances

    def run(self, order: RunOrder, now_s: float) -> Refusal | None:
        """Start a task for our user; None: done, or its validation errors are filled in."""
        task = self.find(order.task_id, now_s)
        if task is None:
            return NO_SUCH_TASK
        refusal = self._refusal_of(task, order, now_s)
        if refusal is not None:
            return refusal
        if task.kind is Kind.INVALID_ERRORS:
            task.errors = (_VALIDATION_ERROR,)
            return None
        if order.batch is False:
            task.batch = False
        if order.interruptible is not None:
            task.interruptible = order.interruptible
        self._start(task, Start(by=self.user, at_s=now_s))
        return None

    def run_new(self, task: Task, now_s: float) -> None:
        """Start a draft together with its making: what is wrong with it is told in its errors."""
        if self.run(RunOrder(task_id=task.id), now_s) is not None:
            task.errors = (_VALIDATION_ERROR,)

    def abort(self, task_id: str, now_s: float) -> Refusal | None:
        """End a task that is under way, the children of a batch task too."""
        task = self.find(task_id, now_s)
        if task is None:
            return NO_SUCH_TASK
        if task.hidden or task.kind is Kind.NO_EXECUTE:
            return NO_PRIVILEGE
        self.abort_orders[task_id] += 1
        if task.view(now_s).status not in UNDER_WAY:
            return (
                NOT_ABORTABLE
                if self._scenario.abort_refusal == NOT_ABORTABLE.code
                else (NEEDS_RUNNING)
            )
        self.aborted.append(task_id)
        for each in (task, *task.children):
            if each.view(now_s).status in UNDER_WAY:
                self._lives.abort(each.life, now_s, aborting_s=self._scenario.aborting_s)
        return None

    def clone(self, source_id: str, now_s: float) -> Task | Refusal:
        """Make a draft like another task, whatever that one's state."""
        source = self.find(source_id, now_s)
        if source is None:
            return NO_SUCH_TASK
        if source.hidden or source.kind is Kind.NO_EXECUTE:
            return NO_PRIVILEGE
        clones = self.clones[source_id]
        task = self._population.clone(source, number=len(clones), created_s=now_s)
        clones.append(task.id)
        self._tasks[task.id] = task
        return task

    def let_somebody_draft(self, at_s: float) -> None:
        """Let another user make a draft."""
        task = self._population.newcomer(at_s)
        self._tasks[task.id] = task
        self.came.append(task.id)

    def let_somebody_delete(self, at_s: float) -> None:
        """Let another user delete the oldest draft, if there is one."""
        for task in tuple(self._tasks.values()):
            if not task.hidden and task.view(at_s).status is Status.DRAFT:
                self.left.append(task.id)
                del self._tasks[task.id]
                return

    def later(self, at_s: float, deed: Callable[[float], object]) -> None:
        """Let what a lost request asked for be done at that time, where it may be done then."""
        self._agenda.at(at_s, deed)

    def start_later(self, task_id: str, at_s: float) -> None:
        """Let a request that seems lost start its task at that time, if it may start then."""
        task = self._tasks.get(task_id)
        if task is not None and task.kind in {Kind.HEALTHY, Kind.BATCH}:
            self._agenda.at(at_s, lambda due_s: self._start_where_allowed(task, due_s))

    def start_as_somebody_else(self, task_id: str, now_s: float) -> bool:
        """Let another user press Run; False: it was no draft any more, or does not exist."""
        task = self.find(task_id, now_s)
        if task is None or task.view(now_s).status is not Status.DRAFT:
            return False
        self._start(task, Start(by=SOMEBODY_ELSE, at_s=now_s))
        return True

    def hide(self, task_id: str) -> None:
        """Take our user's right to see the task away."""
        task = self._tasks.get(task_id)
        if task is not None:
            task.hidden = True

    def blur(self, task_id: str, until_s: float) -> None:
        """Let reads of the task lag behind until that time."""
        task = self._tasks[task_id]
        task.unseen_until_s = max(task.unseen_until_s, until_s)

    def _refusal_of(self, task: Task, order: RunOrder, now_s: float) -> Refusal | None:
        if task.hidden or task.kind is Kind.NO_EXECUTE:
            return NO_PRIVILEGE
        if task.view(now_s).status is not Status.DRAFT and not self._scenario.lenient:
            return NEEDS_DRAFT
        if order.batch is False and not task.batch:
            return NEEDS_BATCH
        return INVALID_INPUTS if task.kind is Kind.INVALID_4XX else None

    def _start_where_allowed(self, task: Task, at_s: float) -> None:
        if task.id not in self._tasks:
            return
        if self._scenario.lenient or task.view(at_s).status is Status.DRAFT:
            self._start(task, Start(by=self.user, at_s=at_s))

    def _start(self, task: Task, start: Start) -> None:
        task.starts.append(start)
        if len(task.starts) == 1:
            self.blur(task.id, start.at_s + self._scenario.read_lag_s)
        if not task.batch:
            self._begin(task, start.at_s)
            return
        if not task.children:
            task.children = list(self._population.children(task, born_s=start.at_s))
            task.life.open_children = len(task.children)
        self._lives.begin_batch(task.life, start.at_s, creating_s=self._scenario.creating_s)
        for child in task.children:
            if not child.starts:
                child.starts.append(start)
                self._tasks[child.id] = child
                self._begin(child, start.at_s)

    def _begin(self, task: Task, at_s: float) -> None:
        task.life.plan = plan_of(self._scenario, task)
        self._lives.begin(task.life, at_s)

    def _resume(self, task: Task, born_s: float) -> None:
        """Let what others have started before go on, where tasks end at all."""
        queued_for_ever = task.kind is Kind.QUEUED and self._scenario.run_median_s is None
        if task.kind in {Kind.QUEUED, Kind.RUNNING} and not queued_for_ever:
            self._lives.resume(task.life, born_s)
