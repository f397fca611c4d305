"""The number of tasks that may run, as a file tells it when a run begins."""

from pathlib import Path

import pytest

from launcher.core.errors import UsageError
from launcher.settings import Settings
from launcher.wiring.dialling import dialled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "running"


def test_the_number_there_holds_from_the_beginning_whatever_becomes_of_the_file(
    path: Path,
) -> None:
    path.write_text("3\n")

    settings, dial = dialled(Settings(max_running=50, max_running_file=path))
    path.write_text("gone")

    assert settings.max_running == 3
    assert dial is not None
    assert isinstance(dial.read(), str)


def test_without_a_number_there_the_other_one_holds(path: Path) -> None:
    settings, dial = dialled(Settings(max_running=50, max_running_file=path))

    assert settings.max_running == 50
    assert dial is not None


def test_without_any_number_nothing_begins(path: Path) -> None:
    with pytest.raises(UsageError, match=r"--max-running-file: .* cannot be read"):
        dialled(Settings(max_running_file=path))
