"""What the rows of a run add up to, counted one by one as they are drawn."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from launcher.core.costs import Sums, group_of
from launcher.core.course import DRAFT
from launcher.core.entry import RunId
from launcher.core.fate import Fate
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digesting
from launcher.core.report import RunFacts, Summary
from launcher.core.row import Row


@dataclass(slots=True, kw_only=True)
class Totals:
    """Adds up the rows of `run`; of the `earlier` runs it counts what they launched."""

    run: RunFacts
    earlier: AbstractSet[RunId]
    digesting: Digesting = field(init=False)
    _counts: Counter[Outcome] = field(default_factory=Counter)
    _fates: Counter[Fate] = field(default_factory=Counter)
    _states: Counter[str] = field(default_factory=Counter)
    _sums: Sums = field(default_factory=Sums)
    _before: int = 0
    _retries: int = 0

    def __post_init__(self) -> None:
        self.digesting = Digesting(run=self.run.run_id)

    def add(self, row: Row, *, sent: int, fate: Fate | None) -> None:
        """Count a row in: this run `sent` so many run requests for its task."""
        self.digesting.add(row)
        self._counts[row.outcome] += 1
        self._retries += max(sent - 1, 0)
        if fate is not None:
            self._fates[fate] += 1
        is_launched = row.outcome is Outcome.LAUNCHED
        if is_launched:
            self._before += row.run_id in self.earlier
            if row.status is not None:
                self._states[row.status] += 1
        if is_launched or row.price is not None or row.status not in {None, DRAFT}:
            self._sums.add(group_of(row.project, row.app), row.price, row.currency)

    def summary(self) -> Summary:
        """Return the summary of the rows so far."""
        run, counts = self.run, self._counts
        return Summary(
            requested=counts.total(),
            launched=counts[Outcome.LAUNCHED],
            launched_before=self._before,
            skipped=counts[Outcome.SKIPPED],
            rejected=counts[Outcome.REJECTED],
            failed=counts[Outcome.FAILED],
            unknown=counts[Outcome.UNKNOWN],
            pending=counts[Outcome.PENDING],
            requests=None if run.requests is None else sum(run.requests.values()),
            throttled=run.throttled,
            retries=self._retries,
            duration_s=run.duration_s,
            aborts=None
            if run.aborts is None
            else {fate.value: self._fates[fate] for fate in Fate if self._fates[fate]},
            states=dict(sorted(self._states.items())),
            costs=self._sums.costs(),
        )
