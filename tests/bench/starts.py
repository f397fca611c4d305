"""How long each command takes to start, as a ratio of a bare interpreter's time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from typer.main import get_command

from bench.programs import PYTHON
from bench.served import CLIENT_CPUS
from bench.timing import carried_out
from launcher.cli.app import app

ROUNDS = 7


def _named(group: Any, *before: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - typer's own kind
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _named(command, *before, name)
        else:
            yield (*before, name)


LEAST: Sequence[tuple[str, ...]] = (
    ("--version",),
    ("--help",),
    *((*words, "--help") for words in _named(get_command(app))),
    ("explain", "7007"),
    ("runs",),
    ("config", "show"),
)
"""Words that ask for no more than that the command starts."""


def starts(beside: Path) -> dict[str, float]:
    """Return by its words how many times a bare interpreter's CPU time each takes."""
    bare = _least_cpu_s((PYTHON, "-c", "pass"), beside)
    return {
        " ".join(words): _least_cpu_s((PYTHON, "-m", "launcher", *words), beside) / bare
        for words in LEAST
    }


def _least_cpu_s(words: Sequence[str], beside: Path) -> float:
    environment = {"HOME": str(beside)}
    costs = (
        carried_out(words, folder=beside, environment=environment, cpus=CLIENT_CPUS)
        for _ in range(ROUNDS)
    )
    return min(cost.cpu_s for cost in costs)
