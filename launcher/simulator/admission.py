"""What happens to a request when it arrives: who asks, what goes wrong, what it is charged."""

from collections import Counter
from dataclasses import dataclass

from launcher.simulator import refusals
from launcher.simulator.asked import Asked, Route, route_of, token_of
from launcher.simulator.chance import Chance
from launcher.simulator.faults import EFFECTS, Effect, Fault, Starts
from launcher.simulator.replies import Reply, html_reply, refusal_reply
from launcher.simulator.scenario import Kind, RequestKind, Scenario
from launcher.simulator.truth import Truth
from launcher.simulator.window import Rate, RateWindow
from launcher.simulator.world import World

_ACTIONS = frozenset({RequestKind.ABORT, RequestKind.CLONE})
_ABOUT_ONE_TASK = _ACTIONS | {RequestKind.RUN, RequestKind.GET, RequestKind.DETAILS}
_HEALTHY = Effect(starts=Starts.NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that has been admitted; `reply` is set where its answer is already decided.

    `alike` when it came while every request was answered alike: it does nothing.
    """

    asked: Asked
    route: Route
    effect: Effect = _HEALTHY
    rate: Rate | None = None
    reply: Reply | None = None
    latency_s: float = 0.0
    alike: bool = False


class Admission:
    """Admits requests in the order of their arrival; the truth hears of every one."""

    def __init__(
        self, scenario: Scenario, world: World, *, window: RateWindow, truth: Truth, token: str
    ) -> None:
        self.chance = Chance(scenario)
        self.everything: Fault | None = None
        self._scenario = scenario
        self._world = world
        self._window = window
        self._truth = truth
        self._token = token
        self._reached: Counter[str] = Counter()
        self._acted: Counter[tuple[RequestKind, str]] = Counter()

    def admit(self, asked: Asked, now_s: float) -> Visit:
        """Take a request in; what it asks for is done later, when it is answered."""
        if asked.path != "/v2" and not asked.path.startswith("/v2/"):
            route = Route(kind=RequestKind.OTHER)
            return Visit(asked=asked, route=route, reply=html_reply(404, "404 Not Found"))
        route = route_of(asked)
        self._truth.note_request(route.kind)
        if route.subject is not None and route.kind in _ABOUT_ONE_TASK:
            self._truth.note_task(route.kind, route.subject)
        if route.kind is RequestKind.ROOT:
            return Visit(asked=asked, route=route)
        if token_of(asked) != self._token:
            self._truth.unauthorised += 1
            reply = refusal_reply(refusals.UNAUTHORISED)
            return Visit(asked=asked, route=route, reply=reply)
        if self.everything is not None:
            self._truth.note_fault(self.everything, None)
            effect = EFFECTS[self.everything]
            latency_s = self._latency_s(route, effect)
            return Visit(asked=asked, route=route, effect=effect, latency_s=latency_s, alike=True)
        return self._admit_ours(asked, route, now_s)

    def _admit_ours(self, asked: Asked, route: Route, now_s: float) -> Visit:
        fault = None if route.refusal else self._fault_of(route, now_s)
        effect = _HEALTHY if fault is None else EFFECTS[fault]
        refusal = route.refusal
        if effect.reaches and not self._charge(route, now_s):
            refusal = refusals.RATE_LIMIT_EXCEEDED
        else:
            self._note_reached(route, fault)
        return Visit(
            asked=asked,
            route=route,
            effect=effect,
            rate=self._window.rate(now_s),
            reply=refusal_reply(refusal) if refusal else None,
            latency_s=self._latency_s(route, effect),
        )

    def _fault_of(self, route: Route, now_s: float) -> Fault | None:
        task_id = route.subject or ""
        if route.kind in _ACTIONS and route.kind not in self._scenario.read_scripts:
            number = self._acted[route.kind, task_id]
            return self.chance.fault_of_action(route.kind, task_id, number=number)
        if route.kind is not RequestKind.RUN:
            return self.chance.fault_of_read(route.kind, self._reached[route.kind])
        task = self._world.find(task_id, now_s)
        if task is not None and task.kind is Kind.FAILING:
            return Fault.INTERNAL_ERROR_BEFORE
        dealt = len(self._truth.faults_of(task_id))
        return self.chance.fault_of_run(task_id, self._reached[task_id], dealt=dealt)

    def _charge(self, route: Route, now_s: float) -> bool:
        if route.kind is RequestKind.RATE_LIMIT:
            return True
        charged = self._window.charge(now_s)
        self._truth.counted += charged
        self._truth.throttles += not charged
        return charged

    def _note_reached(self, route: Route, fault: Fault | None) -> None:
        subject = route.subject if route.kind is RequestKind.RUN else None
        self._reached[subject or route.kind] += 1
        if route.kind in _ACTIONS:
            self._acted[route.kind, route.subject or ""] += 1
        if fault is not None:
            self._truth.note_fault(fault, subject)

    def _latency_s(self, route: Route, effect: Effect) -> float:
        scenario = self._scenario
        if effect.at_once:
            return 0.0
        if route.kind is not RequestKind.RUN:
            return scenario.latency_s
        usual_s = scenario.latency_s if scenario.run_latency_s is None else scenario.run_latency_s
        return scenario.latency_by_task_s.get(route.subject or "", usual_s)
