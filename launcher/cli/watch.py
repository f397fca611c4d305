"""`launcher watch`."""

import sys
from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer

from launcher.cli.options import SHARED, Tasks, with_shared_options

Past = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN|FILE|-]...", help="A run id, or files of tasks. [default: your last run]"
    ),
]
_OPTIONS = (
    "report",
    "fields",
    "journal",
    "concurrency",
    "timeout",
    "reserve_share",
    "poll",
    "max_outage",
    "column",
    "profile",
    "endpoint",
    "token_file",
    "ca_file",
    "quiet",
    "verbose",
    "log_format",
    "events",
    "on_finish",
    "config",
)


@partial(with_shared_options, of={name: SHARED[name] for name in _OPTIONS})
def watch(*, past: Past = None, task: Tasks = None, given: Mapping[str, object]) -> None:
    """Follow tasks until they have ended. Starts nothing, writes no journal, holds no lock."""
    from launcher.cli.watching import watch_tasks  # noqa: PLC0415 - help pays for no library

    sys.exit(watch_tasks(past or [], task or [], given=given))
