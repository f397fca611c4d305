"""Maintenance for minutes, outages, and the ceiling, after which the next run finishes all."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from launcher.core.answer import Alien, ErrorWord, Reply
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from proofs.conftest import Note
from support.bench import Bench
from support.fake_platform import Deed, FakePlatform
from support.figures import Figures
from support.report_examples import listed
from support.troubles import Watched, answer_while, lost, said
from support.virtual_time import VirtualClock, run_virtual

TASKS = 60
IN_FLIGHT = 16
ROW = 20
FROM_S = 0.35
CEILING_S = 300.0
SETTLES_S = 30.0
DEEDS: tuple[Deed, ...] = ("502-started", "lost-started", "lost", "late")
Answering = Callable[[FakePlatform], Callable[..., Reply]]
KINDS: dict[str, Answering] = {
    "maintenance": lambda at: said(at, 503, ErrorWord(code=0, message="under maintenance")),
    "gateway": lambda at: said(at, 502, Alien(excerpt="bad gateway")),
    "silence": lost,
}


@dataclass
class Told:
    bench: Bench
    watched: Watched
    exit_code: int
    report: Report
    took_s: float

    @property
    def counted(self) -> int:
        requests = self.bench.platform.requests
        return requests.total() - requests["rate_limit"]


def out_of_reach(seed: int, kind: str, *, until_s: float, looks_too: bool = True) -> Bench:
    """Return a bench whose platform answers like that meanwhile; half of what ran before is lost.

    A trial that fails afterwards would cost another pause: then all is well.
    """
    chance = random.Random(seed)
    bench = Bench(clock=VirtualClock(seed=seed))
    for task in bench.platform.add_drafts(TASKS):
        bench.platform.deeds[task] = [chance.choice(DEEDS)] if chance.random() < 1 / 2 else []

    def is_out_of_reach() -> bool:
        if bench.clock.monotonic() >= FROM_S:
            bench.platform.deeds.clear()
        return FROM_S <= bench.clock.monotonic() < until_s

    answer_while(bench.platform, is_out_of_reach, KINDS[kind](bench.platform), looks_too=looks_too)
    return bench


async def one_run(bench: Bench, watched: Watched) -> Told:
    began = bench.clock.monotonic()
    exit_code, report = await bench.run(tuple(bench.platform.views), max_outage_s=CEILING_S)
    kept = listed(report)
    return Told(bench, watched, exit_code, kept, bench.clock.monotonic() - began)


def assert_true(told: Told) -> None:
    assert told.watched.lies(told.report) == []
    assert told.watched.doubles == 0
    assert told.watched.needless == 0


def assert_few_requests(told: Told, for_s: float) -> None:
    """What was in flight, and a row of failures; then a trial and two reads an opening."""
    openings = 7 + for_s / 60
    attempts = 2 * TASKS  # a task meets one fault, and is asked again
    reads = 2 + 2 * SETTLES_S
    assert told.counted <= attempts + reads + IN_FLIGHT + ROW + 3 * openings
    assert told.bench.platform.requests["rate_limit"] <= 4 * openings


def recovered(seed: int, kind: str, *, for_s: float, looks_too: bool) -> Told:
    bench = out_of_reach(seed, kind, until_s=FROM_S + for_s, looks_too=looks_too)
    told = run_virtual(one_run(bench, Watched(bench.platform)))
    assert_true(told)
    assert told.exit_code == 0
    assert told.report.summary.launched == TASKS
    assert_few_requests(told, for_s)
    assert told.took_s <= FROM_S + for_s + 2 * 60 + SETTLES_S  # two pauses at their longest
    return told


@pytest.mark.parametrize("looks_too", [True, False], ids=["looks too", "looks work"])
@pytest.mark.parametrize("kind", KINDS)
def test_minutes_out_of_reach_cost_few_requests_and_no_task(kind: str, *, looks_too: bool) -> None:
    recovered(1, kind, for_s=200.0, looks_too=looks_too)


def halted(seed: int, kind: str, *, looks_too: bool) -> tuple[Told, Told]:
    """Return a run that met the ceiling, and the next, an hour later."""
    hour_s = 3600.0

    async def main() -> tuple[Told, Told]:
        bench = out_of_reach(seed, kind, until_s=FROM_S + hour_s, looks_too=looks_too)
        watched = Watched(bench.platform)
        first = await one_run(bench, watched)
        assert_true(first)
        assert_few_requests(first, CEILING_S)
        await bench.clock.sleep(hour_s)
        return first, await one_run(bench, watched)

    first, second = run_virtual(main())
    assert first.exit_code == 4
    assert {row.outcome for row in first.report.rows} <= {
        Outcome.LAUNCHED,
        Outcome.UNKNOWN,
        Outcome.PENDING,
    }
    # the ceiling, a pause before it is seen, and what ends a run: ten reads with their pauses
    assert first.took_s <= FROM_S + CEILING_S + 60 + 400
    assert_true(second)
    assert second.exit_code == 0
    assert second.report.summary.launched == TASKS
    return first, second


@pytest.mark.parametrize("looks_too", [True, False], ids=["looks too", "looks work"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_ceiling_halts_the_run_and_the_next_one_finishes_all(
    kind: str, *, looks_too: bool
) -> None:
    halted(1, kind, looks_too=looks_too)


@pytest.mark.prove
def test_outages_at_full_length(note: Note, seed: int) -> None:
    tolds: list[Told] = []
    for turn in range(10):
        drawn, looks_too = seed + turn, bool(turn % 2)
        for kind in KINDS:
            tolds.append(recovered(drawn, kind, for_s=20.0 * (turn + 1), looks_too=looks_too))
            tolds.append(halted(drawn, kind, looks_too=looks_too)[1])
    note(
        Figures(
            proof="minutes out of reach, and the ceiling with a second run",
            tasks=TASKS * len(tolds),
            faults={"outage": len(tolds)},
            starts=sum(told.bench.platform.starts.total() for told in tolds),
            doubles=sum(told.watched.doubles for told in tolds),
            wrong_rows=sum(len(told.watched.lies(told.report)) for told in tolds),
            requests=sum(told.counted for told in tolds),
        )
    )
