"""What one call of the command line asks for, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.adapters.credentials import Credentials
from launcher.adapters.network import Network
from launcher.core.entry import RunId, Seen
from launcher.core.errors import LauncherError
from launcher.core.ids import Requested
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report, RunFacts
from launcher.core.selection import Selection, source_of
from launcher.core.ticks import News, digest_of_input
from launcher.settings import Settings
from launcher.wiring.machines import NO_MACHINES, Machines
from launcher.wiring.others import Choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One call of `launcher run`, `plan`, `watch` or `abort`; `aborts` is the run to be aborted."""

    run: RunId
    wanted: Sequence[Requested]
    settings: Settings
    credentials: Credentials
    arguments: tuple[str, ...]
    network: Network = Network()  # noqa: RUF009 - frozen
    dry: bool = False
    aborts: RunFacts | None = None
    reruns: str | None = None
    """The run of which clones are made and launched where it failed: an id, or `last`."""
    watch: bool = False
    """Follow the tasks to their ends, and start none: then it is dry, too."""
    choose: Choose | None = None
    """Chooses what is wanted, if whose token it is has to be known for that."""
    selection: Selection | None = None
    """What of projects is launched besides `wanted`."""
    listed: tuple[Seen, ...] = ()
    """What their lists showed, once they are in `wanted`."""
    machines: Machines = NO_MACHINES
    """The programs that are told of the run."""
    contents: tuple[str, ...] | None = None
    """Digests of the files that were read; None: the run is no tick."""

    @property
    def digest(self) -> str | None:
        """The digest of what a tick is asked for; None: the run is none."""
        if self.contents is None:
            return None
        if self.selection is None:
            return digest_of_input(self.wanted, contents=self.contents)
        shown = {source_of(project) for project in self.selection.projects}
        named = [requested for requested in self.wanted if requested.source not in shown]
        return digest_of_input(named, contents=self.contents, selected=self.selection.words)

    @property
    def source(self) -> str:
        """The file, option or project that the first task came from."""
        if self.aborts is not None:
            return f"an abort of run {self.aborts.run_id}"
        if self.reruns is not None:
            return f"--rerun-failed {self.reruns}"
        if self.wanted:
            return self.wanted[0].source.rsplit(":", 1)[0]
        return "" if self.selection is None else source_of(self.selection.projects[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a run ended: its exit code, every reason for it, its report; of a dry one, its plan."""

    exit_code: int
    errors: tuple[LauncherError, ...]
    report: Report | None
    plan: tuple[Plan, Forecast] | None = None
    news: News | None = None
    """Of a tick: what it told, or would have if there were any."""
