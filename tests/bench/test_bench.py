"""The benchmarks in short: programs, server and tables work, and nothing is timed."""

from pathlib import Path

import pytest

from bench.programs import BARE, LAUNCHER, Program
from bench.rates import once
from bench.served import served
from bench.tables import BEGIN, END, put


@pytest.mark.parametrize(("program", "reads"), [(BARE, 0), (LAUNCHER, 1)], ids=["bare", "launcher"])
def test_a_program_starts_each_task_once_on_the_bench_server(
    tmp_path: Path, program: Program, reads: int
) -> None:
    with served() as server:
        _, counts = once(program, server, tmp_path, tasks=40)

    assert (counts.runs, counts.doubles, counts.bulk_reads, counts.reads) == (40, 0, reads, 0)


def test_a_table_takes_the_place_of_the_one_before() -> None:
    begin, end = BEGIN.format(name="rates"), END.format(name="rates")

    assert put(f"a\n{begin}\nold\n{end}\nb\n", "rates", "new") == f"a\n{begin}\nnew\n{end}\nb\n"
