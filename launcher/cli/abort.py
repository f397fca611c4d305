"""`launcher abort`."""

import sys
from collections.abc import Mapping
from functools import partial
from typing import Annotated

import typer

from launcher.cli.options import SHARED, with_shared_options

_OWN = (
    "report",
    "journal",
    "concurrency",
    "max_attempts",
    "timeout",
    "settle",
    "reserve_share",
    "max_outage",
    "grace",
    "yes",
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
_HELP: Mapping[str, object] = {
    "max_attempts": Annotated[
        str | None,
        typer.Option(metavar="N", help="Abort requests for a task at most. [default: 6]"),
    ],
    "yes": Annotated[bool | None, typer.Option("--yes", "-y", help="Ask no question.")],
}


@partial(with_shared_options, of={name: _HELP.get(name, SHARED[name]) for name in _OWN})
def abort(
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run id, or: last")],
    given: Mapping[str, object],
) -> None:
    """Abort the tasks that a run launched, and no others. If it goes on, it is stopped first."""
    from launcher.cli.aborting import abort_run  # noqa: PLC0415 - help pays for no library

    sys.exit(abort_run(run, given=given))
