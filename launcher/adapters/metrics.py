"""Figures of a run for Prometheus: what they are, and when they are written."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from launcher.adapters.aside import Aside
from launcher.adapters.figures import Key
from launcher.core.errors import StorageError, UsageError
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report, Summary
from launcher.core.text import visible
from launcher.ports import Clock, Progress, Snapshot

EVERY_S = 10.0
"""Between two looks of Prometheus lies more, as a rule."""
SUFFIX = ".prom"
_OF_LAST = ("launcher_last_end_timestamp_seconds", "launcher_last_exit_code")

_Write = Callable[[Mapping[Key, float]], object]


class Metrics:
    """The figures of one run, written now and then in a thread of their own."""

    def __init__(self, write: _Write, clock: Clock, *, last: Mapping[Key, float]) -> None:
        self._clock = clock
        self._last = last
        self._active: dict[Key, float] = {}
        self._began_s = clock.monotonic()
        self._began_at = clock.now()
        self._written_s: float | None = None
        self._aside: Aside[Mapping[Key, float]] = Aside(write, what="metrics")

    def show(self, snapshot: Snapshot) -> None:
        """Write how the run stands, unless that was done just now."""
        self._active = _active(snapshot)
        now_s = self._clock.monotonic()
        if self._written_s is not None and now_s - self._written_s < EVERY_S:
            return
        self._written_s = now_s
        self._aside.put(
            {
                **self._last,
                **self._active,
                **self._always(is_going=True, duration_s=now_s - self._began_s),
                **{("launcher_tasks", one.value): snapshot.counts.get(one, 0) for one in Outcome},
                ("launcher_requests", None): snapshot.requests,
                ("launcher_throttled", None): snapshot.throttled,
            }
        )

    def ended(self, report: Report | None, *, at: datetime, exit_code: int) -> None:
        """Write how the run ended; without a report, that it did."""
        told_s = None if report is None else report.summary.duration_s
        took_s = self._clock.monotonic() - self._began_s if told_s is None else told_s
        self._aside.put(
            {
                **self._active,
                **({} if report is None else _of_summary(report.summary)),
                **self._always(is_going=False, duration_s=took_s),
                ("launcher_last_end_timestamp_seconds", None): at.timestamp(),
                ("launcher_last_exit_code", None): exit_code,
            }
        )
        self.close()

    def close(self) -> None:
        """Return when all is written, or given up."""
        self._aside.close()

    def _always(self, *, is_going: bool, duration_s: float) -> dict[Key, float]:
        return {
            ("launcher_going", None): int(is_going),
            ("launcher_duration_seconds", None): round(duration_s, 3),
            ("launcher_start_timestamp_seconds", None): self._began_at.timestamp(),
        }


def _active(snapshot: Snapshot) -> dict[Key, float]:
    if snapshot.feeding is not None:
        return {("launcher_active_tasks", None): snapshot.feeding.running}
    if snapshot.waited is not None:
        return {("launcher_active_tasks", None): snapshot.waited.left}
    return {}


def _of_summary(summary: Summary) -> dict[Key, float]:
    figures: dict[Key, float] = {
        ("launcher_tasks", one.value): getattr(summary, one.value) for one in Outcome
    }
    if summary.requests is not None:
        figures["launcher_requests", None] = summary.requests
    if summary.throttled is not None:
        figures["launcher_throttled", None] = summary.throttled
    costs: dict[str, Decimal] = {}
    for cost in summary.costs:
        if cost.currency is not None:
            costs[cost.currency] = costs.get(cost.currency, Decimal(0)) + cost.amount
    return {**figures, **{("launcher_cost", of): float(sum_) for of, sum_ in costs.items()}}


class MeteredProgress:
    """Words for people, and figures for machines beside them."""

    def __init__(self, progress: Progress, metrics: Metrics) -> None:
        self._progress = progress
        self._metrics = metrics
        self.say = progress.say

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self._progress.planned(plan, forecast)

    def show(self, snapshot: Snapshot) -> None:
        """See `Progress`."""
        self._progress.show(snapshot)
        self._metrics.show(snapshot)


def open_metrics(path: Path, *, endpoint: str, clock: Clock) -> Metrics:
    """Return what writes figures to `path`; how the run before ended stands there until the end.

    Raises:
        UsageError: its name is not one that is read, it is something else, or a library is missing.
        StorageError: it cannot be written.
    """
    try:
        from launcher.adapters.prometheus import read_metrics, write_metrics  # noqa: PLC0415 - others pay not
    except ImportError as error:
        raise UsageError(
            "--metrics needs a library that is not there: pip install prometheus-client"
        ) from error
    labels = {"endpoint": urlsplit(endpoint).netloc, "name": visible(path.stem)}
    try:
        _check(path)
        earlier = read_metrics(path)
    except OSError as error:
        raise StorageError(
            f"cannot write metrics to {visible(str(path))}: {error.strerror}; free or change that "
            "place, or name another with --metrics PATH"
        ) from error
    return Metrics(
        lambda values: write_metrics(path, values, common=labels),
        clock,
        last={key: value for key, value in earlier.items() if key[0] in _OF_LAST},
    )


def _check(path: Path) -> None:
    """Refuse a place that nobody would read, or that is not ours.

    Raises:
        OSError: it could not be written.
    """
    shown = visible(str(path))
    if path.suffix != SUFFIX:
        raise UsageError(f"the metrics {shown} would be read by nobody: end the name in {SUFFIX}")
    if path.is_dir():
        raise UsageError(f"the metrics {shown} are a folder: name a file in it")
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as there:
            if not there.read(100).startswith(b"# HELP launcher_"):
                raise UsageError(
                    f"{shown} is there and holds no metrics of the launcher: it is not replaced; "
                    "move it away, or name another file"
                )
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(0, f"the folder {visible(str(path.parent))} is write-protected")
