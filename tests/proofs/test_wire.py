"""The whole launcher against a network that does all it can to the answers of run requests.

Between the launcher and the simulator stands a `Front`. Each task meets a damage of its own, once
before the platform hears of the request and once after it has started the task, all of them at
once and among healthy tasks. What is true, the simulator knows.
"""

import asyncio
import random
import tracemalloc
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.row import Row
from launcher.simulator import RequestKind, Scenario, Simulator, task_ids_of
from proofs.conftest import Note
from support.acceptance import Ended, assert_true, launch
from support.figures import Figures
from support.front import Damage, Front
from support.misbehaviour import ALL, LOST, WHOLE
from support.raw_server import raw_server

MEBIBYTE = 2**20
MEMORY_LIMIT = 64 * MEBIBYTE
"""Of launcher, network and simulator together, where a single bomb holds as much."""
TIME_LIMIT_S = 400.0
"""Where damage meets every trial of the gate, its pauses grow up to a minute."""

DAMAGES = tuple(
    Damage(name, how, started=started) for started in (False, True) for name, how in ALL.items()
)
SETTINGS: dict[str, Any] = {
    "timeout": 2.0,
    "settle": 0.05,
    "concurrency": 32,
    "max_attempts": 12,
    "quiet": True,
}

Plan = Mapping[str, Sequence[Damage]]


async def carried_out(simulator: Simulator, plan: Plan, folder: Path) -> tuple[Ended, Front]:
    front = Front(simulator.port, plan)
    async with raw_server(front) as server, asyncio.timeout(TIME_LIMIT_S):
        ended = await launch(
            simulator, simulator.task_ids, folder, endpoint=f"{server.url}/v2", **SETTINGS
        )
    return ended, front


def assert_launched_once(ended: Ended, front: Front, simulator: Simulator) -> None:
    """Every task is launched, started once, and no request is unknown to the report.

    It may know of more than arrived: a connection was closed just as it was used again.
    """
    report, truth = ended.report, simulator.truth
    assert_true(report, simulator)
    assert ended.exit_code == 0
    assert {row.outcome for row in report.rows} == {Outcome.LAUNCHED}
    assert not truth.doubles
    attempts = Counter({str(row.task_id): row.attempts for row in report.rows})
    assert attempts >= front.runs
    assert (attempts - front.runs).total() <= front.dealt.total()
    unheard = attempts.total() - truth.requests[RequestKind.RUN]
    requests = report.summary.requests or 0
    assert 0 <= requests - truth.counted - unheard <= front.dealt.total()
    assert report.summary.throttled == 0


def figures(proof: str, ended: Ended, front: Front, simulator: Simulator) -> Figures:
    return Figures(
        proof=proof,
        tasks=ended.report.summary.requested,
        faults=dict(front.dealt),
        starts=len(simulator.truth.started),
        doubles=len(simulator.truth.doubles),
        requests=ended.report.summary.requests or 0,
        throttles=ended.report.summary.throttled or 0,
    )


def expected(damage: Damage | None) -> tuple[int, ConfirmedBy] | None:
    """Return attempts and what confirmed the launch; None: both ways are right."""
    match damage:
        case None:
            return 1, ConfirmedBy.ANSWER
        case Damage(started=False):
            return 2, ConfirmedBy.ANSWER
        case Damage(name=name) if name in LOST:
            return 1, ConfirmedBy.READ
        case Damage(name=name) if name in WHOLE:
            return 1, ConfirmedBy.ANSWER
        case _:
            return None


def told(row: Row) -> tuple[int, ConfirmedBy | None]:
    return row.attempts, row.confirmed_by


@pytest.mark.takes(5)
async def test_whatever_the_network_does_every_task_starts_once_and_its_row_is_true(
    tmp_path: Path, note: Note
) -> None:
    scenario = Scenario(tasks=2 * len(DAMAGES))
    plan = dict(zip(task_ids_of(scenario)[::2], ([damage] for damage in DAMAGES), strict=True))

    async with Simulator(scenario) as simulator:
        ended, front = await carried_out(simulator, plan, tmp_path)

        assert_launched_once(ended, front, simulator)
        note(figures("repertoire", ended, front, simulator))
    assert front.dealt == dict.fromkeys(ALL, 2)
    for row in ended.report.rows:
        if row.attempts == front.runs[row.task_id]:
            damage = plan.get(row.task_id, [None])[0]
            assert expected(damage) in {None, told(row)}, (damage, row)


@pytest.mark.prove
@pytest.mark.timeout(TIME_LIMIT_S + 30)
async def test_damage_upon_damage_is_survived_within_bounded_memory(
    tmp_path: Path, note: Note, seed: int
) -> None:
    scenario = Scenario(tasks=800, limit=10_000)
    chance = random.Random(seed)
    plan = {task: drawn(chance) for task in task_ids_of(scenario)[::4]}
    tracemalloc.start()
    try:
        async with Simulator(scenario) as simulator:
            ended, front = await carried_out(simulator, plan, tmp_path)
            _, peak = tracemalloc.get_traced_memory()

            assert_launched_once(ended, front, simulator)
            note(figures("repertoire, repeated", ended, front, simulator))
    finally:
        tracemalloc.stop()

    assert peak < MEMORY_LIMIT


def drawn(chance: random.Random) -> list[Damage]:
    """Return up to four damages before the platform hears of the task, and perhaps one after."""
    unheard = [damage for damage in DAMAGES if not damage.started]
    heard = [damage for damage in DAMAGES if damage.started]
    return [
        *chance.choices(unheard, k=chance.randint(0, 4)),
        *chance.choices(heard, k=chance.randint(0, 1)),
    ]
