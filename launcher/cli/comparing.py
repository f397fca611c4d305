"""What `report --compare` does; imported only when it runs."""

import sys
from collections.abc import Mapping
from pathlib import Path

from launcher.adapters.screen import print_comparison
from launcher.cli.reading import chosen_run, drawn, open_reader
from launcher.core.comparison import compare
from launcher.core.errors import UsageError


def show_comparison(
    one: str | None,
    other: str,
    *,
    beside: Mapping[str, object],
    journal: Path | None,
    config: Path | None,
) -> None:
    """Say on standard output what changed from the older of two runs to the newer.

    `beside` are the options that say nothing here, as they were given.

    Raises:
        UsageError: one of these was given, or there are no two runs of these names.
    """
    for option, value in beside.items():
        if value:
            raise UsageError(
                f"--compare says in words what was true when each run ended: leave {option} out"
            )
    reader = open_reader(journal, config)
    runs = (chosen_run(reader, one), chosen_run(reader, other))
    older, newer = sorted(runs, key=lambda run: (run.started_at, run.run_id))
    if older.run_id == newer.run_id:
        raise UsageError(f"--compare needs two runs, and both are {older.run_id}")
    comparison = compare(drawn(reader, older).rows, drawn(reader, newer).rows)
    print_comparison(comparison, older=older, newer=newer, stream=sys.stdout)
