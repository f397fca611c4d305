"""The report of a run drawn from the facts of its account: a fold, some tasks at a time."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from launcher.core.clones import CloneState, after_clone_fact
from launcher.core.entry import (
    Account,
    Attempted,
    CloneIntended,
    CloneSettled,
    Record,
    RunId,
    Seen,
    Settled,
)
from launcher.core.errors import StorageError
from launcher.core.fate import Fate, fate_of
from launcher.core.history import History, last_key_of, runs_of, waits_in
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.reasons import Digest
from launcher.core.replay import after, is_of_task
from launcher.core.report import Report, RunFacts, Summary
from launcher.core.row import Row
from launcher.core.rows import place_of, row_of, row_of_uncloned
from launcher.core.state import TaskState
from launcher.core.totals import Totals

ROWS_KEPT = 10_000
"""Rows at most that are kept, about a kilobyte each; of a larger run they are drawn anew each time.

With `--fields` a row has no such bound, and none is kept.
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

    Few rows are drawn at once; many are as they are read, from facts that have to be there still.

    Raises:
        StorageError: the journal cannot be read, now or when many rows are.
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
    if rows.are_kept:
        _ = rows.summary  # from now on they are what they are, whatever becomes of the journal
    return Report(run=own, rows=rows, waits=tuple(waits_in(marks, run)))


class _Drawn(NamedTuple):
    """A row, how many run requests this run sent for its task, and its fate in an abort."""

    row: Row
    sent: int
    fate: Fate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What all rows add up to, and they themselves, unless they are many."""

    summary: Summary
    digest: Digest
    rows: tuple[Row, ...] | None


@dataclass(kw_only=True)
class _Rows:
    """Rows that are drawn as they are read, some tasks at a time, and added up by the way.

    Only who reads them to the end knows what they add up to, or has them kept.
    """

    history: History
    run: RunFacts
    accounts: tuple[Account, ...]
    """Whose facts rows are drawn from."""
    earlier: frozenset[RunId]
    """Runs that began before."""
    up_to: int | None
    _known: _Known | None = None

    def __iter__(self) -> Iterator[Row]:
        known = self._known
        if known is None:
            return self._added_up()
        if known.rows is not None:
            return iter(known.rows)
        return (drawn.row for drawn in self._drawn())

    @cached_property
    def are_kept(self) -> bool:
        """Whether they are few enough to be kept once they are drawn."""
        if self.run.fields:
            return False
        wanted = self.history.requested(self.run.run_id, up_to=self.up_to)
        return sum(1 for _ in islice(wanted, ROWS_KEPT + 1)) <= ROWS_KEPT

    @property
    def summary(self) -> Summary:
        """See `Rows`."""
        return self._read().summary

    @property
    def digest(self) -> Digest:
        """See `Rows`."""
        return self._read().digest

    def _read(self) -> _Known:
        if self._known is None:
            deque(self._added_up(), maxlen=0)
        assert self._known is not None  # noqa: S101 - they were read to the end
        return self._known

    def _added_up(self) -> Iterator[Row]:
        totals = Totals(run=self.run, earlier=self.earlier)
        kept: list[Row] = []
        for drawn in self._drawn():
            totals.add(drawn.row, sent=drawn.sent, fate=drawn.fate)
            if self.are_kept:
                kept.append(drawn.row)
            yield drawn.row
        if self._known is None:
            self._known = _Known(
                summary=totals.summary(),
                digest=totals.digesting.digest(),
                rows=tuple(kept) if self.are_kept else None,
            )

    def _drawn(self) -> Iterator[_Drawn]:
        wanted = self.history.requested(self.run.run_id, up_to=self.up_to)
        while some := tuple(islice(wanted, _TASKS_AT_ONCE)):
            by_account = [self._some(some, account) for account in self.accounts]
            for drawn in zip(*by_account, strict=True):
                yield min(drawn, key=lambda one: place_of(one.row))
        self._check_source()

    def _check_source(self) -> None:
        """Refuse rows of a journal that was pruned or put away while they were drawn."""
        runs = {facts.run_id: facts for facts in runs_of(self.history.marks())}
        own = runs.get(self.run.run_id)
        is_there = own is not None and not own.is_pruned
        if not is_there or (self.history.last_key() or 0) < (self.up_to or 0):
            raise StorageError(
                f"the journal lost facts while the report of run {self.run.run_id} was drawn: "
                "it was pruned, or another file took its place"
            )

    def _some(self, wanted: Sequence[Requested], account: Account) -> Iterator[_Drawn]:
        known = _Facts(run=self.run.run_id, fresh=TaskState(user=account.user))
        tasks = [requested.task for requested in wanted]
        for record in self.history.facts(account, tasks, up_to=self.up_to):
            known.add(record)
        for requested in wanted:
            task = requested.task
            state = known.states.get(task, known.fresh)
            row = row_of(self.run, requested, state, shown=known.shown[task])
            if requested.to_clone:
                row = row_of_uncloned(self.run, row, known.clones[task])
            yield _Drawn(row, known.sent[task], self._fate(state))

    def _fate(self, state: TaskState) -> Fate | None:
        if self.run.aborts is None:
            return None
        return fate_of(state, launched_by=self.run.aborts, aborted_by=self.run.run_id)


@dataclass(slots=True, kw_only=True)
class _Facts:
    """What the facts of some tasks add up to, for the report of `run`."""

    run: RunId
    fresh: TaskState
    states: dict[TaskId, TaskState] = field(default_factory=dict)
    sent: Counter[TaskId] = field(default_factory=Counter)
    """How many run requests the run sent."""
    shown: defaultdict[TaskId, dict[str, str | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    clones: defaultdict[TaskId, CloneState] = field(default_factory=lambda: defaultdict(CloneState))

    def add(self, record: Record) -> None:
        """Add the next fact; one that is about no task changes nothing."""
        fact = record.entry
        if not is_of_task(fact):
            return
        task = fact.task
        self.states[task] = after(self.states.get(task, self.fresh), record)
        match fact:
            case Attempted() if record.run == self.run:
                self.sent[task] += 1
            case Settled(meaning=Meaning.NOT_SENT) if record.run == self.run:
                self.sent[task] -= 1
            case CloneIntended() | CloneSettled():
                self.clones[task] = after_clone_fact(self.clones[task], record)
            case _:
                pass
        if isinstance(fact, (Seen, Settled)) and fact.extra:
            self.shown[task].update(fact.extra)
