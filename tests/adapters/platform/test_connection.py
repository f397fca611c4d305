"""What a real socket does to a request: resets, silence, cuts, floods and stale connections."""

import asyncio
import gzip
import socket
import tracemalloc
import zlib

import pytest

from launcher.adapters.platform.request import ANSWER_LIMIT, MEBIBYTE
from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    NoAnswer,
    NotSent,
    TasksWord,
    TaskView,
)
from support.opened_platform import OTHER, TASK, TOKEN, opened
from support.raw_server import Peer, Script, answering, http_answer, mute, raw_server, silent

QUEUED = http_answer({"id": TASK, "status": "QUEUED"})
USER = http_answer({"username": "ann"})
SHORT_S = 0.05


async def reset_at_once(peer: Peer) -> None:
    peer.reset()


async def reset_after_request(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def close_after_request(peer: Peer) -> None:
    await peer.request()


async def in_the_same_loop_everything_arrives() -> None:
    """Give server and client, both in this loop, the turns to write and to read."""
    for _ in range(50):
        await asyncio.sleep(0)


def sending(*parts: bytes) -> Script:
    """Return a script that answers one request with these bytes and closes."""

    async def script(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.send(part)

    return script


def then_reset(part: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(part)
        await asyncio.sleep(0.01)
        peer.reset()

    return script


async def test_a_request_looks_on_the_wire_as_the_platform_documents_it() -> None:
    async with raw_server(answering(QUEUED)) as server, opened(server.url + "/v2") as platform:
        reply = await platform.run(TASK, query={"batch": "false"})

    assert isinstance(reply, Answer)
    assert reply.word == TaskView(id=TASK, status="QUEUED")
    (request,) = server.requests
    assert request.line.startswith(f"POST /v2/tasks/{TASK}/actions/run?fields=id,name,status,")
    assert request.line.endswith("&batch=false HTTP/1.1")
    assert request.body == b"{}"
    assert request.headers["x-sbg-auth-token"] == TOKEN
    assert request.headers["content-type"] == "application/json"
    assert "cookie" not in request.headers
    assert "authorization" not in request.headers


async def test_cookies_are_not_sent_back() -> None:
    first = http_answer(
        {"username": "ann"}, headers=[("Set-Cookie", "session=1"), ("Set-Cookie", ";=")]
    )
    async with raw_server(answering(first, USER)) as server, opened(server.url) as platform:
        await platform.user()
        await platform.user()

    assert "cookie" not in server.requests[1].headers


async def test_a_refused_connection_was_not_sent() -> None:
    async with raw_server(silent) as server:
        pass
    async with opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NotSent)
    assert f"127.0.0.1:{server.port}" in reply.why


async def test_a_name_that_is_not_resolved_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async with opened("http://nowhere.invalid/v2") as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NotSent)
    assert reply.why == "the name nowhere.invalid is not resolved: Name or service not known"


@pytest.mark.parametrize(
    "script",
    [
        reset_at_once,
        reset_after_request,
        close_after_request,
        sending(b"HTTP/1.1 200 OK\r\nContent-Le"),
        then_reset(b"HTTP/1.1 200 OK\r\nContent-Le"),
        sending(QUEUED[:-5]),
        then_reset(QUEUED[:-5]),
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"),
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
        sending(b"220 mail.example ESMTP\r\n"),
        sending(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n"),
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"),
        sending(http_answer(b"no gzip at all", headers=[("Content-Encoding", "gzip")])),
        sending(http_answer(b"\x01\x02\x03", headers=[("Content-Encoding", "deflate")])),
    ],
)
async def test_whatever_breaks_after_the_connection_is_no_answer(script: Script) -> None:
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)
    assert server.connections == 1
    assert len(server.requests) <= 1


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    script = sending(b'HTTP/1.1 200 OK\r\n\r\n{"status":', b' "QUEUED"}')
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == TaskView(id=None, status="QUEUED")


async def test_a_cut_that_nothing_tells_is_alien_and_not_half_a_task() -> None:
    script = sending(b'HTTP/1.1 200 OK\r\n\r\n{"status": "QUEUED"')
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert isinstance(reply.word, Alien)


async def test_an_unknown_or_missing_decoder_is_no_exception() -> None:
    brotli = http_answer(b"\x0b\x02", headers=[("Content-Encoding", "br")])
    made_up = http_answer(b"??", headers=[("Content-Encoding", "zip-zap")])
    scripts = (sending(brotli), sending(made_up))
    async with raw_server(*scripts) as server, opened(server.url) as platform:
        replies = [await platform.run(TASK, query={}) for _ in range(2)]

    assert isinstance(replies[0], NoAnswer | Answer)
    assert isinstance(replies[1], Answer)
    assert replies[1].word == Alien(excerpt="??")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"code": 7007}', mtime=0)),
        ("deflate", zlib.compress(b'{"code": 7007}')),
    ],
)
async def test_a_compressed_answer_is_read(encoding: str, body: bytes) -> None:
    script = sending(http_answer(body, status=400, headers=[("Content-Encoding", encoding)]))
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == ErrorWord(code=7007, message="")


async def test_silence_after_the_request_is_no_answer() -> None:
    async with raw_server(silent) as server, opened(server.url, timeout_s=SHORT_S) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)
    assert reply.why == "no answer in time"
    assert reply.received_at - reply.sent_at >= SHORT_S * 0.9


async def test_silence_within_an_answer_is_no_answer() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(QUEUED[:-5])
        await peer.ending()

    async with raw_server(script) as server, opened(server.url, timeout_s=SHORT_S) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)


async def test_a_request_whose_time_is_over_is_torn_down_and_not_seen_off() -> None:
    async with raw_server(silent) as server, opened(server.url, timeout_s=SHORT_S) as platform:
        await platform.run(TASK, query={})
        await server.ended(1)

    assert server.endings == ["reset"]


@pytest.mark.parametrize(("timeout_s", "connect_s"), [(5.0, SHORT_S), (SHORT_S, 5.0)])
async def test_a_connection_that_is_not_made_in_time_was_not_sent_on(
    timeout_s: float, connect_s: float
) -> None:
    async with raw_server(mute) as server:
        endpoint = server.url.replace("http:", "https:")
        async with opened(endpoint, timeout_s=timeout_s, connect_s=connect_s) as platform:
            reply = await platform.run(TASK, query={})

    assert reply == NotSent(why="no connection in time")


async def test_waiting_for_a_free_connection_is_not_sending() -> None:
    async with (
        raw_server(silent) as server,
        opened(server.url, connect_s=0.1) as platform,
        asyncio.TaskGroup() as group,
    ):
        holders = [group.create_task(platform.user()) for _ in range(5)]
        await server.received(len(holders))
        async with asyncio.timeout(3):
            reply = await platform.run(TASK, query={})
        for holder in holders:
            holder.cancel()

    assert reply == NotSent(why="no connection in time")
    assert len(server.requests) == len(holders)


async def test_a_cancelled_request_stays_cancelled_and_closes_its_connection() -> None:
    async with raw_server(silent) as server, opened(server.url) as platform:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(platform.run(TASK, query={}))
            await server.received(1)
            asking.cancel()
        await server.ended(1)

    assert asking.cancelled()
    assert server.endings == ["reset"]


async def test_connections_are_used_again() -> None:
    async with raw_server(answering(USER, QUEUED, USER)) as server, opened(server.url) as platform:
        replies = [await platform.user(), await platform.run(TASK, query={}), await platform.user()]

    assert all(isinstance(reply, Answer) for reply in replies)
    assert server.connections == 1


@pytest.mark.parametrize("end", [close_after_request, reset_after_request])
async def test_a_run_request_on_a_connection_that_dies_is_not_repeated(end: Script) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(USER)
        await end(peer)

    async with raw_server(script) as server, opened(server.url) as platform:
        await platform.user()
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)
    assert [request.line.split()[0] for request in server.requests] == ["GET", "POST"]


async def test_a_bulk_read_on_a_connection_that_dies_is_not_repeated_either() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(USER)
        await peer.request()

    async with raw_server(script) as server, opened(server.url) as platform:
        await platform.user()
        reply = await platform.read_many([TASK])

    assert isinstance(reply, NoAnswer)
    assert server.connections == 1


async def test_even_a_get_on_a_connection_that_dies_is_not_repeated_behind_our_back() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(USER)
        await peer.request()

    async with raw_server(script) as server, opened(server.url) as platform:
        await platform.user()
        reply = await platform.read(TASK)

    assert isinstance(reply, NoAnswer)
    assert len(server.requests) == 2


async def test_a_connection_that_was_closed_while_idle_is_not_used_again() -> None:
    scripts = (answering(USER), answering(QUEUED))
    async with raw_server(*scripts) as server, opened(server.url) as platform:
        await platform.user()
        await in_the_same_loop_everything_arrives()
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert server.connections == 2


async def test_nothing_that_came_between_two_answers_is_taken_for_an_answer() -> None:
    late = http_answer({"id": OTHER, "status": "RUNNING"})
    script = sending(USER + late)

    async with raw_server(script, answering(QUEUED)) as server, opened(server.url) as platform:
        await platform.user()
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == TaskView(id=TASK, status="QUEUED")


@pytest.mark.parametrize(
    "unasked",
    [
        http_answer({"id": OTHER, "status": "RUNNING"}),
        http_answer({"code": 7024}, status=400),
        http_answer(status=408),
    ],
)
async def test_what_came_unasked_on_an_idle_connection_answers_nothing(unasked: bytes) -> None:
    idle = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(USER)
        await idle.wait()
        await peer.send(unasked)
        await peer.ending()

    async with raw_server(script, answering(QUEUED)) as server, opened(server.url) as platform:
        await platform.user()
        idle.set()
        await in_the_same_loop_everything_arrives()
        replies = [await platform.run(TASK, query={}) for _ in range(2)]

    assert isinstance(replies[0], NotSent)
    assert isinstance(replies[1], Answer)
    assert replies[1].word == TaskView(id=TASK, status="QUEUED")
    assert [request.line.split()[0] for request in server.requests] == ["GET", "POST"]


def flooding(head: bytes, chunk: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n" + head)
        while True:
            await peer.send(chunk)

    return script


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b"", b"x" * 65536),
        (b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (b"Content-Length: 99999999999\r\n", b" " * 65536),
    ],
)
async def test_an_endless_answer_is_alien_and_its_connection_closed(
    head: bytes, chunk: bytes
) -> None:
    scripts = (flooding(head + b"\r\n", chunk), answering(QUEUED))
    async with raw_server(*scripts) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})
        after = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == Alien(excerpt="larger than 8 MiB, not read")
    assert isinstance(after, Answer)
    assert server.connections == 2


async def test_a_task_that_is_too_large_is_asked_for_without_its_further_members() -> None:
    large = flooding(b"\r\n", b"x" * 65536)
    draft = http_answer({"id": TASK, "status": "DRAFT", "price": 1})
    async with (
        raw_server(large, answering(draft, draft)) as server,
        opened(server.url, extra=("price", "inputs")) as platform,
    ):
        first = await platform.read(TASK)
        second = await platform.read(TASK)
        ran = await platform.run(TASK, query={})

    view = TaskView(id=TASK, status="DRAFT", extra=(("price", None), ("inputs", None)))
    words = [reply.word for reply in (first, second, ran) if isinstance(reply, Answer)]
    assert words == [Alien(excerpt="larger than 8 MiB, not read"), view, view]
    assert ["?fields=" in request.line for request in server.requests] == [False, True, True]


async def test_an_endless_head_is_no_answer() -> None:
    script = flooding(b"", b"X-A: b\r\n" * 1000)
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)


async def test_a_bomb_is_measured_unpacked_and_does_not_fill_the_memory() -> None:
    bomb = gzip.compress(bytes(8 * ANSWER_LIMIT), compresslevel=9)
    script = sending(http_answer(bomb, headers=[("Content-Encoding", "gzip")]))
    async with raw_server(script) as server, opened(server.url) as platform:
        tracemalloc.start()
        try:
            reply = await platform.run(TASK, query={})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert isinstance(reply, Answer)
    assert reply.word == Alien(excerpt="larger than 8 MiB, not read")
    assert peak < 3 * ANSWER_LIMIT  # a growing array is copied as it grows


async def test_a_bulk_answer_may_be_larger_than_a_tasks() -> None:
    record = {"resource": {"id": TASK, "status": "DRAFT", "inputs": "x" * MEBIBYTE}}
    script = sending(http_answer({"items": [record] * 10}))
    async with raw_server(script) as server, opened(server.url) as platform:
        reply = await platform.read_many([TASK] * 10)

    assert isinstance(reply, Answer)
    assert reply.word == TasksWord(items=(TaskView(id=TASK, status="DRAFT"),) * 10)
