"""Where the number of tasks that may run can be changed."""

from launcher.adapters.dial import FileDial
from launcher.core.errors import UsageError
from launcher.settings import Settings


def dialled(settings: Settings) -> tuple[Settings, FileDial | None]:
    """Return the settings with what stands on the dial, and the dial, if there is one.

    So the number holds from the beginning, whatever becomes of the file.

    Raises:
        UsageError: it is to be read there, and no number stands there.
    """
    if settings.max_running_file is None:
        return settings, None
    dial = FileDial(path=settings.max_running_file)
    told = dial.read()
    if isinstance(told, int):
        return settings.model_copy(update={"max_running": told}), dial
    if settings.max_running is None:
        raise UsageError(f"--max-running-file: {told}; write one there, or give --max-running N")
    return settings, dial
