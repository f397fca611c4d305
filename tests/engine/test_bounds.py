"""Whatever goes on for ever, a run ends: in time, and without hammering the platform."""

import asyncio

import pytest

from launcher.core.answer import Alien, Answer, ErrorWord, NoAnswer, NotSent, Reply, Word
from launcher.core.entry import Attempted
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench, by_task
from support.fake_platform import What, Window
from support.virtual_time import run_virtual

CEILING_S = 600.0
NIGHT_S = 8 * 3600.0
OUTAGE_BEGINS = 20
MAINTENANCE = (503, ErrorWord(code=0, message="under maintenance"))
GATEWAY = (502, Alien(excerpt="bad gateway"))


def answer_all_but_looks(bench: Bench, answer: tuple[int, Word], *, after_runs: int) -> None:
    """From so many run requests on, answer everything but `/rate_limit` alike."""
    served = bench.platform._served

    def spoilt(kind: str, what: What) -> tuple[int, Word]:
        if kind != "rate_limit" and bench.platform.requests["run"] >= after_runs:
            return answer
        return served(kind, what)

    bench.platform._served = spoilt  # type: ignore[method-assign]


@pytest.mark.parametrize("answer", [MAINTENANCE, GATEWAY], ids=["maintenance", "gateway"])
def test_a_platform_that_answers_looks_alone_halts_the_run_at_the_ceiling(
    answer: tuple[int, Word],
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(30)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        answer_all_but_looks(bench, answer, after_runs=10)

        exit_code, report = await bench.run(tasks, max_outage_s=CEILING_S)

        assert exit_code == 4
        assert bench.clock.monotonic() < CEILING_S + 400.0
        assert bench.platform.requests.total() < 300
        assert report.run.reason is not None
        assert report.run.reason.startswith("the platform was out of reach for 600 s")

    run_virtual(main())


def test_maintenance_from_the_first_request_on_ends_at_the_ceiling() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        answer_all_but_looks(bench, MAINTENANCE, after_runs=0)

        with pytest.raises(Exception, match="out of reach for 600 s"):
            await bench.run(tasks, max_outage_s=CEILING_S)

        assert bench.clock.monotonic() < CEILING_S + 120.0
        assert bench.platform.requests.total() < 60

    run_virtual(main())


def test_the_last_task_that_cannot_connect_is_an_outage_whatever_is_unknown() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        run = bench.platform.run

        async def odd(task: TaskId, *, query: dict[str, str]) -> Reply:
            if task == tasks[2]:
                return NotSent(why="connection refused")
            bench.platform.deeds[task] = ["lost"]
            reply = await run(task, query=query)
            refusal = ErrorWord(code=7001, message="no", http_status=403)
            bench.platform.unseen[task] = refusal
            return reply

        bench.platform.run = odd  # type: ignore[assignment,method-assign]
        async with asyncio.timeout(20_000):
            exit_code, report = await bench.run(tasks, max_outage_s=CEILING_S)

        assert exit_code == 4
        assert [row.outcome.value for row in report.rows] == ["unknown", "unknown", "pending"]

    run_virtual(main())


def test_one_page_of_a_gateway_does_not_end_bulk_reads() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(300)
        served, pages = bench.platform._served, [(404, Alien(excerpt="404 Not Found"))]

        def one_page(kind: str, what: What) -> tuple[int, Word]:
            return pages.pop() if kind == "bulk_read" and pages else served(kind, what)

        bench.platform._served = one_page  # type: ignore[method-assign]
        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.requests["read"] == 0
        assert bench.platform.requests["bulk_read"] <= 6

    run_virtual(main())


def test_a_record_that_stays_broken_holds_up_no_other_doubt() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(8)
        for task in tasks:
            bench.platform.deeds[task] = ["lost-started"]
        run = bench.platform.run

        async def then_broken(task: TaskId, *, query: dict[str, str]) -> Reply:
            reply = await run(task, query=query)
            error = ErrorWord(code=7000, message="down", http_status=503)
            bench.platform.unseen[tasks[0]] = error
            return reply

        bench.platform.run = then_broken  # type: ignore[assignment,method-assign]
        _, report = await bench.run(tasks)

        rows = by_task(report)
        launched = [rows[task].launched_at for task in tasks[1:]]
        began = report.run.started_at
        assert rows[tasks[0]].outcome is Outcome.UNKNOWN
        assert all(at is not None and (at - began).total_seconds() < 10 for at in launched)

    run_virtual(main())


def test_a_journal_that_stays_too_slow_ends_the_run() -> None:
    async def main() -> None:
        bench = Bench()

        async def slow(entry: object) -> None:
            await bench.clock.sleep(6.0 if isinstance(entry, Attempted) else 0.0)

        exit_code, report = await bench.run(bench.platform.add_drafts(20), on_append=slow)

        assert exit_code == 5
        assert report.summary.pending == 20
        assert not bench.platform.starts
        assert bench.clock.monotonic() < 1000.0

    run_virtual(main())


def test_what_an_earlier_run_could_not_learn_stays_unknown_until_it_is_read() -> None:
    async def main() -> None:
        bench = Bench()
        (task,) = bench.platform.add_drafts(1)
        bench.platform.deeds[task] = ["lost", "7007-draft"]
        _, first = await bench.run([task])
        answer_all_but_looks(bench, (401, ErrorWord(code=90001, message="no")), after_runs=10**6)
        user = bench.platform.user
        answered: list[Reply] = []

        async def refused_after_the_first() -> Reply:
            answered.append(await user())
            return answered[-1]

        bench.platform.user = refused_after_the_first  # type: ignore[method-assign]

        async def refuse_reads(tasks: object) -> Reply:
            del tasks
            return NotSent(why="a certificate that does not verify", fatal=True)

        bench.platform.read_many = refuse_reads  # type: ignore[method-assign]
        exit_code, second = await bench.run([task])

        assert [row.outcome for row in first.rows] == [Outcome.UNKNOWN]
        assert exit_code == 3
        assert [row.outcome for row in second.rows] == [Outcome.UNKNOWN]

    run_virtual(main())


def test_once_the_run_is_ending_reads_that_never_answer_hold_it_up_for_minutes_at_most() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        answer_all_but_looks(bench, GATEWAY, after_runs=2)

        exit_code, report = await bench.run(tasks, deadline_s=5.0, max_outage_s=86_400.0)

        assert exit_code == 4
        assert by_task(report)[tasks[0]].outcome is Outcome.UNKNOWN
        assert bench.clock.monotonic() < 600.0
        assert bench.platform.requests.total() < 50

    run_virtual(main())


def test_a_journal_that_is_slow_now_and_then_does_not_end_the_run() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window = Window(limit=15, length_s=400.0)
        tasks = bench.platform.add_drafts(30)
        slow = {tasks[2], tasks[-3]}

        async def on_append(entry: object) -> None:
            if isinstance(entry, Attempted) and entry.task in slow:
                slow.remove(entry.task)
                await bench.clock.sleep(6.0)

        exit_code, report = await bench.run(tasks, on_append=on_append, concurrency=1)

        assert not slow
        assert (exit_code, report.summary.launched) == (0, 30)

    run_virtual(main())


def test_the_grace_after_a_signal_is_one_for_the_doubts_and_the_last_read() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        answer_all_but_looks(bench, MAINTENANCE, after_runs=1)
        served = bench.platform._served
        bench.platform._served = lambda kind, what: (  # type: ignore[method-assign]
            bench.platform._ran(TaskId(str(what))) if kind == "run" else served(kind, what)
        )

        async def stop() -> None:
            await bench.clock.sleep(4.0)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(stop())
            exit_code, report = await bench.run(tasks, grace_s=10.0)

        assert exit_code == 143
        assert by_task(report)[tasks[0]].outcome is Outcome.UNKNOWN
        assert bench.clock.monotonic() == pytest.approx(14.0, abs=1.0)

    run_virtual(main())


@pytest.mark.parametrize("kind", ["run", "rate_limit", "pause"])
@pytest.mark.parametrize("lids", [1, 3])
def test_hours_asleep_are_no_part_of_an_outage_wherever_the_lid_was_closed(
    kind: str, lids: int
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["not-sent"] * 25
        closes_lid(bench, kind, lids=lids)

        exit_code, report = await bench.run(tasks)

        assert bench.clock.slept_s == lids * NIGHT_S
        assert any(shown.closed for shown in bench.progress.snapshots)
        assert (exit_code, report.summary.launched) == (0, 1)

    run_virtual(main())


def closes_lid(bench: Bench, where: str, *, lids: int) -> None:
    """Let the machine sleep in such requests, or in pauses, once an outage began."""
    platform, left = bench.platform, lids
    asked = platform._asked

    async def asleep(kind: str, what: TaskId | tuple[TaskId, ...] | None) -> Reply:
        nonlocal left
        sent_at = bench.clock.monotonic()
        reply = await asked(kind, what)
        if not left or platform.requests["run"] <= OUTAGE_BEGINS:
            return reply
        if kind == where or (where == "pause" and kind == "run"):
            left -= 1
            if where == "pause":
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, sleep_through_the_night, bench)
                return reply
            sleep_through_the_night(bench)
            return NoAnswer(
                why="lost in suspend", sent_at=sent_at, received_at=bench.clock.monotonic()
            )
        return reply

    platform._asked = asleep  # type: ignore[method-assign,assignment]


def sleep_through_the_night(bench: Bench) -> None:
    bench.clock.slept_s += NIGHT_S


def test_a_run_that_is_ending_without_a_signal_does_not_hammer_a_window_that_is_used_up() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window = Window(limit=20, length_s=300.0)
        tasks = bench.platform.add_drafts(60)
        bench.platform.deeds[tasks[16]] = ["lost-started"]

        exit_code, report = await bench.run(tasks, deadline_s=3.0)

        assert exit_code == 4
        assert by_task(report)[tasks[16]].outcome is Outcome.LAUNCHED
        assert bench.platform.requests["rate_limit"] <= 10

    run_virtual(main())


@pytest.mark.parametrize("retry_after_s", [None, 3600.0])
def test_a_platform_that_throttles_for_ever_does_not_hold_up_the_end_of_a_run(
    retry_after_s: float | None,
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(60)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        throttle_after(bench, runs=20, retry_after_s=retry_after_s)

        async with asyncio.timeout(10 * CEILING_S):
            exit_code, report = await bench.run(tasks, deadline_s=5.0, max_outage_s=CEILING_S)

        assert exit_code == 4
        assert bench.clock.monotonic() <= CEILING_S + 10.0
        assert bench.platform.requests.total() <= 100
        assert by_task(report)[tasks[0]].outcome is Outcome.UNKNOWN
        assert report.run.reason == "the time for starting tasks is over (--deadline)"

    run_virtual(main())


def throttle_after(bench: Bench, *, runs: int, retry_after_s: float | None) -> None:
    """From so many run requests on, throttle whatever is counted, for ever."""
    asked = bench.platform._asked

    async def throttled(kind: str, what: TaskId | tuple[TaskId, ...] | None) -> Reply:
        if kind == "rate_limit" or bench.platform.requests["run"] < runs:
            return await asked(kind, what)
        sent_at = bench.clock.monotonic()
        bench.platform.requests[kind] += 1
        await bench.clock.sleep(bench.platform.latency_s)
        return Answer(
            http_status=429,
            word=ErrorWord(code=1000, message="slow down"),
            sent_at=sent_at,
            received_at=bench.clock.monotonic(),
            retry_after_s=retry_after_s,
        )

    bench.platform._asked = throttled  # type: ignore[method-assign,assignment]
