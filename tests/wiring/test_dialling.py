"""The number of tasks that may run, as a file tells it when a run begins."""

from pathlib import Path

import pytest

from launcher.adapters.credentials import Credentials
from launcher.core.entry import RunId
from launcher.core.errors import UsageError
from launcher.settings import Settings
from launcher.wiring.command import Command
from launcher.wiring.dialling import dialled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "running"


def _command(path: Path, *, max_running: int | None, watch: bool = False) -> Command:
    return Command(
        run=RunId("run-1"),
        wanted=(),
        settings=Settings(max_running=max_running, max_running_file=path),
        credentials=Credentials(endpoint="https://e/v2", token="t" * 32, found_in="here"),
        arguments=(),
        watch=watch,
    )


def test_the_number_there_holds_from_the_beginning_whatever_becomes_of_the_file(
    path: Path,
) -> None:
    path.write_text("3\n")

    command, dial = dialled(_command(path, max_running=50))
    path.write_text("gone")

    assert command.settings.max_running == 3
    assert dial is not None
    assert isinstance(dial.read(), str)


def test_without_a_number_there_the_other_one_holds(path: Path) -> None:
    command, dial = dialled(_command(path, max_running=50))

    assert command.settings.max_running == 50
    assert dial is not None


def test_without_any_number_nothing_begins(path: Path) -> None:
    with pytest.raises(UsageError, match=r"--max-running-file: .* cannot be read"):
        dialled(_command(path, max_running=None))


def test_who_starts_nothing_needs_no_number(path: Path) -> None:
    command, dial = dialled(_command(path, max_running=None, watch=True))

    assert command.settings.max_running is None
    assert dial is None
