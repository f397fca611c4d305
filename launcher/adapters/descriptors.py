"""Open files and connections: how many of them this process may have at once."""

import resource

from launcher.core.errors import UsageError

_OWN = 64
"""Of the journal and its readers, reports and the event loop, and inherited; measured: 16."""


def make_room(connections: int) -> None:
    """Let this process have so many connections beside its files.

    Without room it would take its own failures to connect for the platform's.

    Raises:
        UsageError: the system allows fewer.
    """
    needed = _OWN + connections
    allowed, ceiling = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or allowed >= needed:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, ceiling))
    except (ValueError, OSError) as error:
        raise UsageError(
            f"too few open files are allowed here: {connections} requests in flight need {needed}, "
            f"and the limit is {ceiling}; raise it (`ulimit -n {needed}`){_smaller(ceiling)}"
        ) from error


def _smaller(ceiling: int) -> str:
    """Return the other mend, where there is one."""
    fitting = ceiling - _OWN
    return f", or give --concurrency {fitting}" if fitting > 0 else ""
