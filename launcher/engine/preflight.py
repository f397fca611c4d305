"""Before anything is sent: who answers there, and what the tasks are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

from launcher.core.answer import Alien, Answer, Reply, UserWord, describe
from launcher.core.entry import Account, Seen
from launcher.core.errors import LauncherError, RefusedError
from launcher.core.hosts import better_endpoint
from launcher.core.ids import TaskId
from launcher.core.meaning import is_throttle
from launcher.core.retry import Turn
from launcher.core.state import TaskState
from launcher.engine.asking import Asker, refuses
from launcher.engine.gate import Gate, Kind
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.reading import Reading, chunks
from launcher.engine.retrying import Pauses, repeated
from launcher.engine.settle import IsNews, Settler, always
from launcher.engine.stop import Stop, StoppedError
from launcher.engine.ticking import news_for, worth_reading
from launcher.ports import Clock, Platform

FRESH = timedelta(minutes=10)
"""A task that this journal saw as a draft so recently, with no attempt since, is not read again.

Unless an attempt on it was never denied by an answer: a read is cheaper than a needless request.
"""
_SERVER_ERROR = 500


async def open_account(  # noqa: PLR0913 - the parts of a run, each by its name
    platform: Platform,
    *,
    endpoint: str,
    gate: Gate,
    asker: Asker,
    pauses: Pauses,
    stop: Stop,
    say: Callable[[str], None],
) -> Account:
    """Return whose token it is, after the first answer proved to be the platform's word.

    Raises:
        LauncherError: nothing there answers as the platform does, or the token is refused.
    """
    await _first_answer(endpoint, gate=gate, pauses=pauses, stop=stop, say=say)
    try:
        reply = await asker.ask(Kind.USER, platform.user, is_word=_names_user)
    except StoppedError:
        raise _reason(stop) from None
    match reply:
        case Answer(word=UserWord(name=name)):
            return Account(endpoint=endpoint, user=name)
        case _:
            words = f"{endpoint} does not say whose token this is: {describe(reply)}"
            raise RefusedError(f"{words}; check the endpoint{_hint(endpoint)}")


def _names_user(reply: Reply) -> bool:
    return refuses(reply) or (isinstance(reply, Answer) and isinstance(reply.word, UserWord))


async def _first_answer(
    endpoint: str, *, gate: Gate, pauses: Pauses, stop: Stop, say: Callable[[str], None]
) -> None:
    sent, most = 0, pauses.policy.max_attempts

    async def look() -> Reply:
        nonlocal sent
        sent += 1
        reply = await gate.look()
        if sent < most and not stop.is_set and _turn_after_first(reply) is Turn.LATER:
            say(f"no answer yet from {endpoint} ({describe(reply)}); {sent} of {most} tries")
        return reply

    reply = await repeated(
        await look(),
        look,
        turn_of=lambda reply: Turn.DONE if stop.is_set else _turn_after_first(reply),
        is_exhausted=lambda: sent >= most,
        pauses=pauses,
    )
    if stop.is_set:
        raise _reason(stop)
    match reply:
        case Answer(word=Alien()) if not is_throttle(reply):
            raise RefusedError(
                f"what answers at {endpoint} is not the platform ({describe(reply)}): check the "
                f"endpoint, and whether the network asks for a login first{_hint(endpoint)}"
            )
        case Answer():
            return
        case _:
            tries = "1 try" if sent == 1 else f"{sent} tries"
            raise RefusedError(
                f"no answer from {endpoint} in {tries}: {describe(reply)}; "
                f"launcher doctor shows which way is taken there{_hint(endpoint)}"
            )


def _hint(endpoint: str) -> str:
    better = better_endpoint(endpoint)
    return "" if better is None else f"; {better}"


def _turn_after_first(reply: Reply) -> Turn:
    match reply:
        case Answer(http_status=status, word=Alien()) if status >= _SERVER_ERROR:
            return Turn.LATER  # a gateway in front of the platform; a portal says 200 or 302
        case Answer():
            return Turn.DONE
        case _:
            return Turn.LATER


def _reason(stop: Stop) -> LauncherError:
    return stop.foremost or RefusedError("the platform could not be read")


async def read_first(
    wanted: Iterable[TaskId],
    *,
    ledger: Ledger,
    settler: Settler,
    clock: Clock,
    orders: Orders,
) -> None:
    """Read, 100 a request, every task whose state the journal does not tell well enough.

    With `fields` all are read: the journal may lack members that are wanted now. A run that feeds
    or waits also reads what was launched before and may not have ended, and fresh drafts, which
    somebody may have started since; of these, only news are noted. A tick
    reads all that may have changed, and notes what has.
    What cannot be read because the run is ending stays unread.
    """
    if orders.tick is not None:
        worth = worth_reading(orders, ledger, wanted)
        await settler.read_all(worth, is_news=news_for(orders, ledger))
        return
    quiet: set[TaskId] = set()

    def needed() -> Iterator[TaskId]:
        for task in wanted:
            state = ledger.state(task)
            if orders.fields or _is_to_be_read(state, clock, recheck=orders.recheck):
                yield task
            elif orders.follows and (state.is_active or state.is_draft):
                quiet.add(task)
                yield task

    def is_news(reading: Reading) -> bool:
        if reading.task not in quiet or not isinstance(reading, Seen):
            return True
        return reading.status != ledger.state(reading.task).status

    await settler.read_all(needed(), is_news=is_news)


async def read_last(tasks: Sequence[TaskId], *, settler: Settler, is_news: IsNews = always) -> None:
    """Read once more the tasks of which a late start could still make a lie."""
    try:
        for some in chunks(tasks):
            await settler.read(some, is_news=is_news)
    except StoppedError:
        return


def _is_to_be_read(state: TaskState, clock: Clock, *, recheck: bool) -> bool:
    if state.launch is not None:
        return recheck
    if not state.is_draft or state.status_at is None or state.seen is None:
        return True
    if state.undenied:
        return True  # it may have started late, after the reads that cleared it
    return not timedelta() <= clock.now() - state.status_at <= FRESH
