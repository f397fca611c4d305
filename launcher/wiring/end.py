"""How a run ended, for the programs that are told of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.core.entry import RunId
from launcher.core.errors import UsageError
from launcher.core.report import Report
from launcher.core.ticks import News


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended: the exit code of the process, the reports that are written, the news."""

    run: RunId
    source: str
    exit_code: int
    report: Report | None
    paths: Sequence[str]
    is_tick: bool = False
    news: News | None = None

    @property
    def is_of_a_run(self) -> bool:
        """Whether a run ended; after wrong use, none has begun."""
        return self.exit_code != UsageError.exit_code

    @property
    def is_worth_a_word(self) -> bool:
        """Whether it is told beside its reports: of a tick, only news are."""
        return self.is_of_a_run and (self.news is None or bool(self.news))
