"""The command line, called in this process as a user would call it."""

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import typer.main

from launcher.cli import main
from launcher.simulator import Scenario, Simulator
from support.limits import handlers_kept
from support.served import served


@dataclass(frozen=True)
class Said:
    """What one call of the launcher came to."""

    exit_code: int
    out: str
    words: str


Call = Callable[..., Said]

_built = cache(typer.main.get_command)
"""What typer makes of all commands: it is the same each time, and takes a third of a short one."""


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Call `launcher WORDS`, standard input from `stdin`, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(typer.main, "get_command", _built)

    def one(*words: str, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "argv", ["launcher", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            with handlers_kept():
                main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        said = capsys.readouterr()
        return Said(exit_code=code, out=said.out, words=said.err)

    return one


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Serve 20 healthy drafts; the environment names the endpoint and the token."""
    with served(Scenario(tasks=20)) as serving:
        monkeypatch.setenv("SB_API_ENDPOINT", serving.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", serving.token)
        yield serving
