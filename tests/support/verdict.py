"""Rows of a report held against what the platform knows."""

from collections.abc import Iterable, Mapping

from launcher.core.report import Report
from launcher.simulator import Simulator


def outcomes_of(report: Report) -> dict[str, str]:
    """Return the outcome of each task in the report."""
    return {row.task_id: row.outcome.value for row in report.rows}


def wrong_rows(outcomes: Mapping[str, str], simulator: Simulator) -> list[str]:
    """Return the tasks whose outcome, or whose absence, is not what the platform knows.

    For runs on drafts that nobody but the simulator's user starts, from whatever journal.
    """
    started = set(simulator.truth.started)
    wrong = {"launched", "skipped"}, {"failed", "rejected", "pending"}
    return [
        task
        for task in _each(outcomes, simulator.task_ids)
        if outcomes.get(task) is None or outcomes[task] in wrong[task in started]
    ]


def _each(outcomes: Iterable[str], tasks: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys((*outcomes, *tasks))
