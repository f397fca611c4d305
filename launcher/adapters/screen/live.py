"""Progress on a terminal: a block of a few lines that is drawn anew twice a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from launcher.adapters.screen.block import draw_block
from launcher.adapters.screen.keyboard import Keyboard, is_in_foreground
from launcher.adapters.screen.words import plan_in_words, shown
from launcher.core.plan import Forecast, Plan
from launcher.ports import Clock, Snapshot

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_ERASE_LINE, _UP_AND_ERASE = "\r\x1b[2K", "\x1b[1A\x1b[2K"


class LiveProgress:
    """The block is drawn while the context is open, and wiped when it is left, however it is.

    It stands on a terminal that other things change: windows become narrower, Ctrl-Z gives the
    terminal to the shell and `fg` gives it back.
    """

    def __init__(
        self,
        console: Console,
        clock: Clock,
        *,
        zone: tzinfo | None = None,
        is_stderr: bool = False,
    ) -> None:
        self._console = console
        self._clock = clock
        self._zone = zone
        self._is_stderr = is_stderr
        self._plan: Plan | None = None
        self._keyboard = Keyboard(console.file, leave=self._left)
        self._is_away = False
        self._drawn: tuple[int, ...] = ()
        """The columns of each line of the block on the screen."""
        self._live = self._new_live()

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._wipe()

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self._plan = plan
        self._console.print(Text(plan_in_words(plan, forecast)))

    def show(self, snapshot: Snapshot) -> None:
        """See `Progress`."""
        if not is_in_foreground(self._console.file):
            return
        self._keyboard.hush()
        self._find_block()
        now = self._clock.now()
        block = draw_block(snapshot, plan=self._plan, now=now, zone=self._zone)
        lines = self._console.render_lines(block, pad=False)[: self._console.height]
        self._drawn = tuple(sum(part.cell_length for part in line) for line in lines)
        self._live.update(block, refresh=True)  # last: Ctrl-Z may come at once

    def say(self, message: str) -> None:
        """See `Progress`."""
        self._console.print(Text(shown(message, limit=2000)))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See `Screen`."""
        self._wipe()
        try:
            yield
        finally:
            self._live = self._new_live()
            self._begin()

    def _new_live(self) -> Live:
        return Live(
            Text(""),
            console=self._console,
            auto_refresh=False,
            transient=True,
            vertical_overflow="crop",
            redirect_stdout=False,
            redirect_stderr=self._is_stderr,
        )

    def _begin(self) -> None:
        self._keyboard.hush()
        self._live.start()

    def _wipe(self) -> None:
        """Take the block away; emptied first, as the last one is drawn in full, however low."""
        try:
            self._find_block()
            self._live.update(Text(""), refresh=self._live.is_started)
            self._live.stop()
        finally:
            self._drawn = ()
            self._keyboard.restore()

    def _find_block(self) -> None:
        """Bring the cursor to where the block was left, as rich counts it from there."""
        if self._is_away:
            self._is_away = False
            lines = "\n" * max(len(self._drawn) - 1, 0)
            self._console.file.write(f"{lines}{_HIDE_CURSOR}")
            return
        columns = self._console.width
        wrapped = sum((drawn - 1) // columns for drawn in self._drawn if drawn)
        if wrapped:  # the window became narrower: most terminals break the lines anew
            self._console.file.write(_ERASE_LINE + _UP_AND_ERASE * wrapped)

    def _left(self) -> str:
        """Return what wipes the block before the shell takes over."""
        self._is_away = True
        return _ERASE_LINE + _UP_AND_ERASE * max(len(self._drawn) - 1, 0) + _SHOW_CURSOR
