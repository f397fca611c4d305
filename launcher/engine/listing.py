"""The tasks of projects, listed completely before anything is launched.

A page begins so many tasks after the first one. Whenever a task before it leaves the list, all
that follow move up, and one of them is on no page. Drafts are listed from the oldest, page after
page: what is new comes last, and a draft that has left never comes back. So a pass that missed a
task showed another one that the pass after it does not show: where two passes agree, nothing is
missing. (Hence one request of a project at a time: out of turn, a page could miss one unnoticed.)
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from launcher.core.answer import Answer, ErrorWord, PageWord, Reply, TaskView, describe
from launcher.core.course import DRAFT
from launcher.core.entry import Seen
from launcher.core.errors import HaltedError, LauncherError, RefusedError, UsageError, foremost
from launcher.core.ids import TaskId, task_id_of
from launcher.core.selection import Selection, Tally, source_of
from launcher.core.text import visible
from launcher.engine.asking import Asker
from launcher.engine.paging import ask_for_page
from launcher.engine.reading import seen_of
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Lister

PAGE_SIZE = 100
PAGES = 2_500
"""Of one list at most; a quarter of a million tasks are more than a run is meant for."""
PASSES = 3
PROJECTS_AT_ONCE = 2
_MANY = 1_000
"""Tasks whose list takes so long that people are told how it goes."""
_NOTHING_NEW = 2
"""Full pages in a row that show nothing new: the platform gives the same one again and again."""
_OK = range(200, 300)
_FORBIDDEN = 403
_NO_PRIVILEGE = 3001


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What lists of projects showed: the tasks to launch, with their project, in its order."""

    tasks: tuple[tuple[TaskId, str], ...] = ()
    seen: tuple[Seen, ...] = ()
    """As the last pass showed them; what only earlier ones showed has to be read again."""
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One reading of a list from its first page to its last; `total` is the platform's count."""

    tasks: Mapping[TaskId, TaskView]
    odd: int
    total: int | None

    @property
    def is_whole(self) -> bool:
        return self.total is None or self.total == len(self.tasks) + self.odd

    def agrees_with(self, other: "_Pass") -> bool:
        same = self.tasks.keys() == other.tasks.keys() and self.odd == other.odd
        return same and self.is_whole and other.is_whole

    def differing(self, other: "_Pass") -> int:
        """Return how many tasks one of two passes did not show, as far as that can be told."""
        missing = abs((self.total or 0) - len(self.tasks) - self.odd) if self.total else 0
        return max(len(self.tasks.keys() ^ other.tasks.keys()), missing)


class Listing:
    """Lists projects through the gate; each pass anew, until two agree or three were made."""

    def __init__(
        self, lister: Lister, asker: Asker, *, stop: Stop, say: Callable[[str], None]
    ) -> None:
        self._lister = lister
        self._asker = asker
        self._stop = stop
        self._say = say

    async def of(self, selection: Selection) -> Listed:
        """Return all that is selected.

        Raises:
            UsageError: there is no such project.
            RefusedError: the platform does not let us list it.
            LauncherError: whatever else ended the run.
        """
        found: dict[str, Listed] = {}
        errors: list[LauncherError] = []
        shared = iter(selection.projects)
        async with asyncio.TaskGroup() as group:
            for _ in range(PROJECTS_AT_ONCE):
                group.create_task(self._lane(selection, shared, found=found, errors=errors))
        error = self._stop.foremost or foremost(errors)
        if error is not None:
            raise error
        each = [found[project] for project in selection.projects]
        for listed in each:
            for tally in listed.tallies:
                self._say(str(tally))
        return Listed(
            tasks=tuple(task for listed in each for task in listed.tasks),
            seen=tuple(seen for listed in each for seen in listed.seen),
            tallies=tuple(tally for listed in each for tally in listed.tallies),
        )

    async def _lane(
        self,
        selection: Selection,
        shared: Iterator[str],
        *,
        found: dict[str, Listed],
        errors: list[LauncherError],
    ) -> None:
        for project in shared:
            if errors or self._stop.is_set:
                return
            try:
                found[project] = await self._project(project, selection)
            except StoppedError:
                return
            except LauncherError as error:
                errors.append(error)

    async def _project(self, project: str, selection: Selection) -> Listed:
        taken: dict[TaskId, None] = {}
        seen: dict[TaskId, Seen] = {}
        left_out: Counter[str] = Counter()
        drafts = 0
        for status in selection.statuses:
            passes = await self._passes(project, status)
            shown = {task: view for one in passes for task, view in one.tasks.items()}
            drafts += len(shown) if status == DRAFT else 0
            for task, view in shown.items():
                why = selection.why_not(view, project=project, status=status)
                if why is not None:
                    left_out[why] += status == DRAFT
                    continue
                taken[task] = None
                if task in passes[-1].tasks:
                    seen[task] = seen_of(task, view)
        active = sum(one.status != DRAFT for one in seen.values())
        tally = Tally(
            project=project,
            drafts=drafts,
            taken=len(taken) - active,
            active=active,
            left_out=+left_out,
        )
        return Listed(
            tasks=tuple((task, source_of(project)) for task in taken),
            seen=tuple(seen.values()),
            tallies=(tally,),
        )

    async def _passes(self, project: str, status: str) -> tuple[_Pass, ...]:
        passes = [await self._pass(project, status)]
        if len(passes[0].tasks) >= _MANY:
            self._say(
                f"project {visible(project)}: {len(passes[0].tasks):,} {status} tasks, being read "
                "once more"
            )
        while len(passes) < PASSES:
            passes.append(await self._pass(project, status))
            if passes[-1].agrees_with(passes[-2]):
                return tuple(passes)
        count = passes[-1].differing(passes[-2])
        tasks = "1 task" if count == 1 else f"{count:,} tasks"
        self._say(
            f"project {visible(project)}: {PASSES} readings of its {status} tasks differ by "
            f"{tasks}; all that any of them showed are taken"
        )
        return tuple(passes)

    async def _pass(self, project: str, status: str) -> _Pass:
        tasks: dict[TaskId, TaskView] = {}
        offset, odd, old = 0, 0, 0
        for _ in range(PAGES):
            answer, page = await self._page(project, status, offset=offset)
            before = len(tasks) + odd
            for item in page.items:
                task = None if item is None or item.id is None else task_id_of(item.id)
                if item is None or task is None:
                    odd += 1
                else:
                    tasks[task] = item
            offset += len(page.items)
            more = page.has_next or (answer.total is not None and offset < answer.total)
            if not page.items or not more:
                return _Pass(tasks=tasks, odd=odd, total=answer.total)
            old = old + 1 if len(tasks) + odd == before else 0
            if old == _NOTHING_NEW:
                break
        raise HaltedError(
            f"the list of project {visible(project)} has no end: {len(tasks):,} tasks of it were "
            f"shown on {offset:,} places; name the tasks in a file instead"
        )

    async def _page(self, project: str, status: str, *, offset: int) -> tuple[Answer, PageWord]:
        query = {
            "project": project,
            "status": status,
            "order_by": "created_time",
            "order": "asc",
            "limit": str(PAGE_SIZE),
            "offset": str(offset),
        }
        reply, page = await ask_for_page(self._lister, self._asker, query)
        if page is None or not isinstance(reply, Answer):
            raise _refusal(reply, project)
        return reply, page


def _refusal(reply: Reply, project: str) -> LauncherError:
    words = f"{visible(project)} ({describe(reply)})"
    match reply:
        case Answer(http_status=status, word=ErrorWord(code=code)) if (
            status == _FORBIDDEN or code == _NO_PRIVILEGE
        ):
            return RefusedError(
                f"the platform does not let this account see project {words}: become a member of "
                "it, or check whose token this is (launcher doctor)"
            )
        case _:
            return UsageError(
                f"the platform does not list project {words}: OWNER/NAME stands in the address of "
                "its page (/u/OWNER/NAME)"
            )
