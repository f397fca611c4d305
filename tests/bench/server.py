"""A server that costs next to nothing: it answers what a launch asks, and counts what was asked.

It parses a path and the ids of a bulk read, no more. A program of its own:

    python tests/bench/server.py [--latency SECONDS]

It prints its port, and ends with its standard input. `GET /counts` says what was asked of it.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final

import uvloop

RESET_S: Final = 3000
LIMIT: Final = 1_000_000_000
"""Of requests in a window: it never binds."""

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BODY_BYTES: Final = 1000
"""Of a task, about."""


def _task_parts() -> tuple[bytes, bytes, bytes]:
    """Return what stands before the id of a task, between id and status, and after the status."""
    before = b'{"id":"'
    between = b'","name":"align","status":"'
    members = {
        "project": "RFranklin/alignment",
        "app": "RFranklin/alignment/bwa/1",
        "batch": False,
        "parent": None,
        "executed_by": "RFranklin",
        "errors": [],
        "warnings": [],
    }
    after = b'",' + json.dumps(members).encode()[1:-1]
    used = len(before) + 36 + len(between) + len(after)
    filler = "x" * max(_BODY_BYTES - used - len('"description":""}') - 1, 0)
    return before, between, after + b',"description":"' + filler.encode() + b'"}'


_BEFORE, _BETWEEN, _AFTER = _task_parts()


@dataclass
class Counts:
    """What was asked for, by kind, and when (on this process's clock) the first and last run."""

    runs: int = 0
    reads: int = 0
    bulk_reads: int = 0
    users: int = 0
    others: int = 0
    doubles: int = 0
    first_run_at: float | None = None
    last_run_at: float | None = None
    started: set[bytes] = field(default_factory=set)

    def run(self, task: bytes) -> None:
        """Count a run request."""
        now = time.monotonic()
        self.first_run_at = self.first_run_at or now
        self.last_run_at = now
        self.runs += 1
        self.doubles += task in self.started
        self.started.add(task)

    @property
    def as_json(self) -> bytes:
        """What `GET /counts` answers; it begins anew after it, but for what was started."""
        lasted_s = (self.last_run_at or 0.0) - (self.first_run_at or 0.0)
        told = {
            "runs": self.runs,
            "reads": self.reads,
            "bulk_reads": self.bulk_reads,
            "users": self.users,
            "others": self.others,
            "doubles": self.doubles,
            "lasted_s": lasted_s,
        }
        return json.dumps(told).encode()


class Answering(asyncio.Protocol):
    """One connection; answers keep the order of their requests."""

    def __init__(self, counts: list[Counts], latency_s: float) -> None:
        self._counts = counts
        self._latency_s = latency_s
        self._buffer = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to answer through."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment] # of TCP

    def data_received(self, data: bytes) -> None:
        """Answer each request that has arrived whole."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end]
            length = _LENGTH.search(head)
            whole = end + len(_HEAD_END) + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            body = self._buffer[end + len(_HEAD_END) : whole]
            self._buffer = self._buffer[whole:]
            answer = self._answer(head, body)
            if self._latency_s:
                self._loop.call_later(self._latency_s, self._write, answer)
            else:
                self._transport.write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)

    def _answer(self, head: bytes, body: bytes) -> bytes:
        counts = self._counts[0]
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        if path.endswith(b"/actions/run"):
            task = path[-48:-12]
            counts.run(task)
            return _http(_task(task, b"QUEUED"))
        match path:
            case b"/v2/bulk/tasks/get":
                counts.bulk_reads += 1
                records = (b'{"resource":' + self._view(task) + b"}" for task in _ID.findall(body))
                return _http(b'{"items":[' + b",".join(records) + b"]}")
            case b"/v2/rate_limit":
                counts.others += 1
                return _http(json.dumps({"rate": _rate()}).encode())
            case b"/v2/user":
                counts.users += 1
                return _http(b'{"username":"RFranklin"}')
            case b"/counts":
                self._counts[0] = Counts(started=counts.started)
                return _http(counts.as_json)
            case _:
                counts.reads += 1
                return _http(self._view(path[-36:]))

    def _view(self, task: bytes) -> bytes:
        return _task(task, b"QUEUED" if task in self._counts[0].started else b"DRAFT")


def _task(task: bytes, status: bytes) -> bytes:
    return b"".join((_BEFORE, task, _BETWEEN, status, _AFTER))


def _rate() -> dict[str, int]:
    return {"limit": LIMIT, "remaining": LIMIT, "reset": int(time.time()) + RESET_S}


class _Heads:
    """The head of an answer but for its length, made anew each second."""

    second = 0
    head = b""


def _http(body: bytes) -> bytes:
    now = int(time.time())
    if now != _Heads.second:
        _Heads.second = now
        _Heads.head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Date: {formatdate(now, usegmt=True)}\r\nX-RateLimit-Limit: {LIMIT}\r\n"
            f"X-RateLimit-Remaining: {LIMIT}\r\nX-RateLimit-Reset: {now + RESET_S}\r\n"
            "X-Request-Id: bench\r\nContent-Length: "
        ).encode()
    return b"%b%d\r\n\r\n%b" % (_Heads.head, len(body), body)


async def serve(latency_s: float) -> None:
    """Answer until standard input ends."""
    loop = asyncio.get_running_loop()
    counts = [Counts()]
    server = await loop.create_server(lambda: Answering(counts, latency_s), "127.0.0.1", 0)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve on a port of the loopback."""
    words = argparse.ArgumentParser()
    words.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    uvloop.run(serve(words.parse_args().latency))


if __name__ == "__main__":
    main()
