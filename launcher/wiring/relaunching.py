"""A run whose input is made: clones of what failed of an earlier run."""

from dataclasses import dataclass

from launcher.core.entry import Account, RunId
from launcher.core.history import History
from launcher.core.rerunning import launched_by, run_named
from launcher.engine.relaunch import Allowed, Approve, Relaunch
from launcher.engine.run import Run
from launcher.ports import Copier, Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A run of an account, and the earlier one that it launches again: an id, `last`, or none."""

    run: RunId
    reruns: str | None
    account: Account


async def relaunched(
    run: Run,
    copier: Copier,
    *,
    kept: tuple[Journal, History],
    named: Named,
    approve: Approve,
    allowed: Allowed,
) -> Approve:
    """Give the run its input, where it reruns one, and return the question left to be asked.

    Raises:
        UsageError: there is no such run of this account.
    """
    if named.reruns is None:
        return approve
    journal, history = kept
    of = run_named(history, named.reruns, account=named.account).run_id
    tasks = launched_by(history, of)
    relaunch = Relaunch(run.parts, copier, run=named.run, of=of, tasks=tasks)
    made = await relaunch.cloned(journal, named.account, approve=approve, allowed=allowed)
    run.take(made.orders)
    return made.approve
