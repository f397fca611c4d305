"""The `Platform` port over HTTP: one request a call, a bounded answer, every fault a reply."""

import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from yarl import URL

from launcher.adapters.platform.channel import Channel
from launcher.adapters.platform.courses import COURSE_FIELDS
from launcher.adapters.platform.request import (
    ANSWER_LIMIT,
    BULK_LIMIT,
    Request,
    too_large,
)
from launcher.adapters.platform.secret import Secret
from launcher.adapters.platform.session import address, session_for
from launcher.adapters.platform.wire import (
    TASK_FIELDS,
    read_details,
    read_page,
    read_rate,
    read_task,
    read_tasks,
    read_user,
)
from launcher.core.answer import Answer, Reply, TaskView, Word
from launcher.core.errors import UsageError
from launcher.core.ids import TaskId, task_id_of

_ROW_FIELDS: Final = ",".join(TASK_FIELDS)
_READ_FIELDS: Final = ",".join(
    (*TASK_FIELDS, *(name for name in COURSE_FIELDS if name != "outputs"))
)
"""Outputs can be as large as inputs; only bulk answers, which hold all, tell of them."""

_TOO_LARGE: Final = too_large(ANSWER_LIMIT)
_NO_QUERY: Final[Mapping[str, str]] = MappingProxyType({})


class HttpPlatform:
    """See `Platform`, `Lister`, `Inspector`, `Aborter` and `Cloner` in `launcher.ports`."""

    __slots__ = (
        "_base",
        "_channel",
        "_extra",
        "_large",
        "_read_task",
        "_read_tasks",
        "_tasks",
    )

    def __init__(
        self,
        channel: Channel,
        *,
        base: URL,
        extra: Sequence[str],
    ) -> None:
        self._channel = channel
        self._base = base
        self._extra = extra
        self._tasks = base / "tasks"
        self._large: set[TaskId] = set()
        self._read_task = partial(read_task, extra=extra)
        self._read_tasks = partial(read_tasks, extra=extra)

    async def run(self, task: TaskId, *, query: Mapping[str, str]) -> Reply:
        """Raise ValueError where `task` is no task id, as the other methods do: that is a bug."""
        return await self._ask_of(task, "/actions/run", method="POST", query=query, body=b"{}")

    async def abort(self, task: TaskId) -> Reply:
        return await self._act_on(task, "abort")

    async def clone(self, task: TaskId) -> Reply:
        return await self._act_on(task, "clone")

    async def list_tasks(self, query: Mapping[str, str]) -> Reply:
        fields = (*TASK_FIELDS, "created_time", "created_by", *COURSE_FIELDS)
        asked = {"fields": ",".join(fields), **query}
        url = self._tasks.with_query(asked)
        return await self._channel.ask(
            Request(method="GET", url=url, read=read_page, limit=BULK_LIMIT)
        )

    async def details(self, task: TaskId) -> Reply:
        url = self._task(task, "/execution_details")
        return await self._channel.ask(Request(method="GET", url=url, read=read_details))

    async def read(self, task: TaskId) -> Reply:
        return await self._ask_of(task, method="GET", members=_READ_FIELDS)

    async def read_many(self, tasks: Sequence[TaskId]) -> Reply:
        """Ask without `fields`: nowhere is it said whether they would apply to the envelope.

        Each record holds all members of its task then.
        """
        asked = json.dumps({"task_ids": [_checked(task) for task in tasks]}).encode()
        url = self._base / "bulk" / "tasks" / "get"
        return await self._channel.ask(
            Request(method="POST", url=url, read=self._read_tasks, body=asked, limit=BULK_LIMIT)
        )

    async def rate_limit(self) -> Reply:
        return await self._channel.ask(
            Request(method="GET", url=self._base / "rate_limit", read=read_rate)
        )

    async def user(self) -> Reply:
        return await self._channel.ask(
            Request(method="GET", url=self._base / "user", read=read_user)
        )

    async def _act_on(self, task: TaskId, action: str) -> Reply:
        url = self._task(task, f"/actions/{action}", query={"fields": _ROW_FIELDS})
        return await self._channel.ask(Request(method="POST", url=url, read=read_task, body=b"{}"))

    async def _ask_of(
        self,
        task: TaskId,
        rest: str = "",
        *,
        method: str,
        query: Mapping[str, str] = _NO_QUERY,
        body: bytes | None = None,
        members: str = _ROW_FIELDS,
    ) -> Reply:
        """Ask for the members that rows need, no more: a task's inputs can be large.

        With further members for all of them, and for fewer once that was too large: a name that
        the platform does not know must not become the reason of a refusal.
        """
        is_whole = bool(self._extra) and task not in self._large
        fields = {} if is_whole else {"fields": members}
        read = self._read_task if is_whole or not self._extra else self._read_without_extra
        url = self._task(task, rest, query={**fields, **query})
        reply = await self._channel.ask(Request(method=method, url=url, read=read, body=body))
        if is_whole and isinstance(reply, Answer) and reply.word == _TOO_LARGE:
            self._large.add(task)
        return reply

    def _read_without_extra(self, body: bytes) -> Word:
        """Return a task whose further members are known to be left out."""
        word = read_task(body)
        left_out = tuple((name, None) for name in self._extra)
        return replace(word, extra=left_out) if isinstance(word, TaskView) else word

    def _task(self, task: TaskId, rest: str = "", *, query: Mapping[str, str] = _NO_QUERY) -> URL:
        """Return a URL of a task; an id needs no quoting, and yarl's takes longer than to join."""
        asked = _with_query(self._tasks, tuple(query.items()))
        path = f"{asked.raw_path}/{_checked(task)}{rest}"
        return asked.with_path(path, encoded=True, keep_query=True)


@lru_cache(maxsize=16)  # of all the requests of a run
def _with_query(url: URL, query: tuple[tuple[str, str], ...]) -> URL:
    return url.with_query(query)


@asynccontextmanager
async def open_platform(  # noqa: PLR0913 - the one door; every argument has its name
    *,
    endpoint: str,
    token: str,
    concurrency: int,
    timeout_s: float,
    extra: Sequence[str] = (),
    connect_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
    proxy: str | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncIterator[HttpPlatform]:
    """Yield the platform at `endpoint` (as `https://HOST/v2`); leaving closes its connections.

    `timeout_s` is for a whole request, `connect_s` for its connection; `proxy` may hold a login.
    `extra` are members of tasks that are read besides those that rows need. Without `tls` the
    system's CAs are trusted.

    Raises:
        UsageError: for an endpoint, proxy or token that no request can be made with.
    """
    if not (token.isascii() and token.isprintable() and token.strip()):
        raise UsageError("the token is empty or holds characters that no token has")
    base = address(endpoint, name="endpoint")
    by_way_of = None if proxy is None else address(proxy, name="proxy")
    session = session_for(
        concurrency=concurrency,
        timeout_s=timeout_s,
        connect_s=connect_s,
        tls=tls,
        proxy=by_way_of,
    )
    secret = Secret(token, proxy=by_way_of)
    async with session:
        channel = Channel(session, secret=secret, monotonic=monotonic)
        yield HttpPlatform(channel, base=base, extra=tuple(extra))


def _checked(task: TaskId) -> TaskId:
    """Return `task`; whatever else is asked for must never become part of a URL."""
    checked = task_id_of(task)
    if checked is None:
        raise ValueError(f"no task id: {task!r}")
    return checked
