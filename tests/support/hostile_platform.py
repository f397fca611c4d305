"""A platform, on a thread of its own, whose every text is hostile.

    with hostile_platform(HOSTILE) as platform:
        ...  # platform.endpoint, platform.task_ids

The n-th task is a draft whose name, project, app and executor are the n-th text. Running it is
refused with the text as the message and as the request's id, or, for every third, redirected to it
(with `pages`: answered by a page that has it as its title, which leaves a doubt).
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from support.raw_server import Peer, Request, http_answer, raw_server

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@dataclass
class HostilePlatform:
    """A script for `raw_server`; `refuses` refuses whoever asks, with the user's name."""

    texts: Sequence[str]
    user: str
    refuses: bool = False
    pages: bool = False
    port: int = 0
    token: str = TOKEN
    runs: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2"

    @property
    def task_ids(self) -> tuple[str, ...]:
        return tuple(str(UUID(int=number)) for number in range(1, len(self.texts) + 1))

    def text_of(self, task: str) -> str:
        return self.texts[UUID(task).int - 1]

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.request()
            await peer.send(self._answer(request))

    def _answer(self, request: Request) -> bytes:
        path = request.line.split()[1].split("?")[0].removeprefix("/v2/")
        if path == "rate_limit":
            rate = {"limit": 1000, "remaining": 900, "reset": int(time.time()) + 200}
            return http_answer({"rate": rate})
        if self.refuses:
            return http_answer({"code": 90001, "message": self.user}, status=401)
        if path == "user":
            return http_answer({"username": self.user})
        if path == "bulk/tasks/get":
            wanted = json.loads(request.body)["task_ids"]
            return http_answer({"items": [{"resource": self._task(task)} for task in wanted]})
        return self._ran(path.split("/")[1])

    def _task(self, task: str) -> Mapping[str, Any]:
        text = self.text_of(task)
        told = dict.fromkeys(("name", "project", "app", "executed_by", "description"), text)
        return {"id": task, "status": "DRAFT", **told, "inputs": {text: [text]}}

    def _ran(self, task: str) -> bytes:
        text = self.text_of(task)
        self.runs.append(task)
        if len(self.runs) % 3 == 0 and not self.pages:
            return http_answer(status=302, headers=[("Location", _in_a_header(text))])
        if len(self.runs) % 3 == 0:
            page = f"<html><title>{text}</title>".encode("utf-8", "surrogatepass")
            return http_answer(page, status=400)
        return http_answer(
            {"status": 400, "code": 7024, "message": text},
            status=400,
            headers=[("X-Request-Id", _in_a_header(text))],
        )


def _in_a_header(text: str) -> str:
    """Return the text as a header can hold it: as Latin-1, less line ends and NUL."""
    kept = text[:2000].translate(dict.fromkeys((0, 10, 13), " "))
    return kept.encode("utf-8", "surrogatepass").decode("latin-1")


@contextmanager
def hostile_platform(
    texts: Sequence[str], *, user: str, refuses: bool = False
) -> Iterator[HostilePlatform]:
    platform = HostilePlatform(tuple(texts), user, refuses)
    listening, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with raw_server(platform) as server:
            platform.port = server.port
            listening.set()
            await asyncio.to_thread(done.wait, 120)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert listening.wait(10)
        yield platform
    finally:
        done.set()
        thread.join(10)
