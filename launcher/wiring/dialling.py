"""Where the number of tasks that may run can be changed."""

from launcher.adapters.dial import FileDial
from launcher.core.errors import UsageError
from launcher.settings import Settings


def dial_of(settings: Settings) -> FileDial | None:
    """Return where `max_running` may be changed, if anywhere.

    What stands there now is what a run begins with, whatever becomes of the file meanwhile.

    Raises:
        UsageError: it is to be read there, and no number stands there.
    """
    if settings.max_running_file is None:
        return None
    dial = FileDial(path=settings.max_running_file)
    told = dial.read()
    if isinstance(told, int):
        dial.first = told
    elif settings.max_running is None:
        raise UsageError(f"--max-running-file: {told}; write one there, or give --max-running N")
    return dial
