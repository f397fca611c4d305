"""The loop that people write: so many tasks, wait for all of them, the next so many."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from launcher.simulator import Simulator

ENDS = frozenset({"COMPLETED", "FAILED", "ABORTED"})


async def in_batches(simulator: Simulator, *, size: int, poll_s: float) -> float:
    """Start all tasks so, and return how many seconds it took until the last had ended.

    It is as quick as such a loop can be: it starts a batch at once, and looks often.
    """
    began = time.monotonic()
    tasks = simulator.task_ids
    headers = {"X-SBG-Auth-Token": simulator.token}
    async with aiohttp.ClientSession(headers=headers) as session:
        for first in range(0, len(tasks), size):
            batch = tasks[first : first + size]
            async with asyncio.TaskGroup() as group:
                for task in batch:
                    group.create_task(_start(session, simulator, task))
            while not await _have_ended(session, simulator, batch):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(poll_s)
    return time.monotonic() - began


async def _start(session: aiohttp.ClientSession, simulator: Simulator, task: str) -> None:
    async with session.post(f"{simulator.endpoint}/tasks/{task}/actions/run", json={}) as answer:
        assert answer.status == 200, await answer.text()


async def _have_ended(
    session: aiohttp.ClientSession, simulator: Simulator, tasks: Sequence[str]
) -> bool:
    url = f"{simulator.endpoint}/bulk/tasks/get"
    async with session.post(url, json={"task_ids": [*tasks]}) as answer:
        items = (await answer.json())["items"]
    return all(item["resource"]["status"] in ENDS for item in items)
