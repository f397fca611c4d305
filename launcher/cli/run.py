"""`launcher run` and `launcher plan`."""

import sys
from collections.abc import Mapping

import typer

from launcher.cli.options import (
    Files,
    RerunFailed,
    Tasks,
    with_selectors,
    with_shared_options,
)


@with_shared_options
@with_selectors
def run(
    *,
    files: Files = None,
    task: Tasks = None,
    selected: Mapping[str, object],
    rerun_failed: RerunFailed = None,
    dry_run: bool = typer.Option(False, "--dry-run", help="The same as plan: sends only reads."),
    given: Mapping[str, object],
) -> None:
    """Launch draft tasks. Run it again to go on, or to launch again what failed."""
    from launcher.cli.launching import Words, launch  # noqa: PLC0415 - help pays for no library

    words = Words(files=files or [], tasks=task or [], selected=selected, reruns=rerun_failed)
    sys.exit(launch(words, given=given, dry=dry_run))


@with_shared_options
@with_selectors
def plan(
    *,
    files: Files = None,
    task: Tasks = None,
    selected: Mapping[str, object],
    rerun_failed: RerunFailed = None,
    given: Mapping[str, object],
) -> None:
    """Say what `run` would do. Which tasks, how many requests, how long; sends only reads."""
    from launcher.cli.launching import Words, launch  # noqa: PLC0415

    words = Words(files=files or [], tasks=task or [], selected=selected, reruns=rerun_failed)
    sys.exit(launch(words, given=given, dry=True))
