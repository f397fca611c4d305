"""Words in, exit code out. Typer is imported for a command, and the rest when one runs."""

import atexit
import gc
import sys

from launcher import __version__
from launcher.adapters.output import writing_out
from launcher.adapters.signals import end_at_once
from launcher.cli.ending import exit_code_of, open_missing_streams


def main() -> None:
    """Run the command line and exit; whatever went wrong is said in one line."""
    atexit.register(gc.freeze)  # a search for cycles in what goes away takes 0.1 s
    end_at_once()
    open_missing_streams()
    asks_version = sys.argv[1:] == ["--version"]
    sys.exit(exit_code_of(_say_version if asks_version else _carry_out))


def _say_version() -> None:
    """Answer what scripts ask often before typer, which takes five times as long, is there."""
    with writing_out():
        sys.stdout.write(f"launcher {__version__}\n")
        sys.stdout.flush()


def _carry_out() -> None:
    from launcher.cli.app import carry_out  # noqa: PLC0415 - the version pays for no library

    carry_out()
