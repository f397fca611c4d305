"""Measure the launcher beside its peers, and write docs/speed.md and its pictures.

make bench             six minutes or so, up to 100,000 ids
make bench ALL=1       also 1,000,000 ids: half an hour in all, and 2 GB of disk
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.little import Law, shares
from bench.machine import machine
from bench.pictures import drawn, pictures_of
from bench.programs import BARE, LAUNCHER, THREADS
from bench.rates import ratio, rounds_of
from bench.sizes import MILLION, SIZES, sizes
from bench.starts import starts
from bench.tables import (
    law_table,
    machine_text,
    put,
    rates_table,
    sizes_table,
    starts_table,
    targets_table,
    windows_table,
)
from bench.windows import launches

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "speed.md"
PICTURES = ROOT / "docs" / "speed"
BESIDE = ROOT / ".bench"
"""On the disk of the checkout: no RAM disk, where a commit costs nothing."""


def main(words: Sequence[str]) -> None:
    """Measure, say it, and write it."""
    asked = argparse.ArgumentParser(
        prog="make bench", description="Measure, and write docs/speed.md."
    )
    asked.add_argument("--rounds", type=int, default=5, help="of all programs (by default 5)")
    asked.add_argument("--all", action="store_true", help="1,000,000 ids, too")
    asked.add_argument("--dry", action="store_true", help="measure and say it, and write nothing")
    given = asked.parse_args(words)
    BESIDE.mkdir(exist_ok=True)
    try:
        _measured(rounds=given.rounds, whole=given.all, dry=given.dry)
    finally:
        shutil.rmtree(BESIDE)


def _measured(*, rounds: int, whole: bool, dry: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    here = machine(BESIDE)
    rates = rounds_of(BESIDE, rounds=rounds)
    bare_per_s = median(rate.tasks_per_s for rate in rates[BARE])
    law = Law(shares=shares(BESIDE), bare_per_s=bare_per_s, commit_s=here.commit_s)
    budgeted = list(launches())
    started = starts(BESIDE)
    sized = list(sizes(BESIDE, (*SIZES, MILLION) if whole else SIZES))
    tables = {
        "machine": machine_text(here),
        "targets": targets_table(rates, law, launches=budgeted, sizes=sized, starts=started),
        "rates": rates_table(rates),
        "little": law_table(law),
        "windows": windows_table(budgeted),
        "sizes": sizes_table(sized),
        "starts": starts_table(started),
    }
    for name, text in tables.items():
        print(f"\n{text}")
        page = put(page, name, text)
    print(f"\nlauncher ÷ bare: {ratio(rates[LAUNCHER], rates[BARE]):.2f}", end="; ")
    print(f"÷ SDK threads: {ratio(rates[LAUNCHER], rates[THREADS]):.1f}")
    if dry:
        return
    PAGE.write_text(page, encoding="utf-8")
    browser = shutil.which("chromium")
    if browser is None:
        print("no Chromium here: the pictures stay as they were")
        return
    PICTURES.mkdir(exist_ok=True)
    for name, svg in drawn(browser, pictures_of(rates, law.shares, sized)):
        (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
