"""A large run reads its facts once for all that is told at its end."""

import os
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from launcher.core import drawing
from launcher.core.errors import StorageError
from launcher.core.rows import row_of
from launcher.simulator import Kind, Scenario, Simulator
from launcher.simulator.serving import write_ids
from support.served import served

TASKS = 20


class _Counting:
    """Draws rows, and counts them; those beyond `most` cannot be read."""

    def __init__(self) -> None:
        self.rows = 0
        self.most = 1000

    def __call__(self, *what: object, **shown: object) -> object:
        self.rows += 1
        if self.rows > self.most:
            raise StorageError("cannot read entry 7 of the journal")
        return row_of(*what, **shown)  # type: ignore[arg-type]  # as it is called


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> _Counting:
    counting = _Counting()
    monkeypatch.setattr(drawing, "ROWS_KEPT", TASKS - 1)
    monkeypatch.setattr(drawing, "row_of", counting)
    return counting


def _run(call: Call, simulator: Simulator, *words: str) -> Said:
    write_ids(Path("tasks.txt"), simulator.task_ids)
    return call("run", "tasks.txt", "--yes", "--journal", "j.db", *words)


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        (("--report", "one.csv"), 1),
        (("--report", "one.csv", "--report", "two.tsv"), 2),
        (("--report", "one.csv", "--quiet"), 1),
        (("--report", "one.json"), 2),
        (("--report", "-"), 2),
    ],
)
def test_each_report_is_one_reading_and_the_closing_words_none(
    call: Call, simulator: Simulator, drawn: _Counting, *, words: tuple[str, ...], readings: int
) -> None:
    said = _run(call, simulator, *words)

    assert said.exit_code == 0
    assert ("20 launched" in said.words) == ("--quiet" not in words)
    assert drawn.rows == readings * TASKS


@pytest.mark.parametrize("target", ["one.csv", "one.json", "-"])
@pytest.mark.parametrize("words", [(), ("--quiet",), ("--once",)])
def test_rows_that_cannot_be_read_are_told_and_nothing_is_written(
    call: Call, simulator: Simulator, drawn: _Counting, *, target: str, words: tuple[str, ...]
) -> None:
    drawn.most = TASKS - 1

    said = _run(call, simulator, "--report", target, *words)

    assert (said.exit_code, said.out) == (5, "")
    assert said.words.count("cannot read entry 7 of the journal") == 1
    assert "launched" not in said.words.splitlines()[-1]
    assert not Path(target).exists()


@pytest.mark.parametrize("target", ["-", "pipe"])
def test_no_part_of_a_report_is_poured_where_rows_cannot_be_read(
    call: Call, simulator: Simulator, drawn: _Counting, target: str
) -> None:
    _run(call, simulator, "--report", "one.csv")
    drawn.most = drawn.rows + TASKS - 1
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)

    said = call("report", "--journal", "j.db", "-o", target)

    assert (said.exit_code, said.out, os.read(reader, 1)) == (5, "", b"")
    os.close(reader)


def test_news_of_a_tick_whose_rows_cannot_be_read_are_told_by_the_next(
    call: Call, drawn: _Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=TASKS, special={Kind.FORBIDDEN: 1})) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        drawn.most = TASKS - 1
        broken = _run(call, simulator, "--once", "--log-format", "json")
        drawn.most = 1000
        said = _run(call, simulator, "--once")

    assert (broken.exit_code, said.exit_code) == (5, 1)
    assert "New since the last tick that told anything: 1 task." in said.words
