"""Whatever happens at the gate: nobody is throttled alone, and it always opens again."""

from dataclasses import dataclass, replace
from math import isfinite

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from core.gates import Client
from core.replies import (
    alien,
    maintenance,
    no_answer,
    not_sent,
    rate,
    started,
    task_id,
    throttled,
)
from core.window import LENGTH_S, OFFSET_S, Crowd, FixedWindow
from launcher.core.answer import Answer, Limits, Reply
from launcher.core.budget import Budget
from launcher.core.gate import LONGEST_RETRY_AFTER_S, GateState

# ---------------------------------------------------------------- alone at a fixed window

sixtyfourths = st.integers(0, 192).map(lambda number: number / 64)


@dataclass(slots=True)
class Alone:
    """Lanes behind a gate, the only ones at a fixed window."""

    crowd: Crowd
    lanes: int
    client: Client
    in_flight: int = 0

    def run(self, delays: list[tuple[float, float]]) -> None:
        """Send a run request for each pair of delays, there and back."""
        for there_s, back_s in delays:
            while self.in_flight >= self.lanes or not self.client.passes:
                self._go_on()
            self.client.send()
            self.in_flight += 1
            self.crowd.send(self.client.now, there_s=there_s, back_s=back_s)

    def _go_on(self) -> None:
        wait_s = self.client.wait_s()
        look_at = None if wait_s is None else self.client.now + min(max(wait_s, 0.0), 60.0)
        next_at = self.crowd.next_at
        if look_at is None or (next_at is not None and next_at <= look_at):
            assert next_at is not None
            self._hear(next_at)
        else:
            self._hear(look_at)
            self.client.look(self.crowd.server.tell(self.client.now))

    def _hear(self, until: float) -> None:
        self.client.now = until
        for _, answer in self.crowd.until(until):
            self.in_flight -= 1
            self.client.end(answer, passed_at=answer.sent_at)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(sixtyfourths, sixtyfourths), min_size=1, max_size=60),
    st.integers(1, 8),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_a_run_that_is_alone_spends_every_window_and_is_never_throttled(
    delays: list[tuple[float, float]], lanes: int, limit: int, used: int
) -> None:
    server = FixedWindow(limit, cut=True)
    for _ in range(min(used, limit)):
        server.spend(0.0)
    client = Client(GateState(budget=Budget(window_s=LENGTH_S)))
    client.look(server.tell(0.0))

    Alone(Crowd(server), lanes, client).run(delays)

    windows = (len(delays) + used) // limit + 1
    assert server.refused == 0
    assert client.now <= windows * (LENGTH_S + 30.0)


# ---------------------------------------------------------------- whatever happens

odd_limits = st.builds(
    Limits,
    limit=st.sampled_from([None, 1, 5, 1000]),
    remaining=st.sampled_from([None, 0, 0, 1, 5, 1000, 10**6]),
    reset_at=st.sampled_from([None, 1e9, OFFSET_S - 1e4, OFFSET_S + 200, OFFSET_S + 1e4, 1e19]),
)
dates = st.sampled_from([None, 1e9, OFFSET_S, OFFSET_S + 100, 4e9])
retry_afters = st.sampled_from([None, None, 0.0, 0.5, 90.0, 86_400.0])


class AnyGate(RuleBasedStateMachine):
    """Requests, answers, looks and time in any order, with odd headers and odd dates."""

    passes: Bundle[tuple[bool, float]] = Bundle("passes")

    def __init__(self) -> None:
        super().__init__()
        self.client = Client(GateState(budget=Budget(reserve_share=0.1)))
        self.in_flight: list[tuple[bool, float]] = []

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 30.0, 301.0, 4000.0]))
    def pass_time(self, seconds: float) -> None:
        self.client.now += seconds

    @rule()
    def wait(self) -> None:
        wait_s = self.client.wait_s()
        if wait_s is not None and wait_s > 0:
            self.client.now += wait_s

    @rule(target=passes, is_run=st.booleans())
    def send(self, *, is_run: bool) -> tuple[bool, float]:
        if self.client.wait_s(is_run=is_run) is not None:
            self.client.look()
        if self.client.wait_s(is_run=is_run) is not None:
            return (is_run, -1.0)
        passed = (is_run, self.client.send(is_run=is_run))
        self.in_flight.append(passed)
        return passed

    @rule(
        passed=consumes(passes),
        kind=st.sampled_from(["fine", "429", "503", "alien", "none", "not sent", "given up"]),
        limits=odd_limits,
        date_at=dates,
        retry_after_s=retry_afters,
    )
    def end(
        self,
        *,
        passed: tuple[bool, float],
        kind: str,
        limits: Limits,
        date_at: float | None,
        retry_after_s: float | None,
    ) -> None:
        is_run, passed_at = passed
        if passed_at < 0:
            return
        self.in_flight.remove(passed)
        reply = self._reply(kind, passed_at)
        if isinstance(reply, Answer):
            reply = replace(reply, limits=limits, date_at=date_at, retry_after_s=retry_after_s)
        self.client.end(reply, passed_at=passed_at, is_run=is_run, task=task_id(len(kind)))

    @rule(kind=st.sampled_from(["rate", "429", "503", "alien", "none"]), limits=odd_limits)
    def look(self, kind: str, limits: Limits) -> None:
        if self.client.passes:
            return
        told = rate(limits, sent_at=self.client.now)
        self.client.look(told if kind == "rate" else self._reply(kind, self.client.now))

    def _reply(self, kind: str, sent_at: float) -> Reply | None:
        replies: dict[str, Reply | None] = {
            "fine": started(sent_at=sent_at),
            "429": throttled(sent_at=sent_at),
            "503": maintenance(sent_at=sent_at),
            "alien": alien(502, sent_at=sent_at),
            "none": no_answer(sent_at=sent_at),
            "not sent": not_sent(),
            "given up": None,
        }
        return replies[kind]

    @invariant()
    def the_gate_is_open_or_shut_for_a_finite_time(self) -> None:
        for is_run in (True, False):
            wait_s = self.client.wait_s(is_run=is_run)
            assert wait_s is None or (isfinite(wait_s) and wait_s <= LONGEST_RETRY_AFTER_S + 1)

    @invariant()
    def the_budget_knows_what_is_in_flight(self) -> None:
        assert self.client.gate.budget.in_flight == len(self.in_flight)

    def teardown(self) -> None:
        """A platform that is well again lets everybody pass, after a few looks and a trial."""
        client = self.client
        for is_run, passed_at in self.in_flight:
            client.end(client.fine, passed_at=passed_at, is_run=is_run)
        for _ in range(3):
            self._look_until_a_run_passes()
            client.ask(client.fine)
        self._look_until_a_run_passes()
        passed_at = client.send()
        if client.gate.trial:  # a new window began just now, and others follow its first answer
            client.end(client.fine, passed_at=passed_at)
        self._look_until_a_run_passes()

    def _look_until_a_run_passes(self) -> None:
        for _ in range(5):
            if self.client.passes:
                return
            self.client.now += max(self.client.wait_s() or 0.0, 0.0)
            self.client.look()
        assert self.client.passes


TestWhateverHappensTheGateOpensAgain = AnyGate.TestCase
TestWhateverHappensTheGateOpensAgain.settings = settings(
    max_examples=120, stateful_step_count=30, deadline=None
)
