"""Which figures are written for Prometheus, and when."""

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from launcher.adapters.figures import FAMILIES, Key
from launcher.adapters.metrics import EVERY_S, MeteredProgress, Metrics, open_metrics
from launcher.adapters.screen import QuietProgress
from launcher.core.costs import Cost
from launcher.core.outcome import Outcome
from launcher.ports import Feeding, Waited
from support.report_examples import AT, HandClock, report_of_rows, row, snapshot, with_summary

ENDPOINT = "https://cavatica-api.sbgenomics.com/v2"
DOCS = Path(__file__).parents[2] / "docs"


class Written:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.values: list[Mapping[Key, float]] = []

    def __call__(self, values: Mapping[Key, float]) -> None:
        self.values.append(values)

    def of(self, name: str) -> list[float | None]:
        """Return a figure without a label of its own, each time."""
        return [values.get((name, None)) for values in self.values]


def test_they_are_written_at_once_and_then_every_ten_seconds() -> None:
    written, clock = Written(), HandClock()
    progress = MeteredProgress(QuietProgress(), metrics := Metrics(written, clock, last={}))

    for launched in range(50):
        progress.show(snapshot(launched=launched))
        clock.passed_s += 0.5
    metrics.close()

    assert EVERY_S == 10.0
    assert [values["launcher_tasks", "launched"] for values in written.values] == [0, 20, 40]
    assert written.of("launcher_requests") == [2, 22, 42]
    assert written.of("launcher_duration_seconds") == [0.0, 10.0, 20.0]
    assert written.of("launcher_going") == [1, 1, 1]


def test_the_run_took_as_long_as_its_report_says() -> None:
    written, clock = Written(), HandClock()
    metrics = Metrics(written, clock, last={})

    clock.passed_s = 81.5
    metrics.ended(report_of_rows([row()]), at=AT, exit_code=0)

    assert written.of("launcher_duration_seconds") == [80.0]


def test_how_the_run_before_ended_stands_until_this_one_has() -> None:
    written, clock = Written(), HandClock()
    last: dict[Key, float] = {("launcher_last_exit_code", None): 4.0}
    metrics = Metrics(written, clock, last=last)

    metrics.show(snapshot())
    clock.passed_s = 3.25
    metrics.ended(None, at=AT + timedelta(seconds=3), exit_code=0)

    assert written.of("launcher_last_exit_code") == [4.0, 0]
    assert written.of("launcher_last_end_timestamp_seconds") == [None, AT.timestamp() + 3]
    assert written.of("launcher_duration_seconds") == [0.0, 3.25]
    assert written.of("launcher_going") == [1, 0]


@pytest.mark.parametrize(
    ("shown", "active"),
    [
        (snapshot(), None),
        (replace(snapshot(), feeding=Feeding(running=7, max_running=9)), 7),
        (replace(snapshot(), waited=Waited(states={"RUNNING": 3, "COMPLETED": 2}, left=3)), 3),
    ],
)
def test_active_tasks_are_told_where_somebody_looks(shown: object, active: int | None) -> None:
    written = Written()
    metrics = Metrics(written, HandClock(), last={})

    metrics.show(shown)  # type: ignore[arg-type]  # of the table
    metrics.ended(None, at=AT, exit_code=0)

    assert written.of("launcher_active_tasks") == [active, active]


def test_a_file_says_what_its_report_says(tmp_path: Path) -> None:
    path = tmp_path / "nightly.prom"
    of_run = report_of_rows([row(1), row(2, Outcome.REJECTED), row(3, Outcome.PENDING)])
    costs = (
        Cost(project="p", app="a", currency="USD", tasks=1, priced=1, amount=Decimal("1.25")),
        Cost(project="q", app="a", currency="USD", tasks=1, priced=1, amount=Decimal("0.50")),
        Cost(project="q", app="b", currency='E\nU"R', tasks=1, priced=1, amount=Decimal(2)),
        Cost(project="q", app="c", currency=None, tasks=1, priced=0, amount=Decimal(0)),
    )
    of_run = with_summary(of_run, replace(of_run.summary, costs=costs))

    metrics = open_metrics(path, endpoint=ENDPOINT, clock=HandClock())
    metrics.ended(of_run, at=AT, exit_code=1)

    samples = [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    ]
    assert {name for name, _, _ in samples} <= set(FAMILIES)
    assert {(labels.pop("endpoint"), labels.pop("name")) for _, labels, _ in samples} == {
        ("cavatica-api.sbgenomics.com", "nightly")
    }
    tasks = {
        labels["outcome"]: value for name, labels, value in samples if name == "launcher_tasks"
    }
    assert tasks == {one.value: getattr(of_run.summary, one.value) for one in Outcome}
    money = {
        labels["currency"]: value for name, labels, value in samples if name == "launcher_cost"
    }
    assert money == {"USD": 1.75, 'E\nU"R': 2.0}
    assert ("launcher_last_exit_code", {}, 1.0) in samples
    assert ("launcher_requests", {}, of_run.summary.requests) in samples
    assert [file.name for file in tmp_path.iterdir()] == ["nightly.prom"]


def test_the_next_run_reads_how_the_last_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "nightly.prom"
    first = open_metrics(path, endpoint=ENDPOINT, clock=HandClock())
    first.ended(None, at=AT, exit_code=143)

    second = open_metrics(path, endpoint=ENDPOINT, clock=HandClock())
    second.show(snapshot())
    second.close()

    said = path.read_text()
    assert (
        'launcher_last_exit_code{endpoint="cavatica-api.sbgenomics.com",name="nightly"} 143.0'
        in said
    )
    assert 'launcher_going{endpoint="cavatica-api.sbgenomics.com",name="nightly"} 1.0' in said


def test_a_name_that_is_no_text_is_a_label_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"odd\xff.prom")
    metrics = open_metrics(path, endpoint=ENDPOINT, clock=HandClock())
    metrics.ended(None, at=AT, exit_code=0)

    assert r'name="odd\\udcff"' in path.read_text()


def test_a_disk_that_takes_none_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: Mapping[Key, float]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    clock = HandClock()
    metrics = Metrics(refuse, clock, last={})
    for _ in range(5):
        metrics.show(snapshot())
        clock.passed_s += EVERY_S
    metrics.ended(None, at=AT, exit_code=0)

    assert [record.message for record in caplog.records] == [
        "metrics cannot be written; the run goes on without"
    ]


def test_every_figure_is_documented_with_its_label() -> None:
    rows = {
        cells[1].strip(): cells[2].strip()
        for line in (DOCS / "machines.md").read_text().splitlines()
        if line.startswith("| `launcher_") and (cells := line.split("|"))
    }

    assert rows == {
        f"`{name}`": "" if family.label is None else f"`{family.label}`"
        for name, family in FAMILIES.items()
    }
