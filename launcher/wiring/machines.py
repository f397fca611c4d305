"""What programs are told of a run: while it goes on, and when its reports are written."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.adapters.clock import SystemClock
from launcher.adapters.events import STDOUT, Events, open_events
from launcher.adapters.hook import run_hook
from launcher.adapters.journal import Committed, tell_nobody
from launcher.adapters.metrics import MeteredProgress, Metrics, open_metrics
from launcher.adapters.notices import Addresses, open_addresses
from launcher.core.errors import UsageError
from launcher.core.event import end_of
from launcher.core.outcome import Outcome
from launcher.core.text import visible
from launcher.ports import Progress
from launcher.settings import PREFIX, Settings
from launcher.wiring.end import End
from launcher.wiring.noticing import notice_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The programs that are told of a run; None: no such one was asked for."""

    settings: Settings
    events: Events | None = None
    metrics: Metrics | None = None
    addresses: Addresses | None = None

    @property
    def committed(self) -> Committed:
        """Takes the facts of the run, once they are durable."""
        return tell_nobody if self.events is None else self.events.tell

    def beside(self, progress: Progress) -> Progress:
        """Return the progress, of which figures are made too, where that was asked for."""
        return progress if self.metrics is None else MeteredProgress(progress, self.metrics)

    def ended(self, end: End) -> None:
        """Tell all of them; nothing that goes wrong there changes how the run ended."""
        at = SystemClock().now()
        if self.events is not None:
            last = end_of(
                end.run, end.report, at=at, exit_code=end.exit_code, reports=tuple(end.paths)
            )
            self.events.tell((last,))
            self.events.close()
        if self.metrics is not None:
            self.metrics.ended(end.report, at=at, exit_code=end.exit_code)
        if self.addresses is not None:
            notice = notice_for(end, journal=self.settings.journal_path)
            if notice is not None:
                self.addresses.tell(notice)
        if self.settings.on_finish is not None and end.is_worth_a_word:
            facts = facts_of(end, journal=self.settings.journal_path)
            run_hook(self.settings.on_finish, facts, without=f"{PREFIX}ON_FINISH")


NO_MACHINES = Machines(settings=Settings())


@contextmanager
def open_machines(
    settings: Settings, reports: Sequence[str], *, endpoint: str
) -> Iterator[Machines]:
    """Yield the programs that the settings name.

    Raises:
        UsageError: two things would go to one place.
        LauncherError: one of them cannot be told.
    """
    _refuse_shared_places(settings, reports)
    with ExitStack() as stack:
        metrics, events, addresses = None, None, None
        if settings.notify_file is not None:
            addresses = open_addresses(settings.notify_file)
        if settings.metrics is not None:
            metrics = open_metrics(settings.metrics, endpoint=endpoint, clock=SystemClock())
            stack.callback(metrics.close)
        if settings.events is not None:
            events = open_events(settings.events)
            stack.callback(events.close)
        yield Machines(settings=settings, events=events, metrics=metrics, addresses=addresses)


def _refuse_shared_places(settings: Settings, reports: Sequence[str]) -> None:
    """Refuse what would write where something else does: it could even be the journal."""
    taken = [("--journal", str(settings.journal_path)), *(("--report", one) for one in reports)]
    for option, place in (("--events", settings.events), ("--metrics", settings.metrics)):
        if place is None:
            continue
        for other, there in taken:
            if _real(place) == _real(there) != os.devnull:
                where = "standard output" if STDOUT in {place, there} else visible(str(place))
                raise UsageError(
                    f"{option} and {other} would both write to {where}: name another place for one"
                )
        taken.append((option, str(place)))


def _real(place: str | Path) -> str:
    return os.path.realpath("/dev/stdout" if place == STDOUT else place)


def facts_of(end: End, *, journal: Path) -> dict[str, str]:
    """Return what a command is told as variables; empty where a run that did not begin has none.

    Not `LAUNCHER_…`: a launcher that the command calls refuses those that it does not know.
    """
    names = ("requested", *(outcome.value for outcome in Outcome), "launched_before")
    summary = None if end.report is None else end.report.summary
    counts = {name: "" if summary is None else str(getattr(summary, name)) for name in names}
    return {
        "RUN_ID": end.run,
        "RUN_EXIT_CODE": str(end.exit_code),
        "RUN_JOURNAL": str(journal.absolute()),
        "RUN_REPORT": next((path for path in end.paths if path != "-"), ""),
        **{f"RUN_{name.upper()}": count for name, count in counts.items()},
    }
