"""Several launchers on the same drafts at once: each task starts once, and each says what is true.

With one journal between them one runs at a time; with several the platform keeps tasks single.
"""

import asyncio
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from launcher.adapters.journal import read_journal
from launcher.core.errors import AlreadyRunningError
from launcher.simulator import RequestKind, Scenario, Simulator
from proofs.conftest import Note
from support.acceptance import environment_for, launch, rows_of
from support.figures import Figures
from support.verdict import outcomes_of, wrong_rows

TASKS = 8
HELD = 75
STARTING_S = 1.5
"""How long processes may take until they wait for their ids; then they get them all at once."""


@dataclass
class Count:
    """What came of all rounds."""

    rounds: int = 0
    starts: int = 0
    doubles: int = 0
    wrong_rows: int = 0
    requests: int = 0
    throttles: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, simulator: Simulator) -> None:
        truth = simulator.truth
        self.rounds += 1
        self.starts += len(truth.started)
        self.doubles += len(truth.doubles)
        self.requests += truth.counted
        self.throttles += truth.throttles

    def told(self, outcomes: dict[str, str], simulator: Simulator) -> None:
        self.wrong += wrong_rows(outcomes, simulator)
        self.wrong_rows = len(self.wrong)

    def figures(self, proof: str) -> Figures:
        return Figures(
            proof=proof,
            tasks=self.rounds * TASKS,
            starts=self.starts,
            doubles=self.doubles,
            wrong_rows=self.wrong_rows,
            requests=self.requests,
            throttles=self.throttles,
        )

    def assert_sound(self) -> None:
        assert self.starts == self.rounds * TASKS
        assert (self.doubles, self.wrong, self.throttles) == (0, [], 0)


@dataclass(frozen=True)
class Ended:
    exit_code: int
    outcomes: dict[str, str]


async def _in_this_process(simulator: Simulator, folders: Sequence[Path]) -> list[Ended]:
    """Run a launcher for each folder at once; what is the same folder is the same journal."""

    async def one(folder: Path) -> Ended:
        try:
            ended = await launch(simulator, simulator.task_ids, folder, settle=0.2)
        except AlreadyRunningError:
            return Ended(HELD, {})
        return Ended(ended.exit_code, outcomes_of(ended.report))

    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(one(folder)) for folder in folders]
    return [run.result() for run in runs]


async def _as_processes(simulator: Simulator, folders: Sequence[Path]) -> list[Ended]:
    """The same with processes, which get their ids at the same moment."""
    processes = []
    for number, folder in enumerate(folders):
        folder.mkdir(exist_ok=True)
        words = ("run", "-", "--journal", "journal.db", "--report", f"{number}.csv")
        processes.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "launcher", *words, "--settle", "0.2s"),
                cwd=folder,
                env=environment_for(simulator),
                stdin=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        )
    await asyncio.sleep(STARTING_S)
    ids = "".join(f"{task}\n" for task in simulator.task_ids).encode()
    async with asyncio.TaskGroup() as group:
        for process in processes:
            group.create_task(process.communicate(ids))
    return [
        Ended(process.returncode or 0, _outcomes(folder / f"{number}.csv"))
        for number, (process, folder) in enumerate(zip(processes, folders, strict=True))
    ]


def _outcomes(report: Path) -> dict[str, str]:
    if not report.exists():
        return {}
    return {row["task_id"]: row["outcome"] for row in rows_of(report)}


def _assert_one_at_a_time(journal: Path) -> None:
    """Expect every run of the journal to have ended before the next began."""
    spans = [
        (started.at, ended.at if ended else None) for started, ended in read_journal(journal).runs()
    ]
    for (_, ended_at), (started_at, _) in itertools.pairwise(spans):
        assert ended_at is not None
        assert ended_at <= started_at


async def _with_one_journal(folder: Path, *, launchers: int, processes: bool, count: Count) -> None:
    async with Simulator(Scenario(tasks=TASKS, run_latency_s=0.05)) as simulator:
        run = _as_processes if processes else _in_this_process
        ended = await run(simulator, [folder] * launchers)
        asked = simulator.truth.requests[RequestKind.RUN]
        (later,) = await _in_this_process(simulator, [folder])

        codes = [one.exit_code for one in ended]
        assert set(codes) <= {0, HELD}
        assert codes.count(0) >= 1
        assert processes or codes.count(HELD) == launchers - 1
        assert all(not one.outcomes for one in ended if one.exit_code == HELD)
        _assert_one_at_a_time(folder / "journal.db")
        assert later == Ended(0, dict.fromkeys(simulator.task_ids, "launched"))
        assert simulator.truth.requests[RequestKind.RUN] == asked == TASKS
        assert not simulator.truth.overlaps
        for one in (*(one for one in ended if not one.exit_code), later):
            count.told(one.outcomes, simulator)
        count.add(simulator)


async def _with_several_journals(
    folder: Path, *, launchers: int, processes: bool, count: Count
) -> None:
    async with Simulator(Scenario(tasks=TASKS, run_latency_s=0.05)) as simulator:
        run = _as_processes if processes else _in_this_process
        folders = [folder.with_name(f"{folder.name}-{number}") for number in range(launchers)]
        ended = await run(simulator, folders)

        assert [one.exit_code for one in ended] == [0] * launchers
        for task in simulator.task_ids:
            said = sorted(one.outcomes[task] for one in ended)
            assert said == ["launched", *["skipped"] * (launchers - 1)]
        for one in ended:
            count.told(one.outcomes, simulator)
        count.add(simulator)


ROUNDS = {"one journal": _with_one_journal, "several journals": _with_several_journals}


@pytest.mark.parametrize("launchers", [2, 5])
@pytest.mark.parametrize("journals", ROUNDS)
async def test_launchers_that_overlap_start_each_task_once_and_say_who(
    tmp_path: Path, journals: str, launchers: int
) -> None:
    count = Count()
    await ROUNDS[journals](tmp_path / "one", launchers=launchers, processes=False, count=count)

    count.assert_sound()


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("journals", ROUNDS)
async def test_a_hundred_overlaps_start_each_task_once_and_say_who(
    tmp_path: Path, note: Note, journals: str
) -> None:
    count = Count()
    for number in range(100):
        await ROUNDS[journals](
            tmp_path / str(number),
            launchers=(2, 5)[number % 2],
            processes=number % 5 == 0,
            count=count,
        )

    count.assert_sound()
    note(count.figures(f"overlap, {journals}"))
