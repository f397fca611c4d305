"""What a run is asked to do."""

from dataclasses import dataclass

from launcher.core.entry import Account, RunId, RunStarted, Seen
from launcher.core.ids import Requested
from launcher.core.retry import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a run is to do, and within which limits; all times in seconds."""

    endpoint: str
    wanted: tuple[Requested, ...]
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
    waits: bool = True
    """For a free slot; else what finds none stays a draft, and the run ends."""

    @property
    def is_fed(self) -> bool:
        """Whether tasks start only as others of the input end, or turn out well."""
        waits_for_others = self.max_running is not None or self.has_dial or self.canary > 0
        return waits_for_others and not self.watch

    @property
    def awaits(self) -> bool:
        """Whether the ends of tasks are waited for."""
        return self.wait or self.watch

    @property
    def follows(self) -> bool:
        """Whether active tasks are read again and again."""
        return self.is_fed or self.awaits


def run_started(orders: Orders, account: Account) -> RunStarted:
    """Return the first fact of a run."""
    return RunStarted(
        account=account,
        host=orders.host,
        version=orders.version,
        max_attempts=orders.policy.max_attempts,
        arguments=orders.arguments,
        fields=orders.fields,
        aborts=orders.aborts,
    )
