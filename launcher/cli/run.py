"""`launcher run` and `launcher plan`."""

import sys
from collections.abc import Mapping

import typer

from launcher.cli.options import Files, Tasks, with_selectors, with_shared_options


@with_shared_options
@with_selectors
def run(
    *,
    files: Files = None,
    task: Tasks = None,
    selected: Mapping[str, object],
    dry_run: bool = typer.Option(False, "--dry-run", help="The same as plan: sends only reads."),
    given: Mapping[str, object],
) -> None:
    """Launch draft tasks. Run it again to go on, or to launch again what failed."""
    from launcher.cli.launching import launch  # noqa: PLC0415 - help pays for no library

    sys.exit(launch(files or [], task or [], selected=selected, given=given, dry=dry_run))


@with_shared_options
@with_selectors
def plan(
    *,
    files: Files = None,
    task: Tasks = None,
    selected: Mapping[str, object],
    given: Mapping[str, object],
) -> None:
    """Say what `run` would do. Which tasks, how many requests, how long; sends only reads."""
    from launcher.cli.launching import launch  # noqa: PLC0415

    sys.exit(launch(files or [], task or [], selected=selected, given=given, dry=True))
