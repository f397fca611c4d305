"""Where the number of tasks that may run can be changed."""

from dataclasses import replace

from launcher.adapters.dial import FileDial
from launcher.core.errors import UsageError
from launcher.wiring.command import Command


def dialled(command: Command) -> tuple[Command, FileDial | None]:
    """Return the command with the number that stands on its dial, and the dial, if there is one.

    So the number holds from the beginning, whatever becomes of the file. What starts no task has
    no use for it.

    Raises:
        UsageError: it is to be read there, and no number stands there.
    """
    settings = command.settings
    if settings.max_running_file is None or command.aborts is not None or command.watch:
        return command, None
    dial = FileDial(path=settings.max_running_file)
    told = dial.read()
    if isinstance(told, int):
        return replace(command, settings=settings.model_copy(update={"max_running": told})), dial
    if settings.max_running is None:
        raise UsageError(f"--max-running-file: {told}; write one there, or give --max-running N")
    return command, dial
