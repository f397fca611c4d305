"""Every repeat of a request, through one tenacity `AsyncRetrying`."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from launcher.core.retry import RetryPolicy, Turn

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """How a repeat waits: the arithmetic, chance in [0, 1), and an asynchronous sleep."""

    policy: RetryPolicy
    chance: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


async def repeated(
    first: T,
    again: Callable[[], Awaitable[T]],
    *,
    turn_of: Callable[[T], Turn],
    is_exhausted: Callable[[], bool],
    pauses: Pauses,
) -> T:
    """Return `first`, or what the last repeat brought.

    Entered with the answer that asks for a repeat, because tenacity around every call costs a
    third of the speed. `is_exhausted` is asked after each turn that wants a pause, never after a
    throttle: nothing was carried out, and the gate bounds the wait.
    """
    answers = [first]
    later = 0

    async def next_answer() -> T:
        return answers.pop() if answers else await again()

    def wait(state: RetryCallState) -> float:
        nonlocal later
        if turn_of(_result(state)) is Turn.AT_ONCE:
            return 0.0
        later += 1
        return pauses.chance() * pauses.policy.longest_wait_s(later)

    def is_last(state: RetryCallState) -> bool:
        return turn_of(_result(state)) is Turn.LATER and is_exhausted()

    return await AsyncRetrying(
        sleep=pauses.sleep,
        retry=retry_if_result(lambda answer: turn_of(answer) is not Turn.DONE),
        wait=wait,
        stop=is_last,
        before_sleep=_log_pause,
        retry_error_callback=_result,
    )(next_answer)


def _log_pause(state: RetryCallState) -> None:
    after_s = round(state.upcoming_sleep, 3)
    log.debug("request repeated", extra={"after_s": after_s, "answers": state.attempt_number})


def _result(state: RetryCallState) -> T:  # type: ignore[type-var]  # tenacity's state is untyped
    return state.outcome.result()  # type: ignore[union-attr,no-any-return]  # set before any callback
