"""The platform without its network: requests in, replies out, time passed in.

A request is admitted when it arrives and answered later, so that latency lies between the two.
"""

import secrets
from collections.abc import Callable, Mapping
from email.utils import formatdate
from math import ceil
from uuid import uuid4

from launcher.simulator import refusals
from launcher.simulator.admission import Admission, Visit
from launcher.simulator.asked import Asked, UnreadableError
from launcher.simulator.faults import Fault
from launcher.simulator.reads import Reads
from launcher.simulator.replies import Reply, json_reply, refusal_reply, spoilt
from launcher.simulator.runs import Runs
from launcher.simulator.scenario import RequestKind, Scenario
from launcher.simulator.truth import Truth
from launcher.simulator.window import Rate, RateWindow
from launcher.simulator.world import World

_TOO_MANY_REQUESTS = 429
_ROOT_MEMBERS = ("rate_limit", "user", "users", "billing", "projects", "files", "tasks", "apps")


class Service:
    """Everything the simulated platform decides; `clock` (the server's) serves `truth` alone."""

    def __init__(self, scenario: Scenario, *, clock: Callable[[], float]) -> None:
        self.token = scenario.token or secrets.token_hex(16)
        self.world = World(scenario, born_s=clock())
        window = RateWindow(limit=scenario.limit, window_s=scenario.window_s)
        self.truth = Truth(self.world, window, clock=clock)
        self.admission = Admission(
            scenario, self.world, window=window, truth=self.truth, token=self.token
        )
        self._scenario = scenario
        self._runs = Runs(scenario, self.world)
        self._reads = Reads(scenario, self.world, chance=self.admission.chance, truth=self.truth)

    def answer_everything_with(self, fault: Fault | None) -> None:
        """Answer every authenticated request, `/rate_limit` too, with this fault; None ends it."""
        self.admission.everything = fault

    def admit(self, asked: Asked, now_s: float) -> Visit:
        """Take a request in when it arrives."""
        return self.admission.admit(asked, now_s)

    def answer(self, visit: Visit, now_s: float) -> Reply:
        """Carry an admitted request out and return its answer with all headers."""
        try:
            reply = self._carry_out(visit, now_s) if visit.reply is None else visit.reply
        except UnreadableError as error:
            reply = refusal_reply(error.refusal)
        headers = {
            "Server": "nginx",
            "Date": formatdate(now_s, usegmt=True),
            "X-Request-Id": str(uuid4()),
        }
        if visit.rate is not None and reply.bears_rate:
            headers |= self._rate_headers(visit.rate)
            if self._scenario.retry_after and reply.status == _TOO_MANY_REQUESTS:
                headers["Retry-After"] = str(max(1, ceil(visit.rate.reset_s - now_s)))
        return reply.with_headers(headers)

    def _carry_out(self, visit: Visit, now_s: float) -> Reply:
        subject = visit.route.subject or ""
        match visit.route.kind:
            case RequestKind.RUN if not visit.alike:
                return self._runs.run(visit.asked, subject, effect=visit.effect, now_s=now_s)
            case RequestKind.ABORT if not visit.alike:
                return self._runs.abort(visit.asked, subject, effect=visit.effect, now_s=now_s)
            case RequestKind.CLONE if not visit.alike:
                return self._runs.clone(visit.asked, subject, effect=visit.effect, now_s=now_s)
        honest = self._read(visit, now_s)
        if visit.effect.spoiling is None:
            return honest
        return spoilt(visit.effect.spoiling, honest, huge_bytes=self._scenario.huge_bytes)

    def _read(self, visit: Visit, now_s: float) -> Reply:
        asked, route = visit.asked, visit.route
        match route.kind:
            case RequestKind.GET:
                return self._reads.get(asked, route.subject or "", now_s)
            case RequestKind.DETAILS:
                return self._reads.details(asked, route.subject or "", now_s)
            case RequestKind.BULK:
                return self._reads.bulk(asked, now_s)
            case RequestKind.LIST:
                return self._reads.tasks(asked, now_s, project=route.subject)
            case RequestKind.USER:
                return self._reads.user(asked, route.subject)
            case RequestKind.RATE_LIMIT if visit.rate is not None:
                return self._reads.rate_limit(visit.rate, now_s)
            case RequestKind.ROOT:
                return json_reply({f"{name}_url": f"{asked.base}/{name}" for name in _ROOT_MEMBERS})
            case _:
                return refusal_reply(refusals.NOT_FOUND)

    def _rate_headers(self, rate: Rate) -> Mapping[str, str]:
        reset = str(rate.reset_in(self._scenario.reset_unit))
        counts = {
            "X-RateLimit-Limit": str(rate.limit),
            "X-RateLimit-Remaining": str(rate.remaining),
        }
        match self._scenario.rate_headers:
            case "all":
                return {**counts, "X-RateLimit-Reset": reset}
            case "no_reset":
                return counts
            case "odd":
                return {**counts, "X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "soon"}
            case "none":
                return {}
