"""A bare aiohttp loop: it posts, reads the body, and does nothing else."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp

HEADERS = {"X-SBG-Auth-Token": os.environ["SB_AUTH_TOKEN"], "Content-Type": "application/json"}


async def _lane(session: aiohttp.ClientSession, tasks: Iterator[str]) -> None:
    base = f"{os.environ['SB_API_ENDPOINT']}/tasks"
    for task in tasks:
        url = f"{base}/{task}/actions/run"
        async with session.post(url, data=b"{}", headers=HEADERS) as response:
            await response.read()


async def main(tasks: Iterator[str], lanes: int) -> None:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=lanes)) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(lanes):
            group.create_task(_lane(session, tasks))


asyncio.run(main(iter(Path(sys.argv[1]).read_text().split()), int(sys.argv[2])))
