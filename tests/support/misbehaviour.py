"""What a network may do with an answer: each way as a script that is given the honest bytes.

    LOST["half a head"](peer, answer)

`LOST` keeps from the client what became of its request, `WHOLE` is odd and tells it all the same,
`EITHER` may be read or not. Each begins after the request was read; its return closes the
connection.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from support.raw_server import HEAD_END, Peer

Misbehaviour = Callable[[Peer, bytes], Awaitable[None]]

MEBIBYTE: Final = 2**20
BOMB_BYTES: Final = 64 * MEBIBYTE
_HEAD_BYTES: Final = 300
_PIECE_BYTES: Final = 20
_BOMB: Final = gzip.compress(bytes(BOMB_BYTES), compresslevel=9, mtime=0)

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
PREFACE: Final = b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"
"""The first frame, SETTINGS, of a server that speaks HTTP/2 only."""


def body_of(answer: bytes) -> bytes:
    return answer.split(HEAD_END, 1)[1]


def status_line_of(answer: bytes) -> bytes:
    return answer.split(b"\r\n", 1)[0] + b"\r\n"


def with_head(*lines: bytes, body: bytes | None = None) -> Misbehaviour:
    """Send the honest status line, these header lines, and the honest body or another."""

    async def script(peer: Peer, answer: bytes) -> None:
        head = b"".join((status_line_of(answer), *(line + b"\r\n" for line in lines), b"\r\n"))
        await peer.send(head + (body_of(answer) if body is None else body))

    return script


def saying(whole: bytes) -> Misbehaviour:
    """Send these bytes instead of the answer."""

    async def script(peer: Peer, _: bytes) -> None:
        await peer.send(whole)

    return script


def before_it(first: bytes) -> Misbehaviour:
    async def script(peer: Peer, answer: bytes) -> None:
        await peer.send(first + answer)

    return script


def after_it(last: bytes) -> Misbehaviour:
    async def script(peer: Peer, answer: bytes) -> None:
        await peer.send(answer + last)

    return script


def with_length(length: Callable[[int], int]) -> Misbehaviour:
    """Send the honest answer with another Content-Length, then wait for the client to go."""

    async def script(peer: Peer, answer: bytes) -> None:
        body = body_of(answer)
        said = b"Content-Length: %d" % length(len(body))
        await with_head(said)(peer, answer)
        await peer.ending()

    return script


def endless(head: bytes, chunk: bytes) -> Misbehaviour:
    async def script(peer: Peer, _: bytes) -> None:
        await peer.send(head)
        while True:
            await peer.send(chunk)

    return script


def slowly(part: bytes, *, pause_s: float) -> Misbehaviour:
    """Send a part again and again with a pause, until the client goes."""

    async def script(peer: Peer, _: bytes) -> None:
        while True:
            await peer.send(part)
            await asyncio.sleep(pause_s)

    return script


async def one_byte_a_second(peer: Peer, answer: bytes) -> None:
    for byte in answer:
        await peer.send(bytes((byte,)))
        await asyncio.sleep(1)


async def byte_by_byte(peer: Peer, answer: bytes) -> None:
    """Send the head so, and the body in small pieces: a busy machine takes long for each."""
    for start in (*range(_HEAD_BYTES), *range(_HEAD_BYTES, len(answer), _PIECE_BYTES)):
        end = start + (1 if start < _HEAD_BYTES else _PIECE_BYTES)
        await peer.send(answer[start:end])
        await asyncio.sleep(0)


async def closed(_: Peer, __: bytes) -> None:
    """Close without a word."""


async def reset(peer: Peer, _: bytes) -> None:
    peer.reset()


async def silence(peer: Peer, _: bytes) -> None:
    await peer.ending()


def cut(where: Callable[[bytes], int], *, then: Misbehaviour) -> Misbehaviour:
    """Send the answer up to there, and then do that."""

    async def script(peer: Peer, answer: bytes) -> None:
        await peer.send(answer[: where(answer)])
        await asyncio.sleep(0.01)  # a reset overtakes what was not read yet
        await then(peer, answer)

    return script


def in_the_head(answer: bytes) -> int:
    return answer.index(b"\r\n") + 10


def after_the_head(answer: bytes) -> int:
    return answer.index(HEAD_END) + len(HEAD_END)


def in_the_body(answer: bytes) -> int:
    return len(answer) - 5


async def without_a_length_and_cut(peer: Peer, answer: bytes) -> None:
    await with_head(body=body_of(answer)[:-5])(peer, answer)


async def chunked(peer: Peer, answer: bytes) -> None:
    body = body_of(answer)
    lines = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    await with_head(b"Transfer-Encoding: chunked", body=lines)(peer, answer)


async def packed(peer: Peer, answer: bytes) -> None:
    body = gzip.compress(body_of(answer), mtime=0)
    await with_head(b"Content-Encoding: gzip", b"Content-Length: %d" % len(body), body=body)(
        peer, answer
    )


async def as_http_1_0(peer: Peer, answer: bytes) -> None:
    await peer.send(answer.replace(b"HTTP/1.1", b"HTTP/1.0", 1))


async def flooded_with_headers(peer: Peer, answer: bytes) -> None:
    """Send as many as an honest server might at most."""
    lines = (b"X-Flood-%d: %s" % (number, b"x" * 4000) for number in range(60))
    await with_head(*lines, b"Content-Length: %d" % len(body_of(answer)))(peer, answer)


def with_length_lines(lines: bytes) -> Misbehaviour:
    """Send the honest answer under these header lines; each `%d` is the honest length."""

    async def script(peer: Peer, answer: bytes) -> None:
        length = len(body_of(answer))
        await with_head(lines.replace(b"%d", b"%d" % length))(peer, answer)

    return script


async def with_bare_line_feeds(peer: Peer, answer: bytes) -> None:
    head, body = answer.split(HEAD_END, 1)
    await peer.send(head.replace(b"\r\n", b"\n") + b"\n\n" + body)


CHUNKED: Final = b"Transfer-Encoding: chunked"

LOST: Mapping[str, Misbehaviour] = {
    "closed without a word": closed,
    "reset before the head": reset,
    "silence": silence,
    "half a head, closed": cut(in_the_head, then=closed),
    "half a head, reset": cut(in_the_head, then=reset),
    "half a head, silence": cut(in_the_head, then=silence),
    "reset after the head": cut(after_the_head, then=reset),
    "closed early": cut(in_the_body, then=closed),
    "reset in the body": cut(in_the_body, then=reset),
    "silence in the body": cut(in_the_body, then=silence),
    "closed early without a length": without_a_length_and_cut,
    "one byte a second": one_byte_a_second,
    "a length too long": with_length(lambda length: length + 5),
    "a length too short": with_length(lambda length: length - 5),
    "a negative length": with_head(b"Content-Length: -5"),
    "a length that is no number": with_head(b"Content-Length: many"),
    "two lengths": with_head(b"Content-Length: 3", b"Content-Length: 4"),
    "chunked garbage": with_head(CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk cut": with_head(CHUNKED, body=b"500\r\n{"),
    "a chunk of 2^64 bytes": with_head(CHUNKED, body=b"ffffffffffffffff\r\n{}"),
    "packed garbage": with_head(b"Content-Encoding: gzip", b"Content-Length: 5", body=b"no zi"),
    "a bomb": with_head(b"Content-Encoding: gzip", b"Content-Length: %d" % len(_BOMB), body=_BOMB),
    "an endless body": endless(HEAD + b"\r\n", b" " * 65536),
    "an endless chunked body": endless(
        HEAD + CHUNKED + b"\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"
    ),
    "an endless head": endless(HEAD, b"X-A: b\r\n" * 1000),
    "one endless header": endless(HEAD + b"X-A: ", b"b" * 65536),
    "an endless status line": endless(b"HTTP/1.1 200 ", b"O" * 65536),
    "endless 1xx": slowly(HINTS * 100, pause_s=0.01),
    "a 1xx now and then": slowly(CONTINUE, pause_s=0.1),
    "101 switching protocols": saying(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    ),
    "HTTP/2": saying(PREFACE),
    "HTTP/0.9": saying(b"<html>It works</html>"),
    "another protocol": saying(b"220 mail.example ESMTP\r\n"),
    "NUL in the head": with_head(b"X-A: a\x00b"),
    "204 without a body": saying(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "205 without a body": saying(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
    "206 with a part": saying(
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n"
        b"Content-Range: bytes 0-8/500\r\n\r\n" + b'{"status"'
    ),
    "200 without a body": saying(HEAD + b"Content-Length: 0\r\n\r\n"),
    "NUL as a body": saying(HEAD + b"Content-Length: 9\r\n\r\n" + bytes(9)),
    "a page": saying(HEAD + b"Content-Length: 21\r\n\r\n<html>It works</html>"),
    "a status of 999": saying(b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}"),
}

WHOLE: Mapping[str, Misbehaviour] = {
    "100 continue before it": before_it(CONTINUE),
    "103 early hints before it": before_it(HINTS * 3),
    "byte by byte": byte_by_byte,
    "HTTP/1.0": as_http_1_0,
    "without a length": with_head(),
    "chunked": chunked,
    "packed": packed,
    "a flood of headers": flooded_with_headers,
}

EITHER: Mapping[str, Misbehaviour] = {
    "garbage after it": after_it(b"\x00garbage\r\n\r\n"),
    "a second answer after it": after_it(
        HEAD + b'Content-Length: 33\r\n\r\n{"code": 7024, "message": "late"}'
    ),
    "a length twice": with_length_lines(b"Content-Length: %d\r\nContent-Length: %d"),
    "a length and chunks": with_length_lines(b"Content-Length: %d\r\n" + CHUNKED),
    "a folded header": with_length_lines(b"Content-Length: %d\r\nX-A: a\r\n  b"),
    "bare line feeds": with_bare_line_feeds,
    "blanks before it": before_it(b"\r\n\r\n"),
    "a length with a sign": with_length_lines(b"Content-Length: +%d"),
    "C1 controls in the head": with_length_lines(b"X-Request-Id: \x9b31m\r\nContent-Length: %d"),
}

ALL: Mapping[str, Misbehaviour] = {**LOST, **WHOLE, **EITHER}
