"""Which run `last` is: one that launched, and no abort of what it launched."""

from collections.abc import Iterator, Sequence

from launcher.core.entry import Account, Record, RunId, RunStarted
from launcher.core.ids import Requested, TaskId
from launcher.core.rerunning import run_named
from support.journal_examples import ACCOUNT, START


class _Runs:
    """A history of runs that were killed at once: `History`, as far as its runs go."""

    def __init__(self, *runs: tuple[str, str | None]) -> None:
        self._runs = runs

    def runs(self) -> Sequence[tuple[Record, Record | None]]:
        return [
            (
                Record(
                    run=RunId(run),
                    at=START,
                    entry=RunStarted(
                        account=ACCOUNT,
                        host="node7",
                        version="1",
                        max_attempts=6,
                        aborts=None if aborts is None else RunId(aborts),
                    ),
                ),
                None,
            )
            for run, aborts in self._runs
        ]

    def requested(self, run: RunId) -> Iterator[Requested]:
        raise NotImplementedError

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        raise NotImplementedError


def test_the_last_run_is_one_that_launched_and_no_abort_of_it() -> None:
    history = _Runs(("run-1", None), ("run-2", None), ("run-3", "run-2"))

    assert run_named(history, "last").run_id == "run-2"
    assert run_named(history, "last", account=ACCOUNT).run_id == "run-2"


def test_any_run_can_be_named() -> None:
    history = _Runs(("run-1", None), ("run-2", None), ("run-3", "run-2"))

    assert run_named(history, "run-1").run_id == "run-1"
