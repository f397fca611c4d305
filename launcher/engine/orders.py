"""What a run is asked to do."""

from dataclasses import dataclass

from launcher.core.clones import Uncloned
from launcher.core.entry import Account, RunId, RunStarted
from launcher.core.ids import Requested
from launcher.core.plan import Plan
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
    reruns: RunId | None = None
    uncloned: tuple[Uncloned, ...] = ()
    """What was to be cloned and is not: rows, and nothing to launch."""
    failed_before: int = 0
    """How many of these are rejected or failed."""
    beyond: int = 0
    """How many are left for later: more were not to be started."""
    to_clone: Plan | None = None
    """What a dry run would clone."""
    is_begun: bool = False
    """Its first fact is written already."""

    @property
    def rows(self) -> tuple[Requested, ...]:
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
        reruns=orders.reruns,
    )
