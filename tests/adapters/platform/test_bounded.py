"""How an answer's body is read: all of it, and no more than the bound."""

import asyncio
from typing import cast

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol

from launcher.adapters.platform.request import bounded

LIMIT = 4


class Response:
    """As much of a response as reading its body takes."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        protocol = BaseProtocol(loop)
        protocol.connection_made(asyncio.Transport())
        self.content = aiohttp.StreamReader(protocol, limit=2**16, loop=loop)
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True

    async def read(self) -> bytes | None:
        return await bounded(cast("aiohttp.ClientResponse", self), limit=LIMIT)


@pytest.mark.parametrize("parts", [[], [b"1234"], [b"12", b"34"], [b"1", b"", b"2"]])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_body_within_the_bound_is_read_whole(parts: list[bytes], *, at_once: bool) -> None:
    response = Response()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(response.read())
        for part in parts:
            await asyncio.sleep(0)
            response.content.feed_data(part)
        if not at_once:
            await asyncio.sleep(0)
        response.content.feed_eof()

    assert reading.result() == b"".join(parts)
    assert not response.is_closed


@pytest.mark.parametrize("parts", [[b"12345"], [b"1234", b"5"]])
@pytest.mark.parametrize("is_at_its_end", [True, False])
async def test_a_body_beyond_the_bound_is_not_read(
    parts: list[bytes], *, is_at_its_end: bool
) -> None:
    response = Response()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(response.read())
        for part in parts:
            await asyncio.sleep(0)
            response.content.feed_data(part)
        if is_at_its_end:
            response.content.feed_eof()

    assert reading.result() is None
    assert response.is_closed


async def test_a_fault_that_comes_with_the_last_bytes_is_none_less() -> None:
    response = Response()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_refused(response))
        await asyncio.sleep(0)
        response.content.feed_data(b"1234")
        response.content.feed_eof()
        response.content.set_exception(aiohttp.ClientPayloadError("broken"))

    assert reading.result()


async def _refused(response: Response) -> bool:
    with pytest.raises(aiohttp.ClientPayloadError):
        await response.read()
    return True
