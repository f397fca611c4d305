"""The launcher beside a loop over the official client: what docs/compared-with-a-loop.md says."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sevenbridges import Api
from sevenbridges.http.error_handlers import general_error_sleeper, rate_limit_sleeper

import sdk_loop
from launcher.core.outcome import Outcome
from launcher.simulator import RECOVERABLE, Fault, Scenario, Simulator
from support.acceptance import assert_true, environment_for, launch
from support.served import served

DOCS = Path(__file__).parents[2] / "docs"
LATE_START_S = 0.02
PAUSE_S = 0.03  # stands for five minutes: a late start comes meanwhile
HEALTHY = Scenario(tasks=200, seed=7)
MISBEHAVING = Scenario(
    tasks=120,
    seed=7,
    fault_share=1 / 3,
    fault_weights={
        fault: 1.0 for fault in RECOVERABLE if fault not in {Fault.THROTTLED, Fault.THROTTLED_HTML}
    },
    max_faults_per_task=1,
    late_start_s=LATE_START_S,
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody tells of a platform's tasks after launching them."""

    simulator: Simulator
    launched: frozenset[str]
    failed: frozenset[str] = field(default_factory=frozenset)

    def compared(self) -> dict[str, float]:
        """Compare it with the truth, in the rows of the page."""
        truth, tasks = self.simulator.truth, self.simulator.task_ids
        started = set(truth.started)
        return {
            "drafts started": len(started),
            "left a draft": len(tasks) - len(started),
            "running, but called failed": len(self.failed & started),
            "a draft, but called launched": len(self.launched - started),
            "requests": truth.counted,
            "requests a task": truth.counted / len(tasks),
        }


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # the client believes the environment


def looped(scenario: Scenario, *sleepers: Callable[..., object]) -> Told:
    """Launch everything with the loop, and these error handlers of the client."""
    with served(scenario) as simulator:
        handlers = [rate_limit_sleeper, *sleepers]
        api = Api(simulator.endpoint, simulator.token, error_handlers=handlers, debug=True)
        with api.session:
            log = sdk_loop.launch(api, simulator.task_ids)
    return Told(simulator=simulator, launched=frozenset(log.launched), failed=frozenset(log.failed))


def launched(scenario: Scenario, folder: Path) -> Told:
    """Launch everything with the launcher, of which no row may be wrong."""
    with served(scenario) as simulator:
        ended = asyncio.run(launch(simulator, simulator.task_ids, folder, settle=0.3, timeout=5.0))
    assert_true(ended.report, simulator)
    assert {row.outcome for row in ended.report.rows} == {Outcome.LAUNCHED}
    assert not simulator.truth.doubles
    return Told(
        simulator=simulator, launched=frozenset(str(row.task_id) for row in ended.report.rows)
    )


def assert_page_says(heading: str, columns: Sequence[Mapping[str, float]]) -> None:
    """Compare the table below a heading with what was measured: counts exactly, shares nearly.

    How often the launcher reads varies by a request or two with the speed of the machine.
    """
    page = (DOCS / "compared-with-a-loop.md").read_text(encoding="utf-8")
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    told = {name.strip(): [float(cell) for cell in cells] for name, *cells in rows[2:]}
    measured = {name: [column[name] for column in columns] for name in told}

    assert told
    assert told == {name: pytest.approx(values, abs=0.05) for name, values in measured.items()}


def test_on_a_healthy_platform_the_loop_takes_twice_the_requests(tmp_path: Path) -> None:
    loop = looped(HEALTHY).compared()
    ours = launched(HEALTHY, tmp_path).compared()

    assert loop["requests a task"] == 2
    assert ours["requests a task"] <= 1.03
    assert_page_says("A healthy platform", [loop, ours])


@pytest.mark.takes(5)
def test_on_a_misbehaving_platform_only_the_launcher_leaves_no_draft_and_tells_no_lie(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loop = looped(MISBEHAVING)
    patient = looped(MISBEHAVING, partial(general_error_sleeper, sleep=PAUSE_S))
    sleeps = sum(record.message.startswith("Caught [5") for record in caplog.records)
    ours = launched(MISBEHAVING, tmp_path)

    columns = [
        told.compared() | {"sleeps of five minutes": slept}
        for told, slept in ((loop, 0), (patient, sleeps), (ours, 0))
    ]
    assert sum(loop.simulator.truth.faults.values()) == 43
    assert loop.simulator.truth.faults == ours.simulator.truth.faults
    assert columns[0]["left a draft"] > columns[1]["left a draft"] > 0
    assert columns[2]["left a draft"] == columns[2]["running, but called failed"] == 0
    assert_page_says("A misbehaving platform", columns)


async def test_the_loop_runs_as_the_page_shows_it(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=2)) as simulator:
        ids = tmp_path / "tasks.txt"
        ids.write_text("\n".join(simulator.task_ids), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            DOCS / "examples" / "sdk_loop.py",
            ids,
            env=environment_for(simulator),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()

        assert out.decode() == "2 launched, 0 skipped, 0 failed\n"
        assert len(simulator.truth.started) == 2
