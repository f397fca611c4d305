"""What a run logs for a support case: constant messages, facts beside them, no token."""

import logging
from typing import Any

import pytest

from support.bench import Bench
from support.fake_platform import Deed
from support.virtual_time import run_virtual


def _logged(caplog: pytest.LogCaptureFixture, *deeds: Deed, **changes: Any) -> list[Any]:  # noqa: ANN401 - fields of Orders
    """Return the log records of a run in which the first task meets these deeds."""
    caplog.set_level(logging.DEBUG, logger="launcher")

    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.deeds[tasks[0]] = list(deeds)
        await bench.run(tasks, **changes)

    run_virtual(main())
    return [record for record in caplog.records if record.name.startswith("launcher.engine")]


def _named(records: list[Any], message: str) -> list[Any]:
    return [record for record in records if record.getMessage() == message]


def test_every_attempt_is_logged_with_its_meaning(caplog: pytest.LogCaptureFixture) -> None:
    records = _named(_logged(caplog, "403"), "attempt ended")

    assert sorted((one.meaning, one.http_status) for one in records) == [
        ("launched", 200),
        ("launched", 200),
        ("rejected", 403),
    ]


def test_a_throttle_closes_the_gate_and_both_ends_of_that_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = _logged(caplog, "429")

    (throttled,) = _named(records, "throttled")
    (closed,) = _named(records, "gate closed")
    (opened,) = _named(records, "gate opened")
    assert throttled.retry_after_s is None
    assert closed.why == "the platform throttles"
    assert closed.for_s > 0
    assert opened.created >= closed.created


def test_a_doubt_is_logged_until_it_is_settled_and_the_task_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = _logged(caplog, "502")

    task = _named(records, "task tried again")[0].task
    assert [(one.tasks, one.first) for one in _named(records, "settle read")] == [(1, task)] * 2
    assert [(one.task, one.status) for one in _named(records, "doubt read")] == [
        (task, "DRAFT")
    ] * 2
    assert [one.answers for one in _named(records, "request repeated")] == [1]


def test_the_reason_of_an_early_end_is_logged_when_it_comes_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    records = _logged(caplog, "403", max_failures=0)

    assert [one.exit_code for one in _named(records, "run is ending")] == [4]


def test_a_used_up_budget_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="launcher")

    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit, bench.platform.window.length_s = 10, 12.0
        await bench.run(bench.platform.add_drafts(12))

    run_virtual(main())

    assert _named(caplog.records, "budget used up")[0].window_ends_in_s > 0
