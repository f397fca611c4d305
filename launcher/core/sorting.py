"""The tasks of a journal sorted into those whose facts stay and those whose facts go."""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from launcher.core.entry import Account, CloneIntended, CloneSettled, Entry, Record, RunId, Seen
from launcher.core.ids import TaskId
from launcher.core.pruning import OldRuns, Why, input_of, why_kept

_Own = tuple[Account, TaskId]


class _Known(NamedTuple):
    """What is remembered of a task: whose facts it has, how many, and why they stay."""

    runs: frozenset[RunId]
    facts: int
    why: Why | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What goes and what stays; tasks by the numbers that the journal gives them.

    `cut` are runs that stay and lose facts, now or before.
    """

    tasks: tuple[int, ...]
    facts: int
    gone: tuple[RunId, ...]
    cut: tuple[RunId, ...]
    runs_kept: int
    kept: Mapping[Why, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing goes."""
        return not (self.tasks or self.gone)


class Sorting:
    """Takes the tasks of a journal one after the other, in any order."""

    def __init__(self, runs: OldRuns) -> None:
        self._runs = runs
        self._known: dict[int, _Known] = {}
        self._sets: dict[frozenset[RunId], frozenset[RunId]] = {}
        self._numbers: dict[_Own, int] = {}
        """Of tasks that are clones, or were to be cloned."""
        self._links: defaultdict[_Own, set[_Own]] = defaultdict(set)

    def take(self, number: int, account: Account, records: Sequence[Record]) -> None:
        """Take in all facts of one task, in order."""
        runs = frozenset(record.run for record in records)
        runs = self._sets.setdefault(runs, runs)
        why: Why | None = Why.NAMED
        if self._runs.may_go(runs):
            why = why_kept(records, user=account.user, counting=self._runs.counting)
        self._known[number] = _Known(runs=runs, facts=len(records), why=why)
        for record in records:
            self._link(number, account, record.entry)

    def _link(self, number: int, account: Account, fact: Entry) -> None:
        if not isinstance(fact, CloneIntended | CloneSettled | Seen):
            return
        other: TaskId | None = None
        if isinstance(fact, Seen):
            other = fact.clone_of
            if other is None:
                return
        elif isinstance(fact, CloneSettled):
            other = fact.clone
        task = fact.task
        self._numbers[account, task] = number
        if other is not None:
            self._links[account, task].add((account, other))
            self._links[account, other].add((account, task))

    def pruning(self) -> Pruning:
        """Return what goes and what stays."""
        self._keep_clones()
        runs, started = self._runs, self._runs.started
        staying = {*runs.kept}.union(*{one.runs for one in self._known.values() if one.why})
        losing = set[RunId]().union(*{one.runs for one in self._known.values() if not one.why})
        inputs = {input_of(started[run]) for run in staying if run in started}
        staying.update(run for one, some in runs.telling.items() if one in inputs for run in some)
        losing.update(run for run in started if _is_cut(started[run].asked_by, staying, losing))
        tasks = tuple(number for number, one in self._known.items() if one.why is None)
        return Pruning(
            tasks=tasks,
            facts=sum(self._known[number].facts for number in tasks),
            gone=tuple(run for run in started if run not in staying),
            cut=tuple(run for run in started if run in staying and run in losing | runs.pruned),
            runs_kept=sum(run in staying for run in started),
            kept=Counter(one.why for one in self._known.values() if one.why),
        )

    def _keep_clones(self) -> None:
        """Keep a clone with its original, and an original with its clone."""
        known = self._known
        left = [own for own, number in self._numbers.items() if known[number].why]
        while left:
            for other in self._links[left.pop()]:
                number = self._numbers.get(other)
                if number is not None and known[number].why is None:
                    known[number] = known[number]._replace(why=Why.CLONE)
                    left.append(other)


def _is_cut(asked_by: RunId | None, staying: Container[RunId], losing: Container[RunId]) -> bool:
    """Say whether a run was asked for what another run's facts do not say any more."""
    return asked_by is not None and (asked_by not in staying or asked_by in losing)
