"""The fake platform with clones and lists of drafts, and what may go wrong with them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import floor
from typing import Any, Literal, cast

from launcher.core.answer import Alien, Answer, ErrorWord, PageWord, Reply, TaskView, Word
from launcher.core.ids import TaskId
from support.fake_platform import (
    NOTHING_DONE,
    REFUSING,
    SERVER_EPOCH,
    USER,
    FakePlatform,
    ReadDeed,
    What,
)

CloneDeed = Literal[
    "502", "502-cloned", "lost", "lost-cloned", "303-cloned", "html-cloned", "queued-cloned",
    "original", "late", "429", "503-maintenance", "not-sent", "403", "401", "302",
]  # fmt: skip
"""What one clone request meets: the part after "-" says that it made a clone all the same."""

ListDeed = Literal["502", "lost", "429", "403", "odd"]
PROJECT, APP = "rfranklin/trios", "rfranklin/trios/align/3"
ALIEN = Alien(excerpt="")

_REFUSING = {"403": REFUSING["403"], "401": REFUSING["401"], "302": REFUSING["302"]}
_HIDING: Mapping[str, tuple[int, Word]] = {
    "502-cloned": (502, Alien(excerpt="bad gateway")),
    "lost-cloned": (0, ALIEN),
    "303-cloned": (303, Alien(excerpt="see there")),
    "html-cloned": (200, Alien(excerpt="<html>")),
}


def clone_id(number: int) -> TaskId:
    return TaskId(f"00000000-0000-4000-9000-{number:012x}")


@dataclass
class CloningPlatform(FakePlatform):
    """Tasks that can be cloned; `clones` is the truth about who was made of whom."""

    clone_deeds: dict[TaskId, list[CloneDeed]] = field(default_factory=dict)
    list_deeds: list[ListDeed] = field(default_factory=list)
    clones: defaultdict[TaskId, list[TaskId]] = field(default_factory=lambda: defaultdict(list))
    late_clones: list[tuple[float, TaskId]] = field(default_factory=list)
    renames: bool = False
    total: int = 0
    list_lag_s: float = 0.0
    page_size: int = 100
    queries_of_lists: list[Mapping[str, str]] = field(default_factory=list)
    after_pages: Mapping[int, Callable[[], object]] = field(default_factory=dict)
    """What happens after the n-th list request of all."""

    def add_failed(self, tasks: Sequence[TaskId], *, names: Sequence[str] = ()) -> None:
        """Make drafts of these ids; `end` lets them fail once they were launched."""
        for number, task in enumerate(tasks):
            name = names[number] if names else f"align {number}"
            self.views[task] = TaskView(
                id=task, status="DRAFT", name=name, project=PROJECT, app=APP
            )

    def end(self, tasks: Sequence[TaskId], status: str = "FAILED") -> None:
        for task in tasks:
            self.views[task] = replace(self.views[task], status=status)

    def draft_like(self, original: TaskId, *, by: str = USER, **changes: object) -> TaskId:
        """Make a draft that looks like a clone of `original`, and return its id."""
        clone = clone_id(0x100 + len(self.views))
        self.views[clone] = replace(
            self.views[original],
            id=clone,
            status="DRAFT",
            executed_by=None,
            created_by=by,
            created_at=self._now(),
            **cast("dict[str, Any]", changes),
        )
        return clone

    def _now(self) -> datetime:
        at = SERVER_EPOCH + self.clock.monotonic() + self.ahead_s
        return datetime.fromtimestamp(floor(at), tz=UTC)

    def _make(self, original: TaskId) -> TaskView:
        changes = {"name": f"{self.views[original].name} - copy"} if self.renames else {}
        clone = self.draft_like(original, **changes)
        self.clones[original].append(clone)
        return self.views[clone]

    # ------------------------------------------------------------ the port

    async def clone(self, task: TaskId) -> Reply:
        return await self._asked("clone", task)

    async def list_tasks(self, query: Mapping[str, str]) -> Reply:
        self.queries_of_lists.append(query)
        reply = await self._asked("list", dict(query))
        self.after_pages.get(len(self.queries_of_lists), lambda: None)()
        if isinstance(reply, Answer) and isinstance(reply.word, PageWord):
            reply = replace(reply, total=self.total)
        return reply

    async def _underway(self, kind: str, what: What) -> tuple[int, Word]:
        if kind != "clone":
            return await super()._underway(kind, what)
        task = cast("TaskId", what)
        try:
            await self.clock.sleep(self.latency_s / 2)
        except asyncio.CancelledError:
            if self.orphans_arrive and not self.clone_deeds.get(task):
                self.late_clones.append((self.clock.monotonic() + self.latency_s / 2, task))
            raise
        served = self._served(kind, what)
        await self.clock.sleep(self.latency_s / 2)
        return served

    def start_late(self) -> None:
        super().start_late()
        now = self.clock.monotonic()
        due = [task for at, task in self.late_clones if at <= now]
        self.late_clones = [one for one in self.late_clones if one[0] > now]
        for task in due:
            self._make(task)

    def _served(self, kind: str, what: What) -> tuple[int, Word]:
        if kind not in {"clone", "list"}:
            return super()._served(kind, what)
        self.start_late()
        if not self.window.take(self.clock.monotonic() + self.ahead_s):
            self.throttles += 1
            return 429, ErrorWord(code=1000, message="rate limit exceeded")
        if kind == "list":
            return self._page(cast("Mapping[str, str]", what))
        return self._cloned(cast("TaskId", what))

    def _page(self, query: Mapping[str, str]) -> tuple[int, Word]:
        deed = self.list_deeds.pop(0) if self.list_deeds else None
        if deed == "403":
            return REFUSING["403"]
        if deed == "odd":
            return 200, PageWord(items=(None,), has_next=False)
        if deed is not None:
            return NOTHING_DONE[cast("ReadDeed", deed)]
        found, offset = self._matching(query), int(query["offset"])
        size = min(int(query["limit"]), self.page_size)
        self.total = len(found)
        items = tuple(found[offset : offset + size])
        return 200, PageWord(items=items, has_next=offset + size < len(found))

    def _matching(self, query: Mapping[str, str]) -> list[TaskView]:
        since = datetime.fromisoformat(query.get("created_from", "1970-01-01T00:00:00"))
        until = self._now().timestamp() - self.list_lag_s
        found = [
            view
            for view in self.views.values()
            if view.status == query["status"] and view.project == query["project"]
            if view.created_at and view.created_at >= since.replace(tzinfo=UTC)
            if view.created_at.timestamp() <= until
        ]
        return sorted(found, key=lambda view: (view.created_at or self._now(), view.id))

    def _cloned(self, task: TaskId) -> tuple[int, Word]:
        deed = self.clone_deeds[task].pop(0) if self.clone_deeds.get(task) else "clone"
        self.met.update({f"clone {deed}"} - {"clone clone"})
        if deed in NOTHING_DONE:
            return NOTHING_DONE[cast("ReadDeed", deed)]
        if deed in _REFUSING:
            return _REFUSING[deed]
        if deed == "original":
            return 200, self.views[task]
        if deed == "late":
            self.late_clones.append((self.clock.monotonic() + self.late_s, task))
            return 0, ALIEN
        made = self._make(task)
        if deed == "queued-cloned":
            return 200, replace(made, status="QUEUED")
        return _HIDING.get(deed, (200, replace(made, created_at=None, created_by=None)))
