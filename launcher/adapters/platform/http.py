"""The `Platform` port over HTTP: one request a call, a bounded answer, every fault a reply."""

import json
import logging
import platform
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from launcher import __version__
from launcher.adapters.platform.faults import FAULTS, Span, Stage, reply_of
from launcher.adapters.platform.headers import read_headers
from launcher.adapters.platform.request import (
    ANSWER_LIMIT,
    BULK_LIMIT,
    Request,
    bounded,
    facts_of,
    too_large,
)
from launcher.adapters.platform.secret import Secret
from launcher.adapters.platform.session import address, session_for
from launcher.adapters.platform.wire import (
    TASK_FIELDS,
    read_rate,
    read_task,
    read_tasks,
    read_user,
)
from launcher.core.answer import Answer, Reply, TaskView, Word
from launcher.core.errors import UsageError
from launcher.core.ids import TaskId, task_id_of

log = logging.getLogger(__name__)

_3XX, _4XX = 300, 400
_HEADERS: Final = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": (
        f"cavatica-launcher/{__version__} ({platform.system()}; Python/{platform.python_version()})"
    ),
}


class HttpPlatform:
    """See `launcher.ports.Platform`; opened by `open_platform`."""

    __slots__ = (
        "_base",
        "_extra",
        "_large",
        "_monotonic",
        "_read_task",
        "_read_tasks",
        "_secret",
        "_session",
    )

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base: URL,
        secret: Secret,
        extra: Sequence[str],
        monotonic: Callable[[], float],
    ) -> None:
        self._session = session
        self._base = base
        self._secret = secret
        self._extra = extra
        self._large: set[TaskId] = set()
        self._read_task = partial(read_task, extra=extra)
        self._read_tasks = partial(read_tasks, extra=extra)
        self._monotonic = monotonic

    async def run(self, task: TaskId, *, query: Mapping[str, str]) -> Reply:
        """Raise ValueError where `task` is no task id, as the other methods do: that is a bug."""
        url = self._task(task) / "actions" / "run"
        return await self._ask_of(task, method="POST", url=url, query=query, body=b"{}")

    async def read(self, task: TaskId) -> Reply:
        return await self._ask_of(task, method="GET", url=self._task(task))

    async def read_many(self, tasks: Sequence[TaskId]) -> Reply:
        """Ask without `fields`: nowhere is it said whether they would apply to the envelope.

        Each record holds all members of its task then.
        """
        asked = json.dumps({"task_ids": [_checked(task) for task in tasks]}).encode()
        url = self._base / "bulk" / "tasks" / "get"
        return await self._ask(
            Request(method="POST", url=url, read=self._read_tasks, body=asked, limit=BULK_LIMIT)
        )

    async def rate_limit(self) -> Reply:
        return await self._ask(Request(method="GET", url=self._base / "rate_limit", read=read_rate))

    async def user(self) -> Reply:
        return await self._ask(Request(method="GET", url=self._base / "user", read=read_user))

    async def _ask_of(
        self,
        task: TaskId,
        *,
        method: str,
        url: URL,
        query: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
    ) -> Reply:
        """Ask for the members that rows need, no more: a task's inputs can be large.

        With further members for all of them, and for fewer once that was too large: a name that
        the platform does not know must not become the reason of a refusal.
        """
        is_whole = bool(self._extra) and task not in self._large
        fields = {} if is_whole else {"fields": ",".join(TASK_FIELDS)}
        read = self._read_task if is_whole or not self._extra else self._read_without_extra
        url = url.with_query({**fields, **query})
        reply = await self._ask(Request(method=method, url=url, read=read, body=body))
        if isinstance(reply, Answer) and reply.word == too_large(ANSWER_LIMIT):
            self._large.add(task)
        return reply

    def _read_without_extra(self, body: bytes) -> Word:
        """Return a task whose further members are known to be left out."""
        word = read_task(body)
        left_out = tuple((name, None) for name in self._extra)
        return replace(word, extra=left_out) if isinstance(word, TaskView) else word

    def _task(self, task: TaskId) -> URL:
        return self._base / "tasks" / _checked(task)

    async def _ask(self, request: Request) -> Reply:
        stage = Stage()
        sent_at = self._monotonic()
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers={**_HEADERS, "X-SBG-Auth-Token": self._secret.reveal()},
                allow_redirects=False,
                trace_request_ctx=stage,
            ) as response:
                body = await bounded(response, limit=request.limit)
                span = Span(sent_at=sent_at, received_at=self._monotonic())
        except FAULTS as error:
            span = Span(sent_at=sent_at, received_at=self._monotonic())
            cut_from = self._secret.cut_from
            reply: Reply = reply_of(error, stage=stage, span=span, cut_from=cut_from)
        else:
            reply = self._answer(request, response, body=body, span=span)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request ended", extra=facts_of(request, reply))
        return reply

    def _answer(
        self, request: Request, response: aiohttp.ClientResponse, *, body: bytes | None, span: Span
    ) -> Answer:
        cut_from = self._secret.cut_from
        told = read_headers(
            CIMultiDict((name, cut_from(text)) for name, text in response.headers.items())
        )
        if body is None:
            word: Word = too_large(request.limit)
        else:
            word = request.read(self._secret.cut_from_bytes(body))
        return Answer(
            http_status=response.status,
            word=word,
            sent_at=span.sent_at,
            received_at=span.received_at,
            request_id=told.request_id,
            limits=told.limits,
            date_at=told.date_at,
            retry_after_s=told.retry_after_s,
            location=told.location if _3XX <= response.status < _4XX else None,
        )


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
        yield HttpPlatform(
            session, base=base, secret=secret, extra=tuple(extra), monotonic=monotonic
        )


def _checked(task: TaskId) -> TaskId:
    """Return `task`; whatever else is asked for must never become part of a URL."""
    checked = task_id_of(task)
    if checked is None:
        raise ValueError(f"no task id: {task!r}")
    return checked
