"""The report of a run drawn from the facts of its account: a fold, some tasks at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from launcher.core.clones import CloneState, after_clone_fact
from launcher.core.costs import Sums, group_of
from launcher.core.course import DRAFT
from launcher.core.entry import (
    Account,
    Attempted,
    CloneIntended,
    CloneSettled,
    RunFact,
    RunId,
    Seen,
    Settled,
    TaskFact,
)
from launcher.core.fate import Fate, fate_of
from launcher.core.history import History, last_key_of, runs_of, waits_in
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.outcome import Outcome
from launcher.core.replay import after
from launcher.core.report import Report, Row, RunFacts, Summary
from launcher.core.rows import place_of, row_of, row_of_uncloned
from launcher.core.state import TaskState

ROWS_KEPT = 10_000
"""Rows at most that are kept, about a kilobyte each; of a larger run they are drawn anew each time.

Summary, reports and closing words each want all of them. With `--fields` a row has no such bound.
"""

_TASKS_AT_ONCE = 250


def report_of(
    history: History, run: RunId, *, up_to_now: bool = False, accounts: Sequence[Account] = ()
) -> Report | None:
    """Return the report of `run`; None: no such run, or some of its facts were pruned.

    Facts that came after the end of the run count only with `up_to_now`. A killed run ended, at
    the latest, when the next one of its account began. Of a run that goes on, rows and summary are
    of one moment. Where whose run it was is not known, a row is drawn from the facts of each of
    `accounts`, and the foremost stands.
    """
    marks = history.marks()
    runs = runs_of(marks)
    names = [facts.run_id for facts in runs]
    own = runs[names.index(run)] if run in names else None
    if own is None or own.is_pruned:
        return None
    up_to = None if up_to_now else last_key_of(marks, own)
    rows = _Rows(
        history=history,
        run=own,
        accounts=tuple(accounts) or (own.account,),
        earlier=frozenset(names[: names.index(run)]),
        up_to=history.last_key() if up_to is None else up_to,
    )
    kept = _Kept(most=0 if own.fields else ROWS_KEPT)
    summary = _summary(rows, kept)
    return Report(
        run=own,
        summary=summary,
        rows=tuple(kept.rows) if kept.is_whole else replace(rows, at_most=summary.requested),
        waits=tuple(waits_in(marks, run)),
    )


class _Kept:
    """The rows of a run, unless they are many."""

    def __init__(self, most: int) -> None:
        self.rows: list[Row] = []
        self.is_whole = True
        self._most = most

    def add(self, row: Row) -> None:
        """Keep one more; none, once there are too many."""
        if len(self.rows) == self._most:
            self.rows, self.is_whole = [], False
        if self.is_whole:
            self.rows.append(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A row, how many run requests this run sent for its task, and its fate in an abort."""

    row: Row
    sent: int
    fate: Fate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Rows that are drawn each time they are asked for, some tasks at a time."""

    history: History
    run: RunFacts
    accounts: tuple[Account, ...]
    """Whose facts rows are drawn from."""
    earlier: frozenset[RunId]
    """Runs that began before."""
    up_to: int | None
    at_most: int | None = None
    """How many it was asked for when that was counted: more may come; None: it was not yet."""

    def __iter__(self) -> Iterator[Row]:
        return (drawn.row for drawn in self.drawn())

    def drawn(self) -> Iterator[_Drawn]:
        wanted = islice(self.history.requested(self.run.run_id), self.at_most)
        while some := tuple(islice(wanted, _TASKS_AT_ONCE)):
            by_account = (self._some(some, account) for account in self.accounts)
            for drawn in zip(*by_account, strict=True):
                yield min(drawn, key=lambda one: place_of(one.row))

    def _some(self, wanted: Sequence[Requested], account: Account) -> Iterator[_Drawn]:
        tasks = [requested.task for requested in wanted]
        run = self.run.run_id
        states: dict[TaskId, TaskState] = {}
        sent: Counter[TaskId] = Counter()
        shown: defaultdict[TaskId, dict[str, str | None]] = defaultdict(dict)
        clones: defaultdict[TaskId, CloneState] = defaultdict(CloneState)
        fresh = TaskState(user=account.user)
        for record in self.history.facts(account, tasks, up_to=self.up_to):
            if isinstance(record.entry, RunFact):
                continue
            match record.entry:
                case CloneIntended() | CloneSettled() as fact:
                    clones[fact.task] = after_clone_fact(clones[fact.task], record)
                case fact:
                    states[fact.task] = after(states.get(fact.task, fresh), record)
            if record.run == run:
                sent[fact.task] += _sent(fact)
            if isinstance(fact, Seen | Settled) and fact.extra:
                shown[fact.task].update(fact.extra)
        for requested in wanted:
            task = requested.task
            state = states.get(task, fresh)
            row = row_of(self.run, requested, state, shown=shown[task])
            if requested.to_clone:
                row = row_of_uncloned(self.run, row, clones[task])
            yield _Drawn(row=row, sent=sent[task], fate=self._fate(state))

    def _fate(self, state: TaskState) -> Fate | None:
        if self.run.aborts is None:
            return None
        return fate_of(state, launched_by=self.run.aborts, aborted_by=self.run.run_id)


def _sent(fact: TaskFact) -> int:
    """Return how many more run requests were sent than was known before this fact."""
    match fact:
        case Attempted():
            return 1
        case Settled(meaning=Meaning.NOT_SENT):
            return -1
        case _:
            return 0


def _summary(rows: _Rows, kept: _Kept) -> Summary:
    """Return the summary of all rows, which are drawn once; they are `kept`."""
    counts: Counter[Outcome] = Counter()
    fates: Counter[Fate] = Counter()
    states: Counter[str] = Counter()
    sums, before, retries = Sums(), 0, 0
    for drawn in rows.drawn():
        row, outcome = drawn.row, drawn.row.outcome
        kept.add(row)
        counts[outcome] += 1
        if drawn.fate is not None:
            fates[drawn.fate] += 1
        if outcome is Outcome.LAUNCHED and row.status is not None:
            states[row.status] += 1
        if row.price is not None or outcome is Outcome.LAUNCHED or row.status not in {None, DRAFT}:
            sums.add(group_of(row.project, row.app), row.price, row.currency)
        before += outcome is Outcome.LAUNCHED and row.run_id in rows.earlier
        retries += max(drawn.sent - 1, 0)
    run = rows.run
    return Summary(
        requested=counts.total(),
        launched=counts[Outcome.LAUNCHED],
        launched_before=before,
        skipped=counts[Outcome.SKIPPED],
        rejected=counts[Outcome.REJECTED],
        failed=counts[Outcome.FAILED],
        unknown=counts[Outcome.UNKNOWN],
        pending=counts[Outcome.PENDING],
        requests=None if run.requests is None else sum(run.requests.values()),
        throttled=run.throttled,
        retries=retries,
        duration_s=run.duration_s,
        aborts=None
        if run.aborts is None
        else {fate.value: fates[fate] for fate in Fate if fates[fate]},
        states=dict(sorted(states.items())),
        costs=sums.costs(),
    )
