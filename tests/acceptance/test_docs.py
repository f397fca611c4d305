"""The documentation names what there is."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from launcher.cli.app import app
from launcher.cli.options import SHARED
from launcher.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def _commands(group: Any, *before: str) -> dict[str, Any]:  # noqa: ANN401 - typer's own kind
    """Return every command by its words, those of groups after their group's."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        words = (*before, name)
        more = _commands(command, *words) if hasattr(command, "commands") else None
        found |= {" ".join(words): command} if more is None else more
    return found


COMMANDS = _commands(get_command(app))


def _section(command: str) -> str:
    text = (DOCS / "commands.md").read_text()
    return text.partition(f"\n## launcher {command}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_with_its_own_options(command: str) -> None:
    section = _section(command)

    options = {
        option.opts[-1]
        for option in COMMANDS[command].params
        if option.opts[0].startswith("-") and option.name not in SHARED
    }
    assert section
    assert not {option for option in options if not re.search(rf"(?<![\w-]){option}\b", section)}


def test_no_command_is_documented_that_does_not_exist() -> None:
    lines = (DOCS / "commands.md").read_text().splitlines()

    assert [
        line.removeprefix("## launcher ") for line in lines if line.startswith("## launcher ")
    ] == list(COMMANDS)


def test_every_setting_is_an_option_and_every_shared_option_a_setting() -> None:
    assert set(SHARED) - {"config"} == set(Settings.model_fields)


def test_every_setting_is_documented_as_an_option() -> None:
    text = (DOCS / "exit-codes-and-reports.md").read_text()

    assert not [name for name in SHARED if f"`--{name.replace('_', '-')}" not in text]
