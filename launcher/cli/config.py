"""`launcher config`."""

from collections.abc import Mapping
from typing import Annotated

import typer

from launcher.cli.group import Commands, OneCommand
from launcher.cli.options import with_shared_options

config = typer.Typer(
    cls=Commands,
    name="config",
    help="Show the settings, and where each comes from.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@config.callback()
def _config() -> None:
    """Keep `show` a word of its own, however few commands there are beside it."""


@config.command("show", cls=OneCommand)
@with_shared_options
def show(
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    given: Mapping[str, object],
) -> None:
    """Show what a run with these options would use. Every setting, its value, its origin."""
    from launcher.cli.configuring import show_settings  # noqa: PLC0415 - help pays for no library

    show_settings(given, as_json=json)
