"""What stands between the launcher and a simulator, and does to chosen run requests what it may.

async with Simulator(scenario) as simulator:
    front = Front(simulator.port, {task: [Damage("a reset", reset, started=True)]})
    async with raw_server(front) as server:
        ...  # launch against f"{server.url}/v2"; the simulator knows the truth
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from support.misbehaviour import Misbehaviour
from support.raw_server import HEAD_END, Peer, Request, http_answer

FAILED = http_answer({"status": 500, "code": 7000, "message": "Unknown error"}, status=500)
"""The honest answer for a request that was not carried out."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to one run request; `started`: only once the platform has answered it."""

    name: str
    how: Misbehaviour
    started: bool


@dataclass
class Front:
    """A script: the n-th run request of a task meets its n-th damage, all others pass as they are.

    `runs` counts run requests by task as they arrive, `dealt` the damages by name. With `once` a
    connection is closed after an answer that says so.
    """

    port: int
    damages: Mapping[str, Sequence[Damage]] = field(default_factory=dict)
    once: bool = False
    runs: Counter[str] = field(default_factory=Counter)
    dealt: Counter[str] = field(default_factory=Counter)

    async def __call__(self, peer: Peer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while True:
                request = await peer.request()
                damage = self._damage_of(request)
                answer = FAILED
                if damage is None or damage.started:
                    writer.write(request.head + request.body)
                    answer = await _answer_from(reader)
                if damage is not None:
                    await damage.how(peer, answer)
                    return
                if self.once:
                    await peer.send(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                    return
                await peer.send(answer)
        finally:
            writer.close()

    def _damage_of(self, request: Request) -> Damage | None:
        path = request.line.split()[1].split("?")[0].split("/")
        if path[-2:] != ["actions", "run"]:
            return None
        task = path[-3]
        number = self.runs[task]
        self.runs[task] += 1
        planned = self.damages.get(task, ())
        if number >= len(planned):
            return None
        self.dealt[planned[number].name] += 1
        return planned[number]


async def _answer_from(reader: asyncio.StreamReader) -> bytes:
    """Return one whole answer of the simulator, which always tells its length."""
    head = await reader.readuntil(HEAD_END)
    length = int(Request(head, b"").headers["content-length"])
    return head + await reader.readexactly(length)
