"""Which run `last` is: one that launched, and no abort of what it launched."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from launcher.core.entry import Account, Pruned, Record, RunEnded, RunId, RunStarted
from launcher.core.errors import UsageError
from launcher.core.ids import Requested, TaskId
from launcher.core.rerunning import run_named
from support.journal_examples import ACCOUNT, START


class _Runs:
    """A history of runs: `History`, as far as those go. They were killed, unless in `requests`."""

    def __init__(
        self,
        *runs: tuple[str, str | None],
        requests: Mapping[str, Mapping[str, int]] | None = None,
        pruned: Sequence[str] = (),
    ) -> None:
        self._pruned = pruned
        self._runs = runs
        self._requests = requests or {}

    def marks(self) -> list[Record]:
        starts = [
            RunStarted(
                account=ACCOUNT,
                host="node7",
                version="1",
                max_attempts=6,
                aborts=None if aborts is None else RunId(aborts),
            )
            for _, aborts in self._runs
        ]
        runs = [RunId(run) for run, _ in self._runs]
        begun = [
            Record(run=run, at=START, entry=one) for run, one in zip(runs, starts, strict=True)
        ]
        gone = Pruned(before="", up_to=0, facts=1, runs=tuple(map(RunId, self._pruned)))
        ended = [end for run in runs if (end := self._end(run)) is not None]
        return [*begun, *ended, Record(run=RunId("the-prune"), at=START, entry=gone)]

    def _end(self, run: str) -> Record | None:
        if run not in self._requests:
            return None
        requests = self._requests[run]
        ended = RunEnded(exit_code=0, reason=None, requests=requests, throttled=0, duration_s=1.0)
        return Record(run=RunId(run), at=START, entry=ended)

    def last_key(self) -> int | None:
        return None

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        del run, up_to
        return iter(())

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        del account, tasks, up_to
        return iter(())


def test_the_last_run_is_one_that_launched_and_no_abort_of_it() -> None:
    history = _Runs(("run-1", None), ("run-2", None), ("run-3", "run-2"))

    assert run_named(history, "last").run_id == "run-2"
    assert run_named(history, "last", account=ACCOUNT).run_id == "run-2"


def test_of_a_run_that_has_lost_facts_nobody_knows_what_failed() -> None:
    history = _Runs(("run-1", None), ("run-2", None), pruned=("run-1",))

    assert run_named(history, "last").run_id == "run-2"
    with pytest.raises(UsageError, match=r"run run-1 has lost facts \(launcher journal prune\)"):
        run_named(history, "run-1")


def test_any_run_can_be_named() -> None:
    history = _Runs(("run-1", None), ("run-2", None), ("run-3", "run-2"))

    assert run_named(history, "run-1").run_id == "run-1"


def test_a_run_of_the_same_input_that_launched_nothing_more_is_not_the_last_one() -> None:
    history = _Runs(
        ("run-1", None),
        ("run-2", None),
        requests={"run-1": {"run": 40, "bulk": 1}, "run-2": {"run": 0, "bulk": 1}},
    )

    assert run_named(history, "last").run_id == "run-1"


def test_a_killed_run_may_have_launched() -> None:
    history = _Runs(("run-1", None), ("run-2", None), requests={"run-1": {"run": 40}})

    assert run_named(history, "last").run_id == "run-2"
