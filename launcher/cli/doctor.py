"""`launcher doctor`."""

import sys
from collections.abc import Mapping
from functools import partial

import typer

from launcher.cli.options import SHARED, with_shared_options

_OWN = (
    "journal",
    "timeout",
    "profile",
    "endpoint",
    "token_file",
    "ca_file",
    "verbose",
    "log_format",
    "config",
)


@partial(with_shared_options, of={name: SHARED[name] for name in _OWN})
def doctor(
    *,
    as_json: bool = typer.Option(False, "--json", help="The findings as JSON, for programs."),
    given: Mapping[str, object],
) -> None:
    """Check all that a run needs, and say how to mend it. Launches and writes nothing."""
    from launcher.cli.examining import examine  # noqa: PLC0415 - help pays for no library

    sys.exit(examine(given, as_json=as_json))
