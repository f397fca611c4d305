"""Who is told by a message, and what becomes of it; addresses are secrets and never shown."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from launcher.adapters.signals import breaking_off
from launcher.core.errors import InterruptedRunError, UsageError
from launcher.core.notice import Notice
from launcher.core.text import visible

log = logging.getLogger(__name__)

LIMIT_S = 30.0
"""How long all messages of a run may take."""

Send = Callable[[str, Notice], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses that a file holds, by its lines; `send` is how one of them is told."""

    path: Path
    lines: Sequence[int]
    addresses: Sequence[str] = field(repr=False)
    send: Send

    def tell(self, notice: Notice, *, limit_s: float = LIMIT_S) -> None:
        """Send the message to all; those that do not take it are one warning, and nothing else."""
        left = dict(zip(self.lines, self.addresses, strict=True))

        def send() -> None:
            for line, address in [*left.items()]:
                if self.send(address, notice):
                    del left[line]

        thread = Thread(target=send, name="notices", daemon=True)
        try:
            with breaking_off(more=""):
                thread.start()
                thread.join(limit_s)
        except InterruptedRunError as error:
            why = f"it was {error}"
        else:
            why = f"not done within {limit_s:g} s" if thread.is_alive() else "not taken"
        if failed := [*left]:
            log.warning(
                "a message could not be sent",
                extra={"file": str(self.path), "lines": failed, "why": why},
            )


def open_addresses(path: Path) -> Addresses:
    """Return the addresses in the file, one a line, beside empty lines and comments.

    Raises:
        UsageError: it cannot be read, holds none or a wrong one, or the library is missing.
    """
    try:
        from launcher.adapters.apprise import send, unknown  # noqa: PLC0415 - others pay not
    except ImportError as error:
        raise UsageError(
            "--notify-file needs a library that is not there: pip install apprise"
        ) from error
    found = dict(_read(path))
    lines, addresses = [*found], [*found.values()]
    shown = visible(str(path))
    if not addresses:
        raise UsageError(f"{shown} holds no address to notify: write one a line, as json://HOST")
    if wrong := unknown(addresses):
        raise UsageError(
            f"{shown}:{lines[wrong[0]]} is no address that Apprise knows (it is not shown, as it "
            "may hold a secret): see docs/machines.md"
        )
    return Addresses(path=path, lines=lines, addresses=addresses, send=send)


def _read(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"cannot read the addresses in {visible(str(path))}: {why}") from error
    stripped = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in stripped if line and not line.startswith("#")]
