"""The picture of the platform's window: never more hopeful than the platform itself."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.window import LENGTH_S, OFFSET_S, Crowd, FixedWindow
from launcher.core.answer import Limits
from launcher.core.budget import (
    LONGEST_WINDOW_S,
    MOST_TOLD_APART,
    Budget,
    ServerClock,
    forecast_s,
    windows_needed,
)

RESET = 1_700_000_300.0

# ---------------------------------------------------------------- the server's clock

sixteenths = st.integers(0, 16 * 1000).map(lambda number: number / 16)
delays = st.integers(0, 16 * 90).map(lambda number: number / 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An answer whose `Date` was written at a time between its two ends."""

    sent_at: float
    there_s: float
    back_s: float

    def by(self, clock: ServerClock, *, offset_s: float) -> ServerClock:
        written_at = self.sent_at + self.there_s
        return clock.heard(
            float((written_at + offset_s) // 1),
            sent_at=self.sent_at,
            received_at=written_at + self.back_s,
        )


truths = st.lists(st.builds(Heard, sent_at=sixteenths, there_s=delays, back_s=delays), max_size=8)


@given(truths, st.integers(-(10**6), 10**6).map(lambda number: number / 16))
def test_the_true_offset_is_always_inside_the_bounds(truth: list[Heard], offset_s: float) -> None:
    clock = ServerClock()

    for heard in truth:
        clock = heard.by(clock, offset_s=offset_s)

        assert clock.low_s <= offset_s <= clock.high_s


@given(truths, sixteenths)
def test_the_bounds_of_a_truthful_server_never_grow(truth: list[Heard], offset_s: float) -> None:
    clock = ServerClock()

    for heard in truth:
        older, clock = clock, heard.by(clock, offset_s=offset_s)

        assert older.low_s <= clock.low_s <= clock.high_s <= older.high_s


@given(truths.filter(bool), sixteenths, sixteenths)
def test_after_the_wait_the_server_s_time_is_not_before_the_reset(
    truth: list[Heard], offset_s: float, now: float
) -> None:
    clock = ServerClock()
    for heard in truth:
        clock = heard.by(clock, offset_s=offset_s)

    waited_until = now + clock.wait_until(5000.0, now=now)

    assert waited_until + offset_s >= 5000.0


def test_one_answer_bounds_the_offset_by_its_two_ends_and_the_whole_second() -> None:
    clock = ServerClock().heard(1000.0, sent_at=10.0, received_at=12.0)

    assert clock == ServerClock(low_s=988.0, high_s=991.0)


def test_bounds_that_contradict_the_older_ones_replace_them() -> None:
    before = ServerClock().heard(1000.0, sent_at=10.0, received_at=10.5)

    after = before.heard(5000.0, sent_at=20.0, received_at=20.5)

    assert after == ServerClock().heard(5000.0, sent_at=20.0, received_at=20.5)


def test_nothing_heard_bounds_nothing() -> None:
    assert ServerClock() == ServerClock(low_s=-inf, high_s=inf)


@pytest.mark.parametrize(
    ("wall_at", "ahead_s"),
    [(987.9, -0.1), (988.0, 0.0), (991.0, 0.0), (991.5, 0.5), (4591.0, 3600.0), (0.0, -988.0)],
)
def test_a_wall_clock_is_wrong_by_as_much_as_the_bounds_prove(
    wall_at: float, ahead_s: float
) -> None:
    clock = ServerClock().heard(1000.0, sent_at=10.0, received_at=12.0)

    assert clock.ahead_s(wall_at, now=0.0) == pytest.approx(ahead_s)
    assert clock.ahead_s(wall_at + 7.0, now=7.0) == pytest.approx(ahead_s)


def test_a_wall_clock_is_right_for_all_that_is_known_before_the_first_answer() -> None:
    assert ServerClock().ahead_s(1e9, now=0.0) == 0.0


# ---------------------------------------------------------------- one request after the other


def known(remaining: int, *, reset_at: float = RESET, limit: int = 1000) -> Budget:
    return Budget(limit=limit, remaining=remaining, reset_at=reset_at, opened_at=0.0)


def said(remaining: int | None, reset_at: float | None = RESET, limit: int | None = 1000) -> Limits:
    return Limits(limit=limit, remaining=remaining, reset_at=reset_at)


def test_a_reserved_request_is_spent_until_its_answer_tells() -> None:
    budget = known(10).reserved(now=1.0).reserved(now=1.5)

    assert (budget.available, budget.in_flight, budget.opened_at) == (8, 2, 0.0)


def test_the_first_request_opens_a_window_without_a_known_reset() -> None:
    assert Budget().reserved(now=7.0).reserved(now=8.0).opened_at == 7.0


def test_a_request_that_was_never_sent_is_given_back() -> None:
    assert known(10).reserved(now=1.0).returned().available == 10


def test_the_smallest_remaining_of_a_window_wins_in_any_order() -> None:
    budget = known(10).reserved(now=1.0).reserved(now=1.0)

    budget = budget.ended(said(8), sent_at=1.0, now=2.0).ended(said(9), sent_at=1.0, now=3.0)

    assert budget == known(8)._replace(heard_at=3.0)


@pytest.mark.parametrize("apart_s", [-2.0, -1.0, 0.0, 1.0, 2.0])
def test_resets_that_differ_by_at_most_two_seconds_are_one_window(apart_s: float) -> None:
    assert known(5).seen(said(9, RESET + apart_s), sent_at=1.0) == known(5)
    assert known(5).seen(said(3, RESET + apart_s), sent_at=1.0) == known(3)


def test_a_later_reset_opens_a_new_window() -> None:
    budget = known(0).seen(said(999, RESET + 300.0), sent_at=42.0)

    assert budget == known(999, reset_at=RESET + 300.0)._replace(opened_at=42.0)


def test_an_older_reset_is_ignored() -> None:
    assert known(500).seen(said(1, RESET - 300.0, limit=7), sent_at=1.0) == known(500)


def test_a_freak_reset_far_after_the_known_one_opens_no_window() -> None:
    budget = known(5).seen(said(999, RESET + LONGEST_WINDOW_S + 1.0), sent_at=1.0)

    assert budget == known(5)


def test_answers_count_on_after_a_freak_reset() -> None:
    budget = known(1000).seen(said(999, 1e15), sent_at=1.0)

    assert budget.seen(said(998), sent_at=2.0) == known(998)


def test_a_request_in_flight_stays_counted_in_a_new_window() -> None:
    budget = known(0).reserved(now=1.0).reserved(now=1.0)

    budget = budget.ended(said(999, RESET + 300.0), sent_at=1.0, now=2.0)

    assert (budget.remaining, budget.available) == (999, 998)


def test_a_lost_answer_may_have_been_counted_in_the_window_that_opened_meanwhile() -> None:
    budget = known(5).reserved(now=1.0).reserved(now=1.0).ended(None, sent_at=1.0, now=2.0)

    budget = budget.ended(said(999, RESET + 300.0), sent_at=1.0, now=3.0)

    assert budget.available == 998


def test_the_limit_follows_the_headers() -> None:
    assert known(5).seen(said(4, limit=50), sent_at=1.0).limit == 50
    assert known(5).seen(said(4, limit=None), sent_at=1.0).limit == 1000


def test_headers_without_a_reset_can_only_make_the_window_smaller() -> None:
    assert known(5).seen(said(3, None), sent_at=1.0) == known(3)
    assert known(5).seen(said(900, None), sent_at=1.0) == known(5)


def test_headers_without_a_remaining_change_nothing() -> None:
    assert known(5).seen(said(None, RESET + 300.0), sent_at=1.0) == known(5)
    assert known(5).told(said(None, RESET + 300.0), sent_at=1.0) == known(5)


def test_a_lost_answer_counts_as_one_request() -> None:
    budget = known(10).reserved(now=1.0).ended(None, sent_at=1.0, now=61.0)

    assert (budget.available, budget.in_flight) == (9, 0)


def test_an_answer_without_headers_counts_as_one_request() -> None:
    budget = known(10).reserved(now=1.0).ended(Limits(), sent_at=1.0, now=2.0)

    assert (budget.available, budget.in_flight) == (9, 0)


def with_lost_answers(count: int) -> Budget:
    """Return a budget of which so many answers were lost, one a second from 1 on."""
    budget = known(1_000_000, limit=1_000_000)
    for second in range(1, count + 1):
        budget = budget.reserved(now=0.0).ended(None, sent_at=0.0, now=float(second))
    return budget


def test_lost_answers_are_counted_each_and_few_of_them_remembered_apart() -> None:
    budget = with_lost_answers(5000)

    assert budget.available == 1_000_000 - 5000
    assert len(budget.unheard) < 100


def test_lost_answers_that_are_not_told_apart_count_until_all_of_them_are_told_of() -> None:
    budget = with_lost_answers(MOST_TOLD_APART + 1)

    early = budget.seen(said(900_000), sent_at=float(MOST_TOLD_APART))
    late = budget.seen(said(900_000), sent_at=MOST_TOLD_APART + 1.0)

    assert early.available == 900_000 - (MOST_TOLD_APART + 1)
    assert late.available == 900_000


def test_an_answer_of_an_older_window_counts_as_one_request() -> None:
    budget = known(10).reserved(now=1.0).ended(said(700, RESET - 300.0), sent_at=1.0, now=2.0)

    assert (budget.remaining, budget.available, budget.in_flight) == (10, 9, 0)


def test_an_answer_to_a_request_sent_before_the_lost_one_ended_does_not_tell_of_it() -> None:
    budget = known(10).reserved(now=1.0).reserved(now=1.0).ended(None, sent_at=1.0, now=5.0)

    budget = budget.ended(said(9), sent_at=1.0, now=6.0)

    assert budget.available == 8


def test_an_answer_to_a_request_sent_after_the_lost_one_ended_tells_of_it() -> None:
    budget = known(10).reserved(now=1.0).ended(None, sent_at=1.0, now=5.0)

    budget = budget.reserved(now=5.5).ended(said(8), sent_at=5.5, now=6.0)

    assert budget == known(8)._replace(heard_at=6.0)


def test_the_platform_s_own_word_replaces_ours() -> None:
    budget = known(3).reserved(now=1.0).ended(None, sent_at=1.0, now=2.0)

    assert budget.told(said(700), sent_at=3.0) == known(700)


def test_the_platform_s_own_word_leaves_what_is_in_flight_counted() -> None:
    assert known(3).reserved(now=1.0).told(said(700), sent_at=3.0).available == 699


def test_the_platform_s_own_word_opens_a_window_with_its_later_reset() -> None:
    budget = known(0).told(said(1000, RESET + 300.0), sent_at=9.0)

    assert budget == known(1000, reset_at=RESET + 300.0)._replace(opened_at=9.0)


@pytest.mark.parametrize("reset_at", [RESET, RESET + 1.0, RESET - 300.0])
def test_what_was_heard_since_the_platform_was_asked_is_not_forgotten(reset_at: float) -> None:
    budget = known(9).reserved(now=2.0).ended(said(2), sent_at=2.0, now=3.5)

    told = budget.told(said(3, reset_at), sent_at=3.0)

    assert (told.available, told.reset_at) == (2, RESET)


def test_a_window_that_began_since_is_the_platform_s_word_whatever_was_heard() -> None:
    budget = known(9).reserved(now=2.0).ended(said(2), sent_at=2.0, now=3.5)

    assert budget.told(said(1000, RESET + 300.0), sent_at=3.0).available == 1000


def test_a_lost_answer_that_ended_after_the_platform_was_asked_stays_counted() -> None:
    budget = known(3).reserved(now=1.0).ended(None, sent_at=1.0, now=4.0)

    assert budget.told(said(700), sent_at=3.0).available == 699


def test_of_a_new_window_nothing_is_known_but_its_limit_and_what_is_in_flight() -> None:
    budget = (
        known(0, limit=50).reserved(now=1.0).reserved(now=1.0).ended(None, sent_at=1.0, now=2.0)
    )

    assert budget.renewed() == Budget(limit=50, remaining=50, in_flight=1)


@pytest.mark.parametrize(
    ("share", "limit", "available"),
    [(0.0, 1000, 1000), (0.1, 1000, 900), (0.5, 5, 2), (0.001, 1000, 999), (0.25, 10, 7)],
)
def test_the_reserved_share_is_left_to_others_and_rounded_in_their_favour(
    share: float, limit: int, available: int
) -> None:
    assert Budget(limit=limit, remaining=limit, reserve_share=share).available == available


sometimes = st.none() | st.integers(0, 1200)
odd_limits = st.builds(
    Limits,
    limit=st.none() | st.integers(1, 2000),
    remaining=sometimes,
    reset_at=st.none() | st.sampled_from([1.0, RESET - 300, RESET, RESET + 1, RESET + 300, 1e15]),
)


@given(st.lists(odd_limits | st.none(), max_size=20))
def test_never_more_is_available_than_the_last_answer_of_the_window_left(
    answers: list[Limits | None],
) -> None:
    budget = known(1000)
    for now, limits in enumerate(answers, start=1):
        before = budget.reserved(now=now)
        budget = before.ended(limits, sent_at=now, now=now + 0.5)

        is_older = limits is not None and (limits.reset_at or inf) < (before.reset_at or 0) - 2
        if limits is not None and limits.remaining is not None and not is_older:
            assert budget.available <= limits.remaining
        if budget.reset_at == before.reset_at:
            assert budget.remaining <= before.remaining


# ---------------------------------------------------------------- how long to wait

CLOCK = ServerClock(low_s=OFFSET_S, high_s=OFFSET_S + 1.0)


def test_without_a_reset_the_window_is_counted_from_its_first_request() -> None:
    budget = Budget().reserved(now=100.0)

    assert budget.wait_s(CLOCK, now=160.0) == 240.0


def test_without_a_server_s_clock_the_window_is_counted_from_its_first_request() -> None:
    budget = known(0)._replace(opened_at=100.0)

    assert budget.wait_s(ServerClock(), now=160.0) == 240.0


def test_a_window_without_any_request_has_all_its_time() -> None:
    assert Budget(window_s=60.0).wait_s(CLOCK, now=5.0) == 60.0


def test_a_known_reset_is_waited_for_on_the_server_s_clock() -> None:
    budget = known(0)._replace(reset_at=OFFSET_S + 500.0)

    assert budget.wait_s(CLOCK, now=460.0) == 40.0


def test_the_wait_is_negative_once_the_reset_is_past_for_sure() -> None:
    budget = known(0)._replace(reset_at=OFFSET_S + 500.0)

    assert budget.wait_s(CLOCK, now=503.0) == -3.0


@pytest.mark.parametrize("reset_at", [OFFSET_S + 1e6, 1e15, inf])
def test_a_reset_in_the_far_future_is_not_believed(reset_at: float) -> None:
    budget = known(0, reset_at=reset_at)._replace(opened_at=100.0)

    assert budget.wait_s(CLOCK, now=160.0) == 100.0 + LONGEST_WINDOW_S - 160.0


# ---------------------------------------------------------------- alone at a fixed window


class Answered(Enum):
    """What is left of an answer when it arrives."""

    WELL = auto()
    WITHOUT_RESET = auto()
    WITHOUT_HEADERS = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request of a client, `after_s` the one before."""

    after_s: float
    there_s: float
    back_s: float
    answered: Answered


@dataclass(slots=True)
class Careful:
    """A client that sends only while something is available, and waits otherwise."""

    crowd: Crowd
    budget: Budget
    fates: list[Answered] = field(default_factory=list)
    clock: ServerClock = ServerClock()  # noqa: RUF009 - frozen
    now: float = 0.0

    def send(self, request: Sent) -> None:
        self._pass(self.now + request.after_s)
        while self.budget.available <= 0:
            wait_s = self.budget.wait_s(self.clock, now=self.now)
            if wait_s <= 0:
                self.budget = self.budget.renewed()
                continue
            waited_until = self.now + wait_s
            self._pass(min(waited_until, self.crowd.next_at or waited_until))
        self.budget = self.budget.reserved(now=self.now)
        self.crowd.send(self.now, there_s=request.there_s, back_s=request.back_s)
        self.fates.append(request.answered)

    def _pass(self, until: float) -> None:
        self.now = until
        for number, answer in self.crowd.until(until):
            limits = self._left_of(answer.limits, self.fates[number - 1])
            self.budget = self.budget.ended(limits, sent_at=answer.sent_at, now=answer.received_at)
            if limits is not None and answer.date_at is not None:
                self.clock = self.clock.heard(
                    answer.date_at, sent_at=answer.sent_at, received_at=answer.received_at
                )

    def _left_of(self, limits: Limits, fate: Answered) -> Limits | None:
        if limits.reset_at != self.budget.reset_at:
            return limits  # the first answer of a window is heard well, or nobody knows of it
        match fate:
            case Answered.WELL:
                return limits
            case Answered.WITHOUT_RESET:
                return replace(limits, reset_at=None)
            case Answered.WITHOUT_HEADERS:
                return Limits()
            case Answered.LOST:
                return None


sixtyfourths = st.integers(0, 320).map(lambda number: number / 64)
requests = st.builds(
    Sent,
    after_s=st.sampled_from([0.0, 0.0, 0.0, 0.125, 1.0, 30.0, 290.0, 301.0]) | sixtyfourths,
    there_s=sixtyfourths,
    back_s=sixtyfourths,
    answered=st.sampled_from(Answered),
)


@settings(max_examples=150)
@given(st.lists(requests, min_size=1, max_size=40), st.integers(1, 8))
def test_a_client_that_is_alone_and_waits_is_never_refused(sent: list[Sent], limit: int) -> None:
    server = FixedWindow(limit)
    client = Careful(Crowd(server), Budget(limit=limit, remaining=limit, window_s=LENGTH_S))

    for request in sent:
        client.send(request)

    assert server.refused == 0


# ---------------------------------------------------------------- forecasts


@pytest.mark.parametrize(
    ("requests", "available", "share", "seconds", "windows"),
    [
        (0, 1000, 0.0, 0.0, 1),
        (300, 1000, 0.0, 10.0, 1),
        (1000, 1000, 0.0, 1000 / 30, 1),
        (1001, 1000, 0.0, 120.0 + 1 / 30, 2),
        (2000, 1000, 0.0, 120.0 + 1000 / 30, 2),
        (2001, 1000, 0.0, 120.0 + 300.0 + 1 / 30, 3),
        (30, 0, 0.0, 120.0 + 1.0, 2),
        (1000, 500, 0.0, 120.0 + 500 / 30, 2),
        (530, 1000, 0.5, 120.0 + 1.0, 2),
        (1030, 1000, 0.5, 120.0 + 300.0 + 1.0, 3),
    ],
)
def test_a_forecast_waits_for_windows_and_then_takes_what_is_left(
    *, requests: int, available: int, share: float, seconds: float, windows: int
) -> None:
    budget = known(available)._replace(reserve_share=share)

    assert forecast_s(requests, budget, wait_s=120.0, rate_per_s=30.0) == pytest.approx(seconds)
    assert windows_needed(requests, budget) == windows


def test_a_window_that_is_over_is_not_waited_for() -> None:
    assert forecast_s(30, known(0), wait_s=-5.0, rate_per_s=30.0) == 1.0


@given(st.integers(0, 5000), st.integers(1, 1000), st.integers(0, 1000), st.floats(0, 0.99))
def test_more_requests_never_take_less_time_or_fewer_windows(
    requests: int, more: int, remaining: int, share: float
) -> None:
    budget = known(remaining)._replace(reserve_share=share)

    assert windows_needed(requests, budget) <= windows_needed(requests + more, budget)
    assert forecast_s(requests, budget, wait_s=300.0, rate_per_s=30.0) <= forecast_s(
        requests + more, budget, wait_s=300.0, rate_per_s=30.0
    )
