"""`launcher run` and `launcher plan`."""

import sys
from collections.abc import Mapping

import typer

from launcher.cli.options import Files, RerunFailed, Tasks, with_shared_options


@with_shared_options
def run(
    *,
    files: Files = None,
    task: Tasks = None,
    rerun_failed: RerunFailed = None,
    dry_run: bool = typer.Option(False, "--dry-run", help="The same as plan: sends only reads."),
    given: Mapping[str, object],
) -> None:
    """Launch draft tasks. Run it again to go on, or to launch again what failed."""
    from launcher.cli.launching import launch  # noqa: PLC0415 - help pays for no library

    sys.exit(launch(files or [], task or [], given=given, dry=dry_run, reruns=rerun_failed))


@with_shared_options
def plan(
    *,
    files: Files = None,
    task: Tasks = None,
    rerun_failed: RerunFailed = None,
    given: Mapping[str, object],
) -> None:
    """Say what `run` would do. Which tasks, how many requests, how long; sends only reads."""
    from launcher.cli.launching import launch  # noqa: PLC0415

    sys.exit(launch(files or [], task or [], given=given, dry=True, reruns=rerun_failed))
