"""Which progress fits a stream."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import tzinfo
from typing import Protocol, TextIO

from launcher.adapters.screen.console import console_on, is_live
from launcher.adapters.screen.keyboard import is_in_foreground
from launcher.adapters.screen.live import LiveProgress
from launcher.adapters.screen.plain import PlainProgress, QuietProgress
from launcher.ports import Clock, Progress


class Screen(Progress, Protocol):
    """Progress that can step aside for a question."""

    def paused(self) -> AbstractContextManager[None]:
        """Leave the terminal alone while the body runs."""
        ...


@contextmanager
def open_progress(
    *,
    stream: TextIO,
    quiet: bool,
    plain: bool = False,
    clock: Clock,
    zone: tzinfo | None = None,
) -> Iterator[Screen]:
    """Yield what fits `stream`: live on a terminal, else (or if `plain`) lines; nothing if `quiet`.

    In the background (`launcher run … &`) a terminal gets lines: its cursor is the shell's.
    `zone` is shown instead of the local one.
    """
    if quiet:
        yield QuietProgress()
        return
    console = console_on(stream)
    if plain or not is_live(console) or not is_in_foreground(stream):
        yield PlainProgress(stream, clock, zone=zone)
        return
    with LiveProgress(console, clock, zone=zone, is_stderr=stream is sys.stderr) as live:
        yield live
