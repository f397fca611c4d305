"""`launcher journal`."""

import sys
from typing import Annotated

import typer

from launcher.cli.group import Commands, OneCommand
from launcher.cli.options import Config, Journal

journal = typer.Typer(
    cls=Commands,
    name="journal",
    help="Look after the journal: check it, delete what is old from it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@journal.command("check", cls=OneCommand)
def check(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="The findings as JSON, for programs.")
    ] = False,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Say what the journal holds, and whether it is sound. Locks and changes nothing."""
    from launcher.cli.keeping import check_journal  # noqa: PLC0415 - help pays for no library

    sys.exit(check_journal(as_json=as_json, journal=journal, config=config))


@journal.command("prune", cls=OneCommand)
def prune(
    *,
    before: Annotated[
        str,
        typer.Option(metavar="DATE", help="As 2026-11-01 (UTC), or 90d for 90 days ago."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask no question.")] = False,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Delete the facts of runs that ended before a date. What is in doubt or active stays."""
    from launcher.cli.keeping import prune_journal  # noqa: PLC0415

    prune_journal(before, dry=dry_run, is_agreed=yes, journal=journal, config=config)
