"""Lags, late starts, small windows and a wrong clock over HTTP, all times scaled down."""

from pathlib import Path

import pytest

from launcher.core.outcome import Outcome
from launcher.simulator import Fault, Scenario, Simulator
from proofs.conftest import Note
from support.acceptance import launch
from support.figures import Figures

TASKS = 200
SETTLE_S = 0.3
FAULTS = dict.fromkeys((Fault.LATE_START, Fault.LATE_START_504, Fault.RESET_AFTER), 1.0)
HOUR_S = 3600.0


@pytest.mark.prove
@pytest.mark.parametrize("skew_s", [-HOUR_S, HOUR_S], ids=["hour behind", "hour ahead"])
async def test_lags_and_late_starts_beyond_both_reads_over_http(
    skew_s: float, tmp_path: Path, note: Note
) -> None:
    scenario = Scenario(
        tasks=TASKS,
        fault_share=0.3,
        fault_weights=FAULTS,
        max_faults_per_task=1,
        late_start_s=4 * SETTLE_S,
        read_lag_s=4 * SETTLE_S,
        limit=150,
        window_s=4.0,
        clock_skew_s=skew_s,
        latency_s=0.02,
    )
    async with Simulator(scenario) as simulator:
        first = await launch(simulator, simulator.task_ids, tmp_path, settle=SETTLE_S)
        second = await launch(simulator, simulator.task_ids, tmp_path, settle=SETTLE_S)
        truth = simulator.truth
        starts = [truth.starts_of(task) for task in simulator.task_ids]

        assert {row.outcome for row in first.report.rows} <= {Outcome.LAUNCHED, Outcome.UNKNOWN}
        assert second.report.summary.launched == TASKS
        assert all(len(of_task) == 1 for of_task in starts)
        note(
            Figures(
                proof=f"lag and late starts over HTTP, platform's clock {skew_s / HOUR_S:+.0f} h",
                tasks=TASKS,
                faults={fault.value: count for fault, count in truth.faults.items()},
                starts=sum(map(len, starts)),
                throttles=sum(one.report.run.throttled or 0 for one in (first, second)),
                requests=sum(one.report.summary.requests or 0 for one in (first, second)),
            )
        )
