"""Small clients of the simulator: one without a network and on a virtual clock, one over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from launcher.simulator import Kind, Scenario, Service, Simulator, ids_of
from launcher.simulator.asked import Asked

BORN_S = 1_700_000_000.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer read to its end; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body)
        return members

    @property
    def code(self) -> int:
        return int(self.json()["code"])


class Desk:
    """Asks the service directly; `now_s` is its clock."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.now_s = BORN_S
        self.service = Service(scenario, clock=lambda: self.now_s)
        self.truth = self.service.truth

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        ours = {"x-sbg-auth-token": self.service.token} if headers is None else headers
        asked = Asked(method=method, path=path, query=query or {}, headers=ours, body=body)
        reply = self.service.answer(self.service.admit(asked, self.now_s), self.now_s)
        lower = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(status=reply.status, headers=lower, body=reply.body)

    def run(self, task_id: str, *, body: bytes = b"{}", **query: str) -> Answer:
        return self.ask("POST", f"/v2/tasks/{task_id}/actions/run", body=body, query=query)

    def abort(self, task_id: str, *, body: bytes = b"", **query: str) -> Answer:
        return self.ask("POST", f"/v2/tasks/{task_id}/actions/abort", body=body, query=query)

    def clone(self, task_id: str, *, body: bytes = b"", **query: str) -> Answer:
        return self.ask("POST", f"/v2/tasks/{task_id}/actions/clone", body=body, query=query)

    def get(self, task_id: str, **query: str) -> Answer:
        return self.ask("GET", f"/v2/tasks/{task_id}", query=query)

    def bulk(self, task_ids: Sequence[object], **query: str) -> Answer:
        body = json.dumps({"task_ids": list(task_ids)}).encode()
        return self.ask("POST", "/v2/bulk/tasks/get", body=body, query=query)

    def rate(self) -> dict[str, int]:
        rate: dict[str, int] = self.ask("GET", "/v2/rate_limit").json()["rate"]
        return rate


def desk_of(**choices: object) -> tuple[Desk, str]:
    """Return a platform with two healthy drafts, and the id of the first."""
    scenario = Scenario(tasks=2, **choices)  # type: ignore[arg-type]  # by name
    return Desk(scenario), ids_of(scenario, Kind.HEALTHY)[0]


class Caller:
    """Asks a simulator over HTTP."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session

    async def run(self, task_id: str, *, timeout_s: float = 10.0) -> Answer:
        return await self.ask("POST", f"/tasks/{task_id}/actions/run", timeout_s=timeout_s)

    async def get(self, task_id: str) -> Answer:
        return await self.ask("GET", f"/tasks/{task_id}")

    async def ask(
        self, method: str, path: str, *, body: bytes = b"{}", timeout_s: float = 10.0
    ) -> Answer:
        url = path if path.startswith("http") else self.simulator.endpoint + path
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with self.session.request(
            method, url, data=body, timeout=timeout, allow_redirects=False
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status, headers=headers, body=await response.read())


@asynccontextmanager
async def simulated(scenario: Scenario) -> AsyncIterator[Caller]:
    """Serve a scenario and give a client of it."""
    async with Simulator(scenario) as simulator:
        headers = {"X-SBG-Auth-Token": simulator.token, "Content-Type": "application/json"}
        async with aiohttp.ClientSession(headers=headers) as session:
            yield Caller(simulator, session)


async def until(claim: Callable[[], object], *, limit_s: float = 10.0) -> None:
    """Wait until a claim is true; a slow machine makes this slow, not wrong."""
    async with asyncio.timeout(limit_s):
        while not claim():  # noqa: ASYNC110  (the truth sets no events)
            await asyncio.sleep(0.005)
