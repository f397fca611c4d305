"""Drafts of a project as its lists show them: whole, or not at all."""

from collections.abc import Mapping
from datetime import UTC, datetime

from launcher.core.answer import Answer, TaskView, describe
from launcher.core.course import DRAFT
from launcher.engine.asking import Asker
from launcher.engine.paging import ask_for_page
from launcher.ports import Lister

PAGE_SIZE = 100
MOST_PAGES = 100
"""Pages of one pass at most: more drafts than on them are not looked through."""
PASSES = 3
"""How often a list is read whose tasks move from page to page meanwhile."""
_OK = range(200, 300)


class Drafts:
    """Lists the drafts of projects that were made since a time."""

    def __init__(self, lister: Lister, asker: Asker) -> None:
        self._lister = lister
        self._asker = asker

    async def since(
        self, project: str, created_from: int | None
    ) -> tuple[TaskView | None, ...] | str:
        """Return every draft made since then (None: ever), or why they cannot be listed.

        `created_from` is in seconds since the epoch, server time. An odd record is None. A list is
        whole where its pages show as many tasks as each of them says that there are.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        why = ""
        for _ in range(PASSES):
            found = await self._pass(_query(project, created_from))
            if not isinstance(found, str):
                return found
            why = found
        return why

    async def _pass(self, query: Mapping[str, str]) -> tuple[TaskView | None, ...] | str:
        items: list[TaskView | None] = []
        totals: set[int | None] = set()
        for _ in range(MOST_PAGES):
            asked = {**query, "offset": str(len(items))}
            reply, page = await ask_for_page(self._lister, self._asker, asked)
            if page is None or not isinstance(reply, Answer):
                return f"the drafts of the project cannot be listed ({describe(reply)})"
            items += page.items
            totals.add(reply.total)
            if not page.items or not (page.has_next or len(items) < (reply.total or 0)):
                return _whole(items, totals)
        return f"the project has more new drafts than {MOST_PAGES} pages hold"


def _whole(
    items: list[TaskView | None], totals: set[int | None]
) -> tuple[TaskView | None, ...] | str:
    ids = [view.id for view in items if view is not None]
    is_whole = len(set(ids)) == len(ids) and totals <= {None, len(items)}
    return tuple(items) if is_whole else "the list of drafts changed while it was read"


def _query(project: str, created_from: int | None) -> dict[str, str]:
    query = {
        "project": project,
        "status": DRAFT,
        "order_by": "created_time",
        "order": "asc",
        "limit": str(PAGE_SIZE),
    }
    if created_from is None:
        return query
    at = datetime.fromtimestamp(created_from, tz=UTC)
    # Whole seconds without an offset, which the documentation takes for UTC
    return {**query, "created_from": f"{at:%Y-%m-%dT%H:%M:%S}"}
