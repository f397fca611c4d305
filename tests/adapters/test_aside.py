"""Work beside a run: in order, never waited for, and ended by what fails first."""

import errno
import logging
import threading

import pytest

from launcher.adapters.aside import Aside


def test_all_that_was_given_is_done_in_order_by_the_end() -> None:
    done: list[int] = []
    aside: Aside[int] = Aside(done.append, what="numbers")

    for number in range(2_000):
        aside.put(number)

    assert aside.close()
    assert done == [*range(2_000)]


def test_what_fails_is_told_once_and_nothing_is_done_after_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried: list[int] = []

    def fail(number: int) -> None:
        tried.append(number)
        raise OSError(errno.ENOSPC, "No space left on device")

    aside: Aside[int] = Aside(fail, what="numbers")
    for number in range(10):
        aside.put(number)

    assert aside.close()
    assert tried == [0]
    assert [(each.levelno, each.message, vars(each)["why"]) for each in caplog.records] == [
        (
            logging.WARNING,
            "numbers cannot be written; the run goes on without",
            "No space left on device",
        )
    ]


def test_who_gives_work_to_one_that_hangs_does_not_wait(caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hang(_: int) -> None:
        begun.set()
        go_on.wait(10)

    aside: Aside[int] = Aside(hang, what="numbers", at_most=100)
    aside.put(0)
    assert begun.wait(10)

    for number in range(500):
        aside.put(number)
    came_to_rest = aside.close(within_s=0.01)
    go_on.set()

    assert not came_to_rest
    assert [vars(each)["why"] for each in caplog.records] == ["nobody takes them: 100 wait"]


def test_an_end_that_hangs_is_not_waited_for_longer_than_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    go_on = threading.Event()
    aside: Aside[int] = Aside(lambda _: go_on.wait(10), what="numbers")
    aside.put(1)

    came_to_rest = aside.close(within_s=0.01) or aside.close(within_s=60)
    go_on.set()

    assert not came_to_rest
    assert len(caplog.records) == 1
