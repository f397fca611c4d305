"""All that a network does to one answer (`support.misbehaviour`), and what the adapter makes of it.

The same repertoire meets the whole launcher in `tests/proofs/test_wire.py`.
"""

import asyncio
import errno
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from launcher.adapters.platform.request import ANSWER_LIMIT
from launcher.core.answer import Answer, NoAnswer, TaskView
from launcher.core.meaning import Meaning, meaning_of
from support.misbehaviour import EITHER, LOST, WHOLE, Misbehaviour
from support.opened_platform import TASK, opened
from support.raw_server import Peer, Script, answering, http_answer, raw_server

QUEUED = http_answer({"id": TASK, "status": "QUEUED"})
LAUNCHED = TaskView(id=TASK, status="QUEUED")
TIMEOUT_S = 0.1
PATIENCE_S = 2.0


def misbehaving(how: Misbehaviour) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await how(peer, QUEUED)

    return script


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("how", LOST.values(), ids=LOST.keys())
async def test_a_lost_answer_is_a_doubt_in_bounded_time_and_memory(how: Misbehaviour) -> None:
    async with (
        raw_server(misbehaving(how)) as server,
        opened(server.url, timeout_s=TIMEOUT_S) as platform,
        asyncio.timeout(PATIENCE_S),
    ):
        reply = await platform.run(TASK, query={})

    assert meaning_of(reply, task=TASK) is Meaning.IN_DOUBT
    assert len(server.requests) == 1
    assert tracemalloc.get_traced_memory()[1] < 3 * ANSWER_LIMIT


@pytest.mark.parametrize("how", WHOLE.values(), ids=WHOLE.keys())
async def test_an_odd_answer_that_is_whole_is_read(how: Misbehaviour) -> None:
    async with raw_server(misbehaving(how)) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == LAUNCHED
    assert len(server.requests) == 1


@pytest.mark.parametrize("how", EITHER.values(), ids=EITHER.keys())
async def test_an_answer_that_can_be_read_in_two_ways_is_the_honest_one_or_a_doubt(
    how: Misbehaviour,
) -> None:
    async with raw_server(misbehaving(how)) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer) or (isinstance(reply, Answer) and reply.word == LAUNCHED)
    assert len(server.requests) == 1


@pytest.mark.parametrize("how", [*WHOLE.values(), *EITHER.values()], ids=[*WHOLE, *EITHER])
async def test_after_an_odd_answer_the_next_one_is_the_next_requests(how: Misbehaviour) -> None:
    other = http_answer({"username": "ann"})

    async def script(peer: Peer) -> None:
        await peer.request()
        await how(peer, other)
        await peer.ending()

    async with (
        raw_server(script, answering(QUEUED, QUEUED)) as server,
        opened(server.url, timeout_s=TIMEOUT_S) as platform,
    ):
        await platform.user()
        replies = [await platform.run(TASK, query={}) for _ in range(2)]

    told = [reply.word for reply in replies if isinstance(reply, Answer)]
    assert told
    assert set(told) == {LAUNCHED}


async def test_a_platform_that_has_ipv6_only_is_reached(ipv6_port: int) -> None:
    async with opened(f"http://[::1]:{ipv6_port}/v2") as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == LAUNCHED


async def test_where_the_first_address_of_a_name_is_dead_the_next_one_is_tried(
    ipv6_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", ipv6_port)),
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", ipv6_port, 0, 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async with opened(f"http://platform.test:{ipv6_port}/v2") as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == LAUNCHED


@pytest.fixture
async def ipv6_port() -> Any:  # noqa: ANN401 - an asynchronous generator, to pytest a port
    """Serve one answer on ::1 only; a machine without IPv6 cannot tell."""
    try:
        server = await asyncio.start_server(_answer, "::1", 0)
    except OSError as error:
        if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            raise
        pytest.xfail("this machine has no IPv6")
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(QUEUED)
    await writer.drain()
    writer.close()
