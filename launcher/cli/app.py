"""The commands and their places. Only typer is imported here: each imports what it needs."""

from typing import Annotated

import typer

from launcher import __version__
from launcher.cli.abort import abort
from launcher.cli.config import config
from launcher.cli.doctor import doctor
from launcher.cli.explain import explain
from launcher.cli.group import Commands, OneCommand
from launcher.cli.journal import journal
from launcher.cli.past import report, runs
from launcher.cli.rehearse import demo, simulate
from launcher.cli.run import plan, run
from launcher.cli.watch import watch

app = typer.Typer(
    cls=Commands,
    name="launcher",
    help="Start draft tasks on CAVATICA and the other Seven Bridges platforms, each exactly once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain words: narrow terminals, pipes, and [default: 16] is no markup
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"launcher {__version__}")
        raise typer.Exit


@app.callback()
def _launcher(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    del version


for _command in (run, plan, watch, runs, report, abort, doctor, explain, simulate, demo):
    app.command(_command.__name__, cls=OneCommand)(_command)
app.add_typer(config)
app.add_typer(journal)


def carry_out() -> None:
    """Do what the words of the command line ask for, and exit."""
    app(prog_name=app.info.name)
