"""Pages that are drawn anew while a run goes on, by a process that gives way to every other one.

The run is not slowed down, and nothing that goes wrong here is its concern: it writes the pages
itself when it has ended.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread, main_thread
from types import FrameType
from typing import NoReturn

from launcher.adapters.credentials import TOKEN_VARIABLE
from launcher.adapters.journal import read_journal
from launcher.adapters.reports import is_page, is_stream, write_report
from launcher.core.drawing import report_of
from launcher.core.entry import RunId
from launcher.core.errors import LauncherError

log = logging.getLogger(__name__)

EVERY_S = 10.0
MOST_LOAD = 0.05
"""The share of the time that drawing may take: what takes long is drawn less often."""
LONGEST_S = 600.0
"""A page gives up loading itself anew after 15 minutes, see page/keeping.js."""
UNTIL_BEGUN_S = 0.2
PATIENCE_S = 10.0
GENTLEST = 19


@contextmanager
def live_pages(
    targets: Sequence[str], *, journal: Path, run: RunId, every_s: float = EVERY_S
) -> Iterator[None]:
    """Keep those of the targets that are pages fresh while the body runs; none is touched after.

    The process ends with this one, however that ends: its standard input is closed then.
    """
    pages = [Path(page) for page in targets if is_page(page) and not is_stream(page)]
    words = (run, str(every_s), *(str(path.absolute()) for path in (journal, *pages)))
    process = _drawing(*words) if pages else None
    try:
        yield
    finally:
        if process is not None:
            _ended(process)


def _drawing(*words: str) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-P", "-m", __name__, *words],  # -P: no module of this folder
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE},
            start_new_session=True,  # a Ctrl-C is for the run, which ends this
        )
    except OSError as error:
        log.warning("pages are drawn at the end alone", extra={"why": str(error)})
        return None


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Return when it writes nothing any more."""
    with process:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """Draw pages until standard input is closed, a signal comes, or the run has ended."""
    signal.signal(signal.SIGTERM, _end)
    Thread(target=_end_with_the_run, daemon=True).start()
    os.nice(GENTLEST)
    run, every_s, journal, *pages = sys.argv[1:]
    pause_s: float | None = 0.0
    while pause_s is not None:
        time.sleep(pause_s)
        pause_s = _pause_s_after_drawing(Path(journal), RunId(run), pages, every_s=float(every_s))


def _end_with_the_run() -> None:
    """End within a drawing, too: the next run may write the same page."""
    os.read(sys.stdin.fileno(), 1)  # nothing comes but the end
    signal.pthread_kill(main_thread().ident or 0, signal.SIGTERM)  # another thread would not wake


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as an exception: what is half written is cleared away."""
    sys.exit(0)


def _pause_s_after_drawing(
    journal: Path, run: RunId, pages: Sequence[str], *, every_s: float
) -> float | None:
    """Return the seconds until the pages are drawn again; None: the run has ended."""
    began = time.monotonic()
    with suppress(LauncherError):
        report = report_of(read_journal(journal), run)
        if report is None:
            return UNTIL_BEGUN_S
        if not report.run.may_go_on:
            return None
        for page in pages:
            write_report(report, page, live=True)
    return pause_s_after(time.monotonic() - began, every_s=every_s)


def pause_s_after(took_s: float, *, every_s: float) -> float:
    """Return how long to rest after a drawing; a page that is older is taken for abandoned."""
    return min(max(every_s, took_s / MOST_LOAD), LONGEST_S)


if __name__ == "__main__":
    main()
