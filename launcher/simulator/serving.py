"""A simulated platform that serves until it is told to stop; the command line's way in."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from launcher.simulator.scenario import Scenario
from launcher.simulator.server import Simulator


async def serve(
    scenario: Scenario,
    *,
    port: int = 0,
    ids_path: Path | None = None,
    ready: Callable[[Simulator], None] | None = None,
) -> None:
    """Serve until cancelled. The ids, one a line, are written before `ready` is called."""
    async with Simulator(scenario, port=port) as simulator:
        if ids_path is not None:
            write_ids(ids_path, simulator.task_ids)
        if ready is not None:
            ready(simulator)
        await asyncio.Event().wait()


def write_ids(path: Path, task_ids: tuple[str, ...]) -> None:
    """Write a file that `launcher run` takes as its input.

    Raises:
        FileExistsError: something else is there, say the ids of real tasks.
    """
    text = "".join(f"{task_id}\n" for task_id in task_ids)
    if path.is_file() and path.stat().st_size and path.read_bytes() != text.encode():
        raise FileExistsError(0, "something else is there; remove it, or name another place")
    path.write_text(text, encoding="utf-8")
