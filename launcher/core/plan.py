"""What a run would do with the tasks it was asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from launcher.core.budget import Budget, forecast_s, windows_needed
from launcher.core.costs import Estimate, Group
from launcher.core.entry import RunId
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.state import TaskState


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many tasks of a plan are of one app in one project; None: it was not shown."""

    count: int
    app: str | None
    project: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The tasks of a run, by what is to be done with them; each task is in one group only."""

    requested: int
    drafts: tuple[TaskId, ...] = ()
    """To launch now, batch parents included, in the order of the input."""
    in_doubt: tuple[TaskId, ...] = ()
    """Attempts of earlier runs that are still open: to be settled first."""
    batch: tuple[TaskId, ...] = ()
    """Those of `drafts` and `in_doubt` that start many tasks each, unless `unbatch`."""
    unbatch: bool = False
    to_clone: tuple[TaskId, ...] = ()
    """Tasks of an earlier run that have failed: each to be cloned, and its clone launched."""
    clones: tuple[Group, ...] = ()
    """What each of these is going to cost as."""
    beyond: int = 0
    """Tasks that are left for later: more were not to be started."""
    launched_before: int = 0
    skipped: int = 0
    rejected: int = 0
    unread: int = 0
    """Not read: the run ended before, or the platform refuses to show what may have started."""
    earlier_runs: tuple[RunId, ...] = ()
    shares: tuple[Share, ...] = ()
    """Of what is to be started, by app and project, the largest first."""

    @property
    def run_requests(self) -> int:
        """How many run requests the plan takes on a healthy platform, at most."""
        return len(self.drafts) + len(self.in_doubt) + len(self.to_clone)

    def with_clones(self, other: "Plan") -> "Plan":
        """Return the plan with what `other` clones before, and leaves for later."""
        return replace(
            self,
            requested=other.requested,
            to_clone=other.to_clone,
            clones=other.clones,
            batch=(*self.batch, *(task for task in other.batch if task in other.to_clone)),
            beyond=self.beyond + other.beyond,
        )

    def within(self, limit: int | None) -> "Plan":
        """Return the plan with no more than `limit` tasks to start, doubts first; None: all."""
        if limit is None:
            return self
        in_doubt = self.in_doubt[:limit]
        drafts = self.drafts[: limit - len(in_doubt)]
        to_clone = self.to_clone[: limit - len(in_doubt) - len(drafts)]
        beyond = self.run_requests - len(in_doubt) - len(drafts) - len(to_clone)
        return replace(self, in_doubt=in_doubt, drafts=drafts, to_clone=to_clone, beyond=beyond)


def shares_of(tasks: Iterable[TaskId], states: Mapping[TaskId, TaskState]) -> tuple[Share, ...]:
    """Return how many of `tasks` are of each app and project; equals as they first stand."""
    seen = (states[task].seen for task in tasks)
    counts = Counter((one.app, one.project) if one else (None, None) for one in seen)
    return tuple(
        Share(count=count, app=app, project=project)
        for (app, project), count in counts.most_common()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a plan takes on a healthy platform with nobody else at its budget."""

    requests: int
    windows: int
    seconds: float
    limit: int | None = None
    """Requests in a window."""
    estimates: tuple[Estimate, ...] = ()
    """What the tasks are going to cost, the group of most tasks first, if that was asked for."""
    is_least: bool = False
    """Whether how long the tasks take, and reading them meanwhile, comes on top."""


PACE_PER_S = 30.0
"""Requests a second inside a window, until a run has told its own: 16 in flight, 0.5 s each."""


def forecast_of(
    plan: Plan,
    budget: Budget,
    *,
    wait_s: float,
    estimates: tuple[Estimate, ...] = (),
    stagger_s: float = 0.0,
    follows: bool = False,
) -> Forecast:
    """Return what `plan` takes; `wait_s` is the time until the current window ends.

    Run requests are `stagger_s` apart. `follows`: tasks are read again and again.
    """
    requests = plan.run_requests + len(plan.to_clone)
    sending_s = forecast_s(requests, budget, wait_s=wait_s, rate_per_s=PACE_PER_S)
    return Forecast(
        requests=requests,
        windows=windows_needed(requests, budget),
        seconds=max(sending_s, stagger_s * (plan.run_requests - 1)),
        limit=budget.limit,
        estimates=estimates,
        is_least=follows,
    )


def draw_plan(
    wanted: Sequence[Requested],
    states: Mapping[TaskId, TaskState],
    *,
    max_attempts: int,
) -> Plan:
    """Return the plan for the tasks in `wanted`, whose states come from journal and preflight."""
    groups: dict[Outcome, list[TaskId]] = {outcome: [] for outcome in Outcome}
    for requested in wanted:
        state = states[requested.task]
        groups[state.outcome(max_attempts=max_attempts)].append(requested.task)
    drafts = tuple(task for task in groups[Outcome.PENDING] if states[task].is_draft)
    in_doubt = tuple(task for task in groups[Outcome.UNKNOWN] if states[task].open)
    runs = {launch.run for task in groups[Outcome.LAUNCHED] if (launch := states[task].launch)}
    return Plan(
        requested=len(wanted),
        drafts=drafts,
        in_doubt=in_doubt,
        batch=tuple(task for task in chain(drafts, in_doubt) if states[task].is_batch),
        launched_before=len(groups[Outcome.LAUNCHED]),
        skipped=len(groups[Outcome.SKIPPED]),
        rejected=len(groups[Outcome.REJECTED]),
        unread=len(groups[Outcome.PENDING])
        - len(drafts)
        + sum(not states[task].open for task in groups[Outcome.UNKNOWN]),
        earlier_runs=tuple(sorted(runs)),
    )
