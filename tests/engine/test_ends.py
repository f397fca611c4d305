"""How runs end: a refused token, a signal, a broken journal, a no at the question."""

import asyncio

import pytest

from launcher.core.answer import Alien, Answer, NotSent, Reply
from launcher.core.entry import Attempted, RunEnded, Settled
from launcher.core.errors import InterruptedRunError, RefusedError, UsageError
from launcher.core.outcome import Outcome
from support.bench import ACCOUNT, ENDPOINT, Bench
from support.fake_platform import FakePlatform
from support.virtual_time import VirtualClock, run_virtual


def test_one_401_among_slow_successes_stops_the_run_and_denies_no_launch() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        bench.platform.deeds[tasks[7]] = ["401"]
        bench.platform.latency_s = 2.0

        exit_code, report = await bench.run(tasks)

        assert exit_code == 3
        assert report.summary.launched == 15
        assert report.summary.pending == 85
        assert bench.platform.requests["run"] == 16

    run_virtual(main())


def test_a_signal_finishes_what_is_in_flight_and_settles_doubts_within_the_grace() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        bench.platform.latency_s = 1.0
        for task in tasks[:8]:
            bench.platform.deeds[task] = ["lost-started"]

        async def interrupt() -> None:
            await bench.clock.sleep(3.5)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(interrupt())
            exit_code, report = await bench.run(tasks)

        again, rest = await bench.run(tasks)

        assert exit_code == 143
        assert report.summary.launched == 16
        assert report.summary.unknown == 0
        assert report.summary.pending == 84
        assert again == 0
        assert rest.summary.launched == 100
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_what_is_in_flight_when_the_grace_is_over_is_unknown_and_the_next_run_settles_it() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(20)
        bench.platform.latency_s = 50.0

        async def interrupt() -> None:
            await bench.clock.sleep(160)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(interrupt())
            exit_code, report = await bench.run(tasks, grace_s=5.0)
        began = bench.clock.monotonic()
        bench.platform.latency_s = 0.1

        again, rest = await bench.run(tasks)

        assert exit_code == 143
        assert report.summary.unknown == 16
        assert report.summary.pending == 4
        assert again == 0
        assert {row.outcome for row in rest.rows} == {Outcome.LAUNCHED}
        assert bench.clock.monotonic() - began < 60
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_second_signal_ends_at_once() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(20)
        bench.platform.latency_s = 50.0

        async def interrupt() -> None:
            await bench.clock.sleep(160)
            bench.interrupt()
            await bench.clock.sleep(1)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(interrupt())
            exit_code, report = await bench.run(tasks)

        assert exit_code == 143
        assert bench.clock.monotonic() == pytest.approx(161, abs=0.1)
        assert report.summary.unknown == 16

    run_virtual(main())


def test_no_at_the_question_launches_nothing() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.refusal = InterruptedRunError("you said no")

        exit_code, report = await bench.run(tasks)

        assert exit_code == 130
        assert bench.platform.requests["run"] == 0
        assert report.summary.pending == 3

    run_virtual(main())


def test_a_refused_plan_is_wrong_use() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.refusal = UsageError("batch tasks")

        exit_code, _ = await bench.run(tasks)

        assert exit_code == 2
        assert bench.platform.requests["run"] == 0

    run_virtual(main())


@pytest.mark.parametrize("fail_at", [33, 40, 60, 92])
def test_a_journal_that_breaks_ends_the_run_with_5_and_no_attempt_unwritten(fail_at: int) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(30)

        exit_code, report = await bench.run(tasks, fail_journal_at=fail_at)
        attempted = {
            record.entry.task for record in bench.store if isinstance(record.entry, Attempted)
        }

        started = set(bench.platform.starts)

        again, rest = await bench.run(tasks)

        assert exit_code == 5
        assert started <= attempted
        assert report.summary.requested == 30
        assert again == 0
        assert rest.summary.launched == 30
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_an_attempt_whose_entry_took_long_to_write_is_not_sent() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        slow = [6.0]

        async def on_append(entry: object) -> None:
            if isinstance(entry, Attempted) and slow:
                await bench.clock.sleep(slow.pop())

        exit_code, _ = await bench.run(tasks, on_append=on_append)

        ends = [record.entry for record in bench.store if isinstance(record.entry, Settled)]
        assert exit_code == 0
        assert [end.meaning.value for end in ends] == ["not_sent", "launched"]
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


class Portal(FakePlatform):
    """Answers everything with a page of its own."""

    reply: Reply = Answer(http_status=200, word=Alien(excerpt="Log in"), sent_at=0, received_at=0)

    async def rate_limit(self) -> Reply:
        self.requests["rate_limit"] += 1
        return self.reply


@pytest.mark.parametrize(
    ("reply", "tries", "words"),
    [
        (Portal.reply, 1, "not the platform"),
        (
            Answer(http_status=404, word=Alien(excerpt="Not Found"), sent_at=0, received_at=0),
            1,
            "check the endpoint",
        ),
        (
            Answer(http_status=502, word=Alien(excerpt="Bad"), sent_at=0, received_at=0),
            6,
            "not the platform",
        ),
        (NotSent(why="connection refused"), 6, "connection refused"),
        (NotSent(why="certificate of x is not valid", fatal=True), 1, "certificate"),
        (
            Answer(http_status=401, word=Alien(excerpt=""), sent_at=0, received_at=0),
            1,
            "token",
        ),
        (
            Answer(http_status=407, word=Alien(excerpt=""), sent_at=0, received_at=0),
            1,
            "the proxy wants a login .* http://USER:PASSWORD@HOST:PORT",
        ),
    ],
)
def test_what_is_not_the_platform_is_told_before_anything_is_sent_to_it(
    reply: Reply, tries: int, words: str
) -> None:
    async def main() -> None:
        bench = Bench(clock=VirtualClock())
        bench.platform = Portal(clock=bench.clock)
        bench.platform.reply = reply

        with pytest.raises(RefusedError, match=words):
            await bench.run(bench.platform.add_drafts(2))

        assert bench.platform.requests == {"rate_limit": tries}
        assert len(bench.progress.said) == tries - 1  # the last one is said by the error
        assert all(f"{ENDPOINT} (" in said for said in bench.progress.said)

    run_virtual(main())


def test_the_last_fact_of_a_run_says_how_it_ended() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)

        await bench.run(tasks)

        last = bench.store[-1].entry
        assert isinstance(last, RunEnded)
        assert (last.exit_code, last.reason, dict(last.requests)) == (
            0,
            None,
            {"user": 1, "bulk_read": 1, "run": 3},
        )
        assert bench.store[0].entry.account == ACCOUNT  # type: ignore[union-attr]

    run_virtual(main())
