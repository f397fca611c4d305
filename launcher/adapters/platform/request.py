"""One request: what is asked, how much of the answer is read, and what a log may say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from launcher.core.answer import Alien, Answer, NoAnswer, NotSent, Reply, Word, describe

MEBIBYTE: Final = 1024 * 1024
ANSWER_LIMIT: Final = 8 * MEBIBYTE
BULK_LIMIT: Final = 64 * MEBIBYTE

_3XX: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, how its answer is read, and how many bytes of it are."""

    method: str
    url: URL
    read: Callable[[bytes], Word]
    body: bytes | None = None
    limit: int = ANSWER_LIMIT


def too_large(limit: int) -> Alien:
    """Return what stands for the body of an answer that was not read to its end."""
    return Alien(excerpt=f"larger than {limit // MEBIBYTE} MiB, not read")


async def bounded(response: aiohttp.ClientResponse, *, limit: int) -> bytes | None:
    """Return the decompressed body, or None and a closed connection where it exceeds `limit`."""
    content = response.content
    first = await content.readany()
    if len(first) <= limit and content.at_eof() and content.exception() is None:
        return first  # as most come: all at once
    body = bytearray(first)
    while len(body) <= limit:
        chunk = await content.readany()
        if not chunk:
            return bytes(body)
        body += chunk
    response.close()
    return None


def facts_of(request: Request, reply: Reply) -> dict[str, object]:
    """Return what a log may hold of a request: neither its query nor its body, nor any header."""
    facts: dict[str, object] = {"method": request.method, "path": request.url.path}
    match reply:
        case Answer():
            facts["http_status"] = reply.http_status
            facts["request_id"] = reply.request_id
            facts["latency_s"] = round(reply.received_at - reply.sent_at, 3)
            facts["remaining"] = reply.limits.remaining
            if reply.http_status >= _3XX:
                facts["why"] = describe(reply)
        case NoAnswer():
            facts["latency_s"] = round(reply.received_at - reply.sent_at, 3)
            facts["why"] = describe(reply)
        case NotSent():
            facts["why"] = describe(reply)
    return facts
