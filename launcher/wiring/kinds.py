"""The kinds of runs: one that launches, and one that aborts what another one launched."""

from dataclasses import KW_ONLY, dataclass

from launcher.core.entry import RunId
from launcher.core.report import RunFacts
from launcher.engine.abort import AbortingPlatform, AbortRun
from launcher.engine.feeding import Extras
from launcher.engine.orders import Orders
from launcher.engine.run import Run
from launcher.engine.stop import Stop
from launcher.ports import Clock, Progress


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run of any kind is given."""

    platform: AbortingPlatform
    clock: Clock
    _: KW_ONLY
    progress: Progress
    stop: Stop
    extras: Extras


def run_of(orders: Orders, parts: Parts, *, run: RunId, aborts: RunFacts | None) -> Run:
    """Return a run that launches, or one that aborts what `aborts` launched."""
    if aborts is None:
        return Run(
            parts.platform,
            parts.clock,
            orders=orders,
            progress=parts.progress,
            stop=parts.stop,
            extras=parts.extras,
        )
    return AbortRun(
        parts.platform,
        parts.clock,
        orders=orders,
        run=run,
        aborts=aborts,
        progress=parts.progress,
        stop=parts.stop,
    )
