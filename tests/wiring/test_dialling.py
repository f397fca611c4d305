"""The number of tasks that may run, as a file tells it when a run begins."""

from pathlib import Path

import pytest

from launcher.core.errors import UsageError
from launcher.settings import Settings
from launcher.wiring.dialling import dial_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "running"


def test_a_run_begins_with_the_number_that_was_checked_whatever_becomes_of_the_file(
    path: Path,
) -> None:
    path.write_text("3\n")

    dial = dial_of(Settings(max_running_file=path))
    path.write_text("gone")

    assert dial is not None
    assert dial.read() == 3
    assert "stands 'gone'" in str(dial.read())


def test_without_a_number_there_the_other_one_holds(path: Path) -> None:
    dial = dial_of(Settings(max_running=50, max_running_file=path))

    assert dial is not None
    assert "cannot be read" in str(dial.read())


def test_without_any_number_nothing_begins(path: Path) -> None:
    with pytest.raises(UsageError, match=r"--max-running-file: .* cannot be read"):
        dial_of(Settings(max_running_file=path))
