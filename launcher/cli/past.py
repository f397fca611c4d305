"""`launcher runs` and `launcher report`."""

from typing import Annotated

import typer

from launcher.cli.options import Config, Journal


def runs(
    *,
    last: Annotated[
        int, typer.Option(min=0, metavar="N", help="The last N runs; 0: all of them.")
    ] = 20,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """List the past runs of the journal, the newest last."""
    from launcher.cli.reading import show_runs  # noqa: PLC0415 - help pays for no library

    show_runs(last, journal=journal, config=config)


def report(
    *,
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run id. [default: the last run]")
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help=".csv, .tsv, .json, .jsonl or .html; repeatable; - is stdout",
        ),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="With what later runs learnt about its tasks.")
    ] = False,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Write the report of a past run again, from the journal."""
    from launcher.cli.reading import show_report  # noqa: PLC0415

    show_report(run, output or ["-"], up_to_now=now, journal=journal, config=config)
