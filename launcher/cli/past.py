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
            help=".csv, .tsv, .json, .jsonl, .html, .md, .xml; repeatable; - is stdout",
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Lists of ids by outcome: DIR/failed.txt and five more."),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Say what changed between that run and this one."),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="With what later runs learnt about its tasks.")
    ] = False,
    journal: Journal = None,
    config: Config = None,
) -> None:
    """Write the report of a past run again, from the journal."""
    if compare is not None:
        from launcher.cli.comparing import show_comparison  # noqa: PLC0415

        beside = {"--output": output, "--split": split, "--now": now}
        show_comparison(run, compare, beside=beside, journal=journal, config=config)
        return
    from launcher.cli.reading import show_report  # noqa: PLC0415

    targets = output or ([] if split is not None else ["-"])
    show_report(run, targets, split=split, up_to_now=now, journal=journal, config=config)
