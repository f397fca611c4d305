"""An httpx client with a tenacity retry around each request, as tutorials have it."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

HEADERS = {"X-SBG-Auth-Token": os.environ["SB_AUTH_TOKEN"]}


async def _run(client: httpx.AsyncClient, slots: asyncio.Semaphore, task: str) -> None:
    async with slots:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(6),
            wait=wait_random_exponential(max=60),
            retry=retry_if_exception_type(httpx.HTTPError),
        ):
            with attempt:
                answer = await client.post(
                    f"{os.environ['SB_API_ENDPOINT']}/tasks/{task}/actions/run", json={}
                )
                answer.raise_for_status()
                answer.json()


async def main(tasks: Sequence[str], lanes: int) -> None:
    limits = httpx.Limits(max_connections=lanes, max_keepalive_connections=lanes)
    slots = asyncio.Semaphore(lanes)
    async with (
        httpx.AsyncClient(limits=limits, headers=HEADERS, trust_env=False) as client,
        asyncio.TaskGroup() as group,
    ):
        for task in tasks:
            group.create_task(_run(client, slots, task))


asyncio.run(main(Path(sys.argv[1]).read_text().split(), int(sys.argv[2])))
