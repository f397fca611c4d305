"""Which programs are told of what: those that settings name, of runs alone."""

from dataclasses import replace

from launcher.core.errors import UsageError
from launcher.settings import Found, Source

OF_RUNS = ("events", "metrics", "notify_file", "on_finish")


def told_if_asked(found: Found) -> Found:
    """Return the settings with those programs alone that the command line itself names.

    A file or a variable names them for runs: one that watches or aborts is no run to them.
    """
    idle = [name for name in OF_RUNS if found.origins[name].source is not Source.ARGUMENT]
    changes = dict.fromkeys(idle)
    return replace(found, settings=found.settings.model_copy(update=changes))


def told_of_no_plan(found: Found) -> Found:
    """Return the settings without such programs: a plan does nothing that they wait for.

    Raises:
        UsageError: the command line names one.
    """
    for name in OF_RUNS:
        if found.origins[name].source is Source.ARGUMENT:
            raise UsageError(
                f"{found.named_by(name)} is about what a run does, and a plan does nothing: "
                "leave it out"
            )
    return told_if_asked(found)
