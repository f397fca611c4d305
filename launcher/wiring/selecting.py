"""The tasks of projects, made part of what a run was asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from launcher.core.errors import UsageError
from launcher.core.selection import Selection, joined, why_none
from launcher.engine.listing import Listed
from launcher.wiring.command import Command

Select = Callable[[Selection], Awaitable[Listed]]
"""Asks the platform for what is selected."""


async def with_listed(command: Command, select: Select) -> Command:
    """Return the command with the tasks of its projects, under the lock: no other run has them.

    Raises:
        LauncherError: they cannot be listed, or there is nothing to launch at all.
    """
    if command.selection is None:
        return command
    listed = await select(command.selection)
    wanted = joined(command.wanted, listed.tasks)
    if not wanted and not command.settings.allow_empty:
        raise UsageError(why_none(listed.tallies))
    return replace(command, wanted=wanted, listed=listed.seen)
