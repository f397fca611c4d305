"""The list of tasks: which ones, in which order, and which page of them.

Source: docs.cavatica.org, "List tasks you can access"; where that is silent, the documentation of
the official Python client. A filter looks at what a read shows of a task, in whole seconds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor
from urllib.parse import urlencode

from launcher.simulator import refusals
from launcher.simulator.asked import Asked, UnreadableError, boolean_of, whole_of
from launcher.simulator.task import Status, Task, View, start_shown_s

_DEFAULT_LIMIT = 25  # CAVATICA's; the R client's documentation says 50
_MOST = 100
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d([+-]\d\d:\d\d)?)?", re.ASCII)

Claim = Callable[[Task], bool]
ViewClaim = Callable[[Task, View], bool]
Moment = Callable[[Task, View], float | None]

_TIMES: Mapping[str, Moment] = {
    "created": lambda task, _: task.created_s,
    "started": start_shown_s,
    "ended": lambda _, view: view.ended_s,
}
_KEYS: Mapping[str, Callable[[Task, View], float | str | None]] = {
    "created_time": _TIMES["created"],
    "start_time": _TIMES["started"],
    "end_time": _TIMES["ended"],
    "name": lambda task, _: task.name,
    "created_by": lambda task, _: task.created_by,
}
_OF_VIEWS = frozenset({"start_time", "end_time"})
_UNSEEN = View(status=Status.DRAFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A parsed list query."""

    claims: tuple[Claim, ...]
    view_claims: tuple[ViewClaim, ...]
    order_by: str
    descending: bool
    offset: int
    limit: int

    def matching(self, tasks: Iterable[Task], show: Callable[[Task], View]) -> list[Task]:
        """Return the tasks of all pages in order; equals are in the order of their ids.

        What a read shows of a task is looked at only where it matters: there are many.
        """
        kept = [task for task in tasks if all(claim(task) for claim in self.claims)]
        if self.view_claims or self.order_by in _OF_VIEWS:
            shown = [(task, show(task)) for task in kept]
        else:
            shown = [(task, _UNSEEN) for task in kept]
        kept_too = [pair for pair in shown if all(claim(*pair) for claim in self.view_claims)]
        kept_too.sort(key=self._place, reverse=self.descending)
        return [task for task, _ in kept_too]

    def _place(self, shown: tuple[Task, View]) -> tuple[bool, float | str, str]:
        key = _KEYS[self.order_by](*shown)
        return key is None, 0 if key is None else key, shown[0].id


def parse_listing(asked: Asked) -> Listing:
    """Parse a list query; raises UnreadableError. Unknown parameters are no error.

    The newest task comes first unless asked otherwise, as the Python client's documentation has
    it (the R client's says the contrary).
    """
    order_by = asked.query.get("order_by", "created_time")
    order = asked.query.get("order", "desc")
    limit = whole_of(asked, "limit", default=_DEFAULT_LIMIT, least=1)
    if limit > _MOST or order_by not in _KEYS or order not in {"asc", "desc"}:
        raise UnreadableError(refusals.BAD_REQUEST)
    return Listing(
        claims=tuple(_claims_of_members(asked)),
        view_claims=(*_claims_of_status(asked), *_claims_of_times(asked)),
        order_by=order_by,
        descending=order == "desc",
        offset=whole_of(asked, "offset", default=0, least=0),
        limit=limit,
    )


def links(asked: Asked, listing: Listing, *, total: int) -> Iterator[dict[str, str]]:
    """Yield the links to the pages before and after, where there are any."""
    offset, limit = listing.offset, listing.limit
    if offset > 0:
        before = page_url(asked, listing, offset=max(0, offset - limit))
        yield {"href": before, "rel": "prev", "method": "GET"}
    if offset + limit < total:
        after = page_url(asked, listing, offset=offset + limit)
        yield {"href": after, "rel": "next", "method": "GET"}


def page_url(asked: Asked, listing: Listing, *, offset: int) -> str:
    """Return the address of a page of the same list."""
    query = {**asked.query, "offset": str(offset), "limit": str(listing.limit)}
    return f"{asked.base}/tasks?{urlencode(query)}"


def _claims_of_members(asked: Asked) -> Iterator[Claim]:
    query, batch = asked.query, boolean_of(asked, "batch")
    if "project" in query:
        yield lambda task: task.project == query["project"]
    if batch is not None:
        yield lambda task: task.batch is batch
    if "parent" in query:
        yield lambda task: task.parent == query["parent"].lower()
    if "origin_id" in query:
        yield lambda task: task.origin_id == query["origin_id"]


def _claims_of_status(asked: Asked) -> Iterator[ViewClaim]:
    if "status" in asked.query:
        status = _status_of(asked.query["status"])
        yield lambda _, view: view.status is status


def _claims_of_times(asked: Asked) -> Iterator[ViewClaim]:
    for name, moment in _TIMES.items():
        if f"{name}_from" in asked.query:
            yield _between(moment, earliest_s=_time_of(asked.query[f"{name}_from"]))
        if f"{name}_to" in asked.query:
            yield _between(moment, latest_s=_time_of(asked.query[f"{name}_to"]))


def _between(
    moment: Moment, *, earliest_s: float = float("-inf"), latest_s: float = float("inf")
) -> ViewClaim:
    def claim(task: Task, view: View) -> bool:
        at_s = moment(task, view)
        return at_s is not None and earliest_s <= floor(at_s) <= latest_s

    return claim


def _status_of(text: str) -> Status:
    # The platform knows CREATING, but its documented filter does not.
    if text == Status.CREATING or text not in Status.__members__:
        raise UnreadableError(refusals.BAD_STATUS_FILTER)
    return Status[text]


def _time_of(text: str) -> float:
    if _DATE.fullmatch(text) is None:
        raise UnreadableError(refusals.BAD_REQUEST)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableError(refusals.BAD_REQUEST) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
