"""A run whose input is made: clones of what failed of an earlier run."""

from launcher.core.drawing import History
from launcher.core.entry import Account, RunId
from launcher.core.rerunning import launched_by, run_named
from launcher.engine.relaunch import Allowed, Approve, Relaunch, Relaunched
from launcher.engine.run import Run
from launcher.ports import Copier, Journal


async def relaunched(  # noqa: PLR0913 - what a run is opened with, each by its name
    run: Run,
    copier: Copier,
    *,
    journal: Journal,
    history: History,
    account: Account,
    named: tuple[RunId, str],
    approve: Approve,
    allowed: Allowed,
) -> Relaunched:
    """Return what the run `named[0]` is to launch, which launches again what `named[1]` did.

    Raises:
        UsageError: there is no such run of this account.
    """
    own, name = named
    of = run_named(history, name, account=account).run_id
    tasks = launched_by(history, of)
    relaunch = Relaunch(run.parts, copier, run=own, of=of, tasks=tasks)
    return await relaunch.cloned(journal, account, approve=approve, allowed=allowed)
