"""Whatever goes on for ever, a run ends: in time, and without hammering the platform."""

import asyncio

import pytest

from launcher.core.answer import Alien, ErrorWord, NotSent, Reply, Word
from launcher.core.entry import Attempted
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench, by_task
from support.fake_platform import What
from support.virtual_time import run_virtual

CEILING_S = 600.0
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
