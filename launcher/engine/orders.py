"""What a run is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.core.clones import Uncloned
from launcher.core.costs import Money
from launcher.core.entry import Account, RunId, RunStarted, Seen
from launcher.core.ids import Requested
from launcher.core.plan import Plan
from launcher.core.retry import RetryPolicy
from launcher.core.ticks import Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a run is to do, and within which limits; all times in seconds."""

    endpoint: str
    wanted: Sequence[Requested]
    host: str
    version: str
    arguments: tuple[str, ...] = ()
    concurrency: int = 16
    policy: RetryPolicy = RetryPolicy()  # noqa: RUF009 - frozen
    settle_s: float = 2.0
    reserve_share: float = 0.0
    limit: int | None = None
    deadline_s: float | None = None
    max_failures: int | None = None
    max_outage_s: float = 1800.0
    grace_s: float = 20.0
    unbatch: bool = False
    interruptible: bool | None = None
    recheck: bool = False
    fields: tuple[str, ...] = ()
    strict: bool = False
    dry: bool = False
    listed: tuple[Seen, ...] = ()
    """What lists of projects showed of tasks a moment ago; each of them is in `wanted`."""
    aborts: RunId | None = None
    max_running: int | None = None
    poll_s: float = 30.0
    wait: bool = False
    watch: bool = False
    """Wait for what others started as well, and start nothing."""
    has_dial: bool = False
    """Whether `max_running` may be changed while the run goes on."""
    counts_project: bool = False
    """Whether what others run in the projects of the input counts towards `max_running`."""
    stagger_s: float = 0.0
    canary: int = 0
    estimate: bool = False
    max_cost: Money | None = None
    costs_of: tuple[str, ...] = ()
    """What chose the tasks of projects, where `max_cost` is a limit for all runs of these words."""
    waits: bool = True
    """For a free slot; else what finds none stays a draft, and the run ends."""

    tick: Tick | None = None
    """What it knows of the ticks before it, where this run is one."""
    reruns: RunId | None = None
    uncloned: tuple[Uncloned, ...] = ()
    """What was to be cloned and is not: rows, and nothing to launch."""
    failed_before: int = 0
    """How many of these are rejected or failed."""
    unread: int = 0
    """How many tasks of that run were not read: whether they failed is not known."""
    beyond: int = 0
    """How many are left for later: more were not to be started."""
    to_clone: Plan | None = None
    """What a dry run would clone."""
    is_begun: bool = False
    """Its first fact is written already."""

    @property
    def is_fed(self) -> bool:
        """Whether tasks start only as others of the input end, or turn out well, or cheap."""
        waits_for_others = self.max_running is not None or self.has_dial or self.canary > 0
        return (waits_for_others or self.max_cost is not None) and not self.watch

    @property
    def awaits(self) -> bool:
        """Whether the ends of tasks are waited for."""
        return self.wait or self.watch

    @property
    def estimates(self) -> bool:
        """Whether it is to be said before what the tasks are going to cost."""
        return self.estimate or self.max_cost is not None

    @property
    def follows(self) -> bool:
        """Whether active tasks are read again and again."""
        return self.is_fed or self.awaits

    @property
    def rows(self) -> Sequence[Requested]:
        """What the report has a row of, in its order."""
        if not self.uncloned:
            return self.wanted
        rows = (*self.wanted, *(one.requested for one in self.uncloned))
        return tuple(sorted(rows, key=lambda requested: requested.position))


def run_started(orders: Orders, account: Account) -> RunStarted:
    """Return the first fact of a run."""
    return RunStarted(
        account=account,
        host=orders.host,
        version=orders.version,
        max_attempts=orders.policy.max_attempts,
        arguments=orders.arguments,
        fields=orders.fields,
        digest=None if orders.tick is None else orders.tick.digest,
        asked_by=None if orders.tick is None else orders.tick.asked_by,
        aborts=orders.aborts,
        reruns=orders.reruns,
        costs_of=orders.costs_of,
    )
