"""What the tasks of a plan are going to cost, by those of the same apps that have completed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping

from launcher.core.answer import PageWord, TaskView, describe
from launcher.core.costs import Estimate, Group, Price, estimate_of, group_of
from launcher.core.course import COMPLETED
from launcher.core.ids import TaskId, task_id_of
from launcher.core.plan import Plan
from launcher.core.text import visible
from launcher.engine.asking import Asker
from launcher.engine.books import group_of_state
from launcher.engine.ending import ending
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.paging import ask_for_page
from launcher.engine.purse import OpenPurse, Purse
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Lister

PAGES = 3
"""Of a project at most, for all of its apps: the platform cannot be asked for an app."""
PAGE_SIZE = 100
PROJECTS = 5
"""Those with the most tasks to start; what tasks of others cost is unknown."""
TRIES = 3
"""Of one page at most: an estimate is worth no more."""

Known = Mapping[Group, Mapping[TaskId, Price]]
"""What completed tasks cost."""


def groups_of(plan: Plan, ledger: Ledger, *, unbatch: bool) -> Counter[Group]:
    """Return how many tasks of each group a plan is to start, those to be cloned first included."""
    states = map(ledger.state, (*plan.in_doubt, *plan.drafts))
    return Counter(plan.clones) + Counter(
        group_of_state(state, unbatch=unbatch) for state in states
    )


class Prices:
    """Lists the tasks of projects that completed last, through the gate."""

    def __init__(
        self, lister: Lister | None, asker: Asker, *, stop: Stop, say: Callable[[str], None]
    ) -> None:
        self._lister = lister
        self._asker = asker
        self._stop = stop
        self._say = say

    async def estimates(
        self, groups: Counter[Group], *, orders: Orders, purse: Purse | OpenPurse | None = None
    ) -> tuple[Estimate, ...]:
        """Return what so many tasks of these groups are going to cost; the purse learns of it, too.

        Nothing, where nobody wants to know, or the run is ending.
        """
        if not orders.estimates:
            return ()
        found: list[Estimate] = []
        currency = orders.max_cost.currency if orders.max_cost else None
        async with ending(self._stop, grace_s=0.0, longest_s=orders.max_outage_s):
            try:
                known = await self.of(groups)
            except StoppedError:
                return ()
            if purse is not None:
                purse.take_in(known)
            for group, count in groups.most_common():
                prices = known.get(group, {}).values()
                found.append(estimate_of(group, count, prices, currency=currency))
        return tuple(found)

    async def of(self, groups: Counter[Group]) -> Known:
        """Return the prices of completed tasks of these groups, as far as they are shown.

        Raises:
            StoppedError: the run is ending.
        """
        projects: Counter[str] = Counter()
        for group, count in groups.items():
            if group.project is not None and group.app is not None:
                projects[group.project] += count
        known: dict[Group, dict[TaskId, Price]] = defaultdict(dict)
        for project, _ in projects.most_common(PROJECTS):
            await self._list(project, groups, known=known)
        return known

    async def _list(
        self, project: str, groups: Collection[Group], *, known: dict[Group, dict[TaskId, Price]]
    ) -> None:
        for number in range(PAGES):
            page = await self._page(project, offset=number * PAGE_SIZE)
            for view in () if page is None else page.items:
                found = None if view is None else _priced(view)
                if found is not None and found[0] in groups:
                    group, task, price = found
                    known[group][task] = price
            if page is None or not page.has_next:
                return

    async def _page(self, project: str, *, offset: int) -> PageWord | None:
        lister = self._lister
        if lister is None:
            return None
        query = {
            "project": project,
            "status": COMPLETED,
            "order_by": "end_time",
            "order": "desc",
            "limit": str(PAGE_SIZE),
            "offset": str(offset),
        }
        reply, page = await ask_for_page(lister, self._asker, query, max_tries=TRIES)
        if page is None:
            words = f"prices of project {visible(project)} cannot be read ({describe(reply)})"
            self._say(f"{words}: what its tasks cost is unknown")
        return page


def _priced(view: TaskView) -> tuple[Group, TaskId, Price] | None:
    task = None if view.id is None else task_id_of(view.id)
    course = view.course
    if task is None or course is None or course.price is None or view.status != COMPLETED:
        return None
    group = group_of(view.project, view.app, batch=view.batch)
    return group, task, Price(course.price, course.currency)
