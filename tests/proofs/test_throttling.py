"""Budgets that others spend, 429 for minutes, Retry-After beyond reason, resets that never come."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import pytest

from launcher.adapters.platform.headers import read_headers
from proofs.conftest import Note
from support.bench import Bench
from support.fake_platform import SERVER_EPOCH, Deed
from support.figures import Figures
from support.troubles import Watched, answer_while, bend_resets, throttled
from support.virtual_time import VirtualClock, run_virtual

TASKS = 60
IN_FLIGHT = 16
DEEDS: tuple[Deed, ...] = ("502", "lost-started", "lost")
SETTLES_S = 30.0


@dataclass
class Told:
    bench: Bench
    watched: Watched
    took_s: float

    @property
    def counted(self) -> int:
        """Requests that the platform counts."""
        requests = self.bench.platform.requests
        return requests.total() - requests["rate_limit"]


def bench_of(seed: int, *, limit: int = 1000, length_s: float = 300.0) -> Bench:
    """Return a bench of which one run request in ten goes wrong besides."""
    chance = random.Random(seed)
    bench = Bench(clock=VirtualClock(seed=seed))
    bench.platform.window.limit, bench.platform.window.length_s = limit, length_s
    for task in bench.platform.add_drafts(TASKS):
        bench.platform.deeds[task] = [chance.choice(DEEDS)] if chance.random() < 1 / 10 else []
    return bench


async def launched(bench: Bench, *, reserve_share: float = 0.0) -> Told:
    """Run to the end, and see that every task was launched, once, and every row is true."""
    watched = Watched(bench.platform)
    async with asyncio.timeout(100_000):
        exit_code, report = await bench.run(
            tuple(bench.platform.views), reserve_share=reserve_share
        )
    assert exit_code == 0
    assert report.summary.launched == TASKS
    assert watched.lies(report) == []
    assert watched.doubles == 0
    assert watched.needless == 0
    return Told(bench, watched, bench.clock.monotonic())


# ---------------------------------------------------------------- a greedy neighbour

LIMIT, LENGTH_S = 60, 20.0
WINDOW_TURN_S = 2.0
"""From the end of a window to the first request of the next: looks 0.5 s apart, and a trial."""


def let_in_neighbour(bench: Bench, share: float, *, at_once: bool) -> None:
    """Let another program take that share: as a window opens, or along with each of ours."""
    window = bench.platform.window
    take = window.take

    def taken(now: float) -> bool:
        opened = window.opened
        passes = take(now)
        if not at_once:
            window.used += round(share / (1 - share))
        elif window.opened > opened:
            window.used += int(LIMIT * share)
        return passes

    window.take = taken  # type: ignore[method-assign]


def beside_neighbour(seed: int, share: float, *, at_once: bool, reserve: float = 0.0) -> Told:
    bench = bench_of(seed, limit=LIMIT, length_s=LENGTH_S)
    let_in_neighbour(bench, share, at_once=at_once)
    return run_virtual(launched(bench, reserve_share=reserve))


def assert_bounded_beside(told: Told, share: float) -> None:
    platform = told.bench.platform
    ours = int(LIMIT * (1 - share))  # of each window
    windows = ceil((told.counted - platform.throttles) / ours) + 1
    assert platform.window.opened <= windows
    assert platform.throttles <= IN_FLIGHT * windows  # what is in flight when it is spent
    assert told.took_s <= windows * (LENGTH_S + WINDOW_TURN_S) + SETTLES_S


@pytest.mark.parametrize("at_once", [True, False], ids=["as it opens", "along with ours"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_neighbour_that_takes_most_of_each_window_costs_windows_and_no_task(
    share: float, *, at_once: bool
) -> None:
    told = beside_neighbour(1, share, at_once=at_once)

    assert_bounded_beside(told, share)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_what_the_neighbour_takes_kept_in_reserve_meets_no_429(share: float) -> None:
    told = beside_neighbour(1, share, at_once=False, reserve=share)

    assert told.bench.platform.throttles == 0


# ---------------------------------------------------------------- storms of 429

STORM_S = 240.0
RETRY_AFTER: dict[str, tuple[str, float]] = {
    "none": ("", 90.0),
    "0": ("0", 90.0),
    "negative": ("-5", 90.0),
    "1e9 in digits": ("1000000000", 90.0),
    "1e9": ("1e9", 90.0),
    "garbage": ("soon", 90.0),
    "a date long past": ("Wed, 01 Jan 2025 00:00:00 GMT", 90.0),
    "a date in years": ("Wed, 01 Jan 2036 00:00:00 GMT", 90.0),
    "a minute": ("60", 90.0),
    "ten hours": ("36000", 3700.0),
}
"""The header, and how long after the storm the run goes on at the latest.

A pause of up to 60 s, half of it more as jitter; what a header says is believed for an hour."""


def in_storm(seed: int, header: str, *, from_s: float, looks_too: bool) -> Told:
    said = {"Retry-After": header, "Date": "Fri, 15 Jan 2027 08:00:00 GMT"}
    bench = bench_of(seed)

    def storms() -> bool:
        return from_s <= bench.clock.monotonic() < from_s + STORM_S

    answer = throttled(bench.platform, retry_after_s=read_headers(said, cut_from=str).retry_after_s)
    answer_while(bench.platform, storms, answer, looks_too=looks_too)
    return run_virtual(launched(bench))


def assert_bounded_in_storm(told: Told, *, from_s: float, after_s: float) -> None:
    openings = 7 + STORM_S / 60  # pauses of 1, 2, 4 … 60 s, then one a minute
    each = 3  # a trial, and two bulk reads beside it
    assert told.bench.platform.throttles <= IN_FLIGHT + each * openings
    assert told.took_s <= from_s + STORM_S + after_s + SETTLES_S


@pytest.mark.parametrize("header", RETRY_AFTER)
@pytest.mark.parametrize("from_s", [0.0, 0.35], ids=["from the first request", "in mid-run"])
def test_a_storm_of_429_costs_few_requests_and_no_task_whatever_retry_after_says(
    from_s: float, header: str
) -> None:
    text, after_s = RETRY_AFTER[header]

    told = in_storm(1, text, from_s=from_s, looks_too=from_s > 0)

    assert_bounded_in_storm(told, from_s=from_s, after_s=after_s)


# ---------------------------------------------------------------- resets that never come

SHORT, SHORT_S = 25, 60.0
BENDS: dict[str, Callable[[float], float | None]] = {
    "stays in the past": lambda _now: SERVER_EPOCH - 1000.0,
    "stays where it was": lambda _now: SERVER_EPOCH + SHORT_S,
    "recedes": lambda now: SERVER_EPOCH + now + 200.0,
    "stays in years": lambda _now: SERVER_EPOCH + 3e8,
    "is left out": lambda _now: None,
    "goes to and fro": lambda now: SERVER_EPOCH + now + 500.0 * (-1) ** int(now),
}


def with_reset(seed: int, bend: Callable[[float], float | None]) -> Told:
    bench = bench_of(seed, limit=SHORT, length_s=SHORT_S)
    bend_resets(bench.platform, lambda _true: bend(bench.clock.monotonic()))
    return run_virtual(launched(bench))


def assert_bounded_whatever_reset(told: Told) -> None:
    platform = told.bench.platform
    windows = ceil((told.counted - platform.throttles) / SHORT) + 1
    look_s = 60.0  # at the latest, and the true window has begun by then
    assert platform.window.opened <= windows
    assert platform.throttles <= 7 * windows  # pauses of 1, 2, 4 … 32 s fill a window
    assert told.took_s <= windows * (SHORT_S + look_s) + SETTLES_S
    assert platform.requests["rate_limit"] <= told.took_s  # never more than one a second


@pytest.mark.parametrize("bend", BENDS.values(), ids=list(BENDS))
def test_a_reset_that_never_comes_is_not_waited_for_for_ever(
    bend: Callable[[float], float | None],
) -> None:
    assert_bounded_whatever_reset(with_reset(1, bend))


# ---------------------------------------------------------------- at full length


@pytest.mark.prove
def test_throttling_at_full_length(note: Note, seed: int) -> None:
    tolds: list[Told] = []
    for turn in range(8):
        drawn = seed + turn
        for share in (0.5, 0.65, 0.8, 0.9, 0.95):
            for at_once in (True, False):
                tolds.append(beside_neighbour(drawn, share, at_once=at_once))
                assert_bounded_beside(tolds[-1], share)
        for text, after_s in RETRY_AFTER.values():
            from_s = 0.1 * turn
            tolds.append(in_storm(drawn, text, from_s=from_s, looks_too=bool(turn % 2)))
            assert_bounded_in_storm(tolds[-1], from_s=from_s, after_s=after_s)
        for bend in BENDS.values():
            tolds.append(with_reset(drawn, bend))
            assert_bounded_whatever_reset(tolds[-1])
    platforms = [told.bench.platform for told in tolds]
    note(
        Figures(
            proof="greedy neighbours, storms of 429, resets that never come",
            tasks=TASKS * len(tolds),
            faults={"429": sum(platform.throttles for platform in platforms)},
            starts=sum(platform.starts.total() for platform in platforms),
            doubles=sum(told.watched.doubles for told in tolds),
            requests=sum(told.counted for told in tolds),
        )
    )
