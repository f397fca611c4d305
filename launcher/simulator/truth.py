"""What really happened on the simulated platform, whatever its clients were told."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from launcher.simulator.body import time_text
from launcher.simulator.faults import Fault
from launcher.simulator.occupancy import Occupancy, occupancy_of
from launcher.simulator.progress import cents_of, money_text
from launcher.simulator.scenario import RequestKind
from launcher.simulator.task import ENDED, Start, Task
from launcher.simulator.window import RateWindow
from launcher.simulator.world import World


class Truth:
    """Starts by task, and requests, throttles and faults by kind; `clock` is the server's.

    `requests` counts every request that arrived under /v2, whatever it was answered; `counted`
    only what was charged to the rate window. `throttles` are answers of the used-up window alone:
    a dealt 429 is in `faults`. `overlaps` names the task of each run request that arrived while
    an earlier one for the same task had neither its answer nor a closed connection.
    """

    def __init__(self, world: World, window: RateWindow, *, clock: Callable[[], float]) -> None:
        self._world = world
        self._window = window
        self._clock = clock
        self.requests: Counter[RequestKind] = Counter()
        self.faults: Counter[Fault] = Counter()
        self.counted = 0
        self.throttles = 0
        self.unauthorised = 0
        self.peak_concurrency = 0
        self.overlaps: list[str] = []
        self._requests_by_task: defaultdict[str, Counter[RequestKind]] = defaultdict(Counter)
        self._faults_by_task: defaultdict[str, list[Fault]] = defaultdict(list)

    @property
    def windows_opened_s(self) -> tuple[float, ...]:
        """When each rate window was opened, server time."""
        return tuple(self._window.opened_s)

    @property
    def started(self) -> tuple[str, ...]:
        """The tasks started since the beginning, children of batch tasks apart."""
        return tuple(task_id for task_id, starts in self._starts().items() if starts)

    @property
    def doubles(self) -> tuple[str, ...]:
        """The tasks started more than once."""
        return tuple(task_id for task_id, starts in self._starts().items() if len(starts) > 1)

    @property
    def aborted(self) -> tuple[str, ...]:
        """The tasks whose abort was carried out, in order; children of batch tasks apart."""
        return tuple(self._world.aborted)

    @property
    def abort_orders(self) -> Counter[str]:
        """The abort requests that reached each task, those that were refused too."""
        return Counter(self._world.abort_orders)

    @property
    def clones(self) -> Mapping[str, tuple[str, ...]]:
        """The drafts made of each task that was cloned."""
        return {source: tuple(made) for source, made in self._world.clones.items()}

    @property
    def came(self) -> tuple[str, ...]:
        """The drafts that others have made since the beginning."""
        return tuple(self._world.came)

    @property
    def left(self) -> tuple[str, ...]:
        """The drafts that others have deleted."""
        return tuple(self._world.left)

    @property
    def ends(self) -> Counter[str]:
        """The tasks started since the beginning that have ended, by state."""
        now_s = self._clock()
        statuses = (task.view(now_s).status for task in self._ours(now_s))
        return Counter(str(status) for status in statuses if status in ENDED)

    @property
    def cents(self) -> int:
        """What the tasks started since the beginning have cost so far, as reads show it."""
        now_s = self._clock()
        return sum(cents_of(task, task.view(now_s)) for task in self._ours(now_s))

    def cents_of(self, task_id: str) -> int:
        """Return what a task has cost so far; nothing for an unknown one."""
        now_s = self._clock()
        task = self._world.find(task_id, now_s)
        return 0 if task is None else cents_of(task, task.view(now_s))

    def occupancy(
        self,
        task_ids: Iterable[str] | None = None,
        *,
        project: str | None = None,
        children: bool = False,
    ) -> Occupancy:
        """Tell how many tasks were under way at once since the beginning, whoever started them.

        Of all tasks, or of these, or of those of a project; a batch task counts as one, and its
        children are told apart.
        """
        now_s = self._clock()
        wanted = None if task_ids is None else frozenset(task_ids)
        chosen = (
            task
            for task in self._world.tasks(now_s)
            if (wanted is None or task.id in wanted)
            and project in {None, task.project}
            and task.made is children
        )
        return occupancy_of(chosen, since_s=self._world.born_s, now_s=now_s)

    def starts_of(self, task_id: str) -> tuple[Start, ...]:
        """Return every start of a task in order; none for an unknown one."""
        task = self._world.find(task_id, self._clock())
        return () if task is None else tuple(task.starts)

    def status_of(self, task_id: str) -> str | None:
        """Return the true status, None for an unknown task."""
        now_s = self._clock()
        task = self._world.find(task_id, now_s)
        return None if task is None else str(task.view(now_s).status)

    def executed_by(self, task_id: str) -> str | None:
        """Return who started the task last, None for a draft."""
        now_s = self._clock()
        task = self._world.find(task_id, now_s)
        return None if task is None else task.view(now_s).executed_by

    def requests_of(self, task_id: str) -> Counter[RequestKind]:
        """Return the requests that named this task; a bulk read counts once for each of its ids."""
        return Counter(self._requests_by_task.get(task_id, {}))

    def faults_of(self, task_id: str) -> tuple[Fault, ...]:
        """Return the faults of this task's run requests, in order."""
        return tuple(self._faults_by_task.get(task_id, ()))

    def children_of(self, task_id: str) -> tuple[str, ...]:
        """Return the tasks that running this batch task has made."""
        task = self._world.find(task_id, self._clock())
        return () if task is None else tuple(child.id for child in task.children)

    def note_request(self, kind: RequestKind) -> None:
        """Count a request that has arrived."""
        self.requests[kind] += 1

    def note_task(self, kind: RequestKind, task_id: str) -> None:
        """Count a request for the task that it names."""
        self._requests_by_task[task_id][kind] += 1

    def note_fault(self, fault: Fault, task_id: str | None) -> None:
        """Count a dealt fault."""
        self.faults[fault] += 1
        if task_id is not None:
            self._faults_by_task[task_id].append(fault)

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON members; tasks by id."""
        now_s = self._clock()
        return {
            "user": self._world.user,
            "requests": _plain(self.requests),
            "counted": self.counted,
            "throttles": self.throttles,
            "unauthorised": self.unauthorised,
            "peak_concurrency": self.peak_concurrency,
            "overlaps": list(self.overlaps),
            "faults": _plain(self.faults),
            "doubles": list(self.doubles),
            "aborted": list(self.aborted),
            "abort_orders": dict(self.abort_orders),
            "clones": {source: list(made) for source, made in self.clones.items()},
            "came": list(self.came),
            "left": list(self.left),
            "ends": dict(self.ends),
            "price": {"currency": "USD", "amount": money_text(self.cents)},
            "under_way": self._under_way_as_json(),
            "windows_opened_at": [time_text(at_s) for at_s in self.windows_opened_s],
            "tasks": {
                task.id: self._task_as_json(task, now_s) for task in self._world.tasks(now_s)
            },
        }

    def _under_way_as_json(self) -> dict[str, object]:
        everything = self.occupancy()
        projects = sorted({task.project for task in self._world.tasks(self._clock())})
        ends_s = (everything.first_start_s, everything.last_start_s)
        return {
            "peak": everything.peak,
            "peak_by_project": {name: self.occupancy(project=name).peak for name in projects},
            "peak_of_children": self.occupancy(children=True).peak,
            "task_seconds": round(everything.task_seconds, 3),
            "first_and_last_start_s": ends_s,
        }

    def _task_as_json(self, task: Task, now_s: float) -> dict[str, object]:
        view = task.view(now_s)
        return {
            "kind": str(task.kind),
            "parent": task.parent,
            "project": task.project,
            "app": task.app,
            "status": str(view.status),
            "executed_by": view.executed_by,
            "cents": cents_of(task, view),
            "starts": [{"by": start.by, "at": time_text(start.at_s)} for start in task.starts],
            "requests": _plain(self.requests_of(task.id)),
            "faults": [str(fault) for fault in self.faults_of(task.id)],
        }

    def _ours(self, now_s: float) -> Iterator[Task]:
        return (task for task in self._world.tasks(now_s) if task.starts and not task.made)

    def _starts(self) -> dict[str, list[Start]]:
        tasks = self._world.tasks(self._clock())
        return {task.id: task.starts for task in tasks if not task.made}


def _plain(counts: Mapping[RequestKind, int] | Mapping[Fault, int]) -> dict[str, int]:
    return {str(kind): count for kind, count in counts.items()}
