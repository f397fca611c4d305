"""The benchmarks in short: programs, server and tables work, and nothing is timed."""

from pathlib import Path

import pytest

from bench.little import Law, Share
from bench.machine import Machine
from bench.pictures import pictures_of
from bench.programs import BARE, LAUNCHER, THREADS, Program
from bench.rates import Rate, once
from bench.sizes import Size
from bench.starts import LEAST
from bench.tables import (
    BEGIN,
    END,
    law_table,
    machine_text,
    put,
    rates_table,
    sizes_table,
    starts_table,
    targets_table,
    windows_table,
)
from bench.timing import Cost, carried_out
from bench.windows import Budgeted

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"


@pytest.mark.parametrize(("program", "reads"), [(BARE, 0), (LAUNCHER, 1)], ids=["bare", "launcher"])
def test_a_program_starts_each_task_once_on_the_bench_server(
    tmp_path: Path, program: Program, reads: int
) -> None:
    _, counts = once(program, tmp_path, tasks=40)

    assert (counts.runs, counts.doubles, counts.bulk_reads, counts.reads) == (40, 0, reads, 0)


def test_a_program_that_fails_is_told_with_its_words(tmp_path: Path) -> None:
    words = ("sh", "-c", "echo no such thing; exit 3")

    with pytest.raises(RuntimeError, match="sh ended with 3:\nno such thing"):
        carried_out(words, folder=tmp_path, environment={}, cpus=LAUNCHER.cpus)


def test_a_table_takes_the_place_of_the_one_before() -> None:
    begin, end = BEGIN.format(name="rates"), END.format(name="rates")

    assert put(f"a\n{begin}\nold\n{end}\nb\n", "rates", "new") == f"a\n{begin}\nnew\n{end}\nb\n"


RATES = {
    program: [Rate(tasks_per_s=per_s, cpu_s_per_1000=0.5, requests_a_task=1.01)] * 2
    for program, per_s in ((LAUNCHER, 2_000.0), (BARE, 10_000.0), (THREADS, 500.0))
}
COST = Cost(wall_s=8.0, cpu_s=6.0, peak_bytes=90_000_000)
READING = Cost(wall_s=2.0, cpu_s=1.0, peak_bytes=20_000_000)
SIZES = [
    Size(
        ids=ids,
        first=COST,
        second=COST,
        reading=Cost(wall_s=2.0, cpu_s=1.0, peak_bytes=1),
        requests=ids * 101 // 100,
    )
    for ids in (1_000, 10_000)
]
SHARES = [Share(latency_s=0.05, in_flight=lanes, runs_per_s=10.0 * lanes) for lanes in (1, 256)]
LAW = Law(shares=SHARES, bare_per_s=10_000.0, commit_s=0.005)
LAUNCHES = [
    Budgeted(name="alone", tasks=100, requests=102, took_s=303.0, ideal_s=300.0, throttles=0)
] * 2
STARTS = {" ".join(words): 7.0 for words in LEAST}


def test_every_table_has_its_place_on_the_page_and_its_figures() -> None:
    tables = {
        "machine": machine_text(
            Machine(processors=2, python="3", aiohttp="3", revision="abc", commit_s=0.001)
        ),
        "targets": targets_table(RATES, LAW, launches=LAUNCHES, sizes=SIZES, starts=STARTS),
        "rates": rates_table(RATES),
        "little": law_table(LAW),
        "windows": windows_table(LAUNCHES),
        "sizes": sizes_table(SIZES),
        "starts": starts_table(STARTS),
    }
    page = PAGE.read_text(encoding="utf-8")
    for name, text in tables.items():
        page = put(page, name, text)

    assert all(text in page for text in tables.values())
    assert "took 1.00 ms" in tables["machine"]
    assert "| launcher ÷ bare aiohttp | ≥ 0.60 | 0.20 | **no** |" in tables["targets"]
    assert "| launcher ÷ official SDK in 32 threads | ≥ 6 | 4.0 | **no** |" in tables["targets"]
    assert [line.split(" | ")[1] for line in tables["rates"].splitlines()[2:5]] == [
        "1.000",
        "0.200",
        "0.050",
    ]
    assert "| 50 ms | 1 | 20 | 10 | 0.50 | 0.82 |" in tables["little"]
    assert "| 50 ms | 256 | 5,120 | 2,560 | 0.50 | beyond half of bare |" in tables["little"]
    assert "| alone | 100 | 1.020 | 300.0 s | 303.0 s | 1.010 | 0 |" in tables["windows"]
    assert tables["sizes"].splitlines()[2].endswith("| 1.010 | 8.0 s | 90 MB | 4 |")


def test_every_picture_of_the_page_is_drawn() -> None:
    drawn = pictures_of(RATES, SHARES, SIZES)

    text = PAGE.read_text(encoding="utf-8")
    assert all(f"(speed/{name}.svg)" in text for name in drawn)
    assert text.count("(speed/") == len(drawn)
