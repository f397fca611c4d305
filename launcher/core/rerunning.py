"""Which run is launched again, and which tasks it launched."""

from typing import Final

from launcher.core.drawing import report_of
from launcher.core.entry import Account, RunId
from launcher.core.errors import UsageError
from launcher.core.history import History, runs_of
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.report import RunFacts
from launcher.core.text import quoted

LAST: Final = "last"
PRUNED: Final = "has lost facts (launcher journal prune)"
_REGULAR_ENDS = frozenset({0, 1})


def run_named(history: History, name: str, *, account: Account | None = None) -> RunFacts:
    """Return the run of that id, or the `last` one (of `account`, if that is known).

    What launched nothing is passed over, as an abort does, or a run of the same input again; and a
    rerun that was cut short stands for the run that it was to launch again.

    Raises:
        UsageError: there is no such run, it is another account's, or it was pruned.
    """
    return _whole(_run_named(runs_of(history.marks()), name, account))


def _run_named(known: list[RunFacts], name: str, account: Account | None) -> RunFacts:
    own = [
        facts
        for facts in known
        if facts.aborts is None and (account is None or facts.account == account)
    ]
    if name != LAST:
        return _named(name, known, account)
    if not own:
        whose = "" if account is None else f" of {account.user} at {account.endpoint}"
        raise UsageError(f"the journal holds no run{whose} yet (see: launcher runs)")
    by_id = {facts.run_id: facts for facts in own}
    for facts in reversed(own):
        if facts.reruns is not None and facts.exit_code not in _REGULAR_ENDS:
            return by_id.get(facts.reruns, facts)
        if facts.may_have_launched:
            return facts
    return own[-1]


def _whole(run: RunFacts) -> RunFacts:
    if run.is_pruned:
        raise UsageError(f"run {run.run_id} {PRUNED}: which of its tasks failed is known no more")
    return run


def _named(name: str, known: list[RunFacts], account: Account | None) -> RunFacts:
    for facts in known:
        if facts.run_id != name:
            continue
        if account is not None and facts.account != account:
            whose = f"{facts.account.user} at {facts.account.endpoint}"
            raise UsageError(f"run {name} is a run of {whose}, not of {account.user}")
        return facts
    raise UsageError(f"no run {quoted(name)} in the journal (see: launcher runs)")


def launched_by(history: History, run: RunId) -> tuple[TaskId, ...]:
    """Return the tasks that `run` itself launched, as is known by now, in its order."""
    report = report_of(history, run, up_to_now=True)
    if report is None:
        return ()
    return tuple(
        row.task_id for row in report.rows if row.outcome is Outcome.LAUNCHED and row.run_id == run
    )
