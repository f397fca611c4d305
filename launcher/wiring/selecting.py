"""The tasks of projects, made part of what a run was asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import chain

from launcher.core.entry import Account
from launcher.core.errors import UsageError
from launcher.core.history import History
from launcher.core.selection import Selection, joined, why_none
from launcher.core.ticks import Tick
from launcher.engine.listing import Listed
from launcher.wiring.command import Command
from launcher.wiring.keeping import Keeper

Select = Callable[[Selection], Awaitable[Listed]]
"""Asks the platform for what is selected."""


async def with_listed(
    command: Command,
    select: Select,
    *,
    history: History,
    account: Account,
    tick: Tick | None = None,
) -> Command:
    """Return the command with the tasks of its projects, under the lock: no other run has them.

    With them go those that earlier runs took from there and that are to be looked after, see
    `Keeper`.

    Raises:
        LauncherError: they cannot be listed, or there is nothing to launch at all.
    """
    if command.selection is None:
        return command
    settings = command.settings
    limits = (settings.max_running, settings.max_running_file, settings.max_cost)
    selection = replace(command.selection, with_active=any(one is not None for one in limits))
    listed = await select(selection)
    kept = Keeper(history, account, selection, settings=settings, tick=tick).kept()
    wanted = joined(command.wanted, chain(listed.tasks, kept))
    if not wanted and not command.settings.allow_empty:
        raise UsageError(why_none(listed.tallies))
    return replace(command, wanted=wanted, listed=listed.seen)
