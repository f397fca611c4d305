"""What was measured, as tables of the page; each has its place there, and its targets in it."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from bench.little import Law
from bench.machine import COMMITS, Machine
from bench.programs import BARE, LAUNCHER, PROGRAMS, THREADS, WRK, Program
from bench.rates import Rate, ratio
from bench.sizes import Size
from bench.windows import Budgeted

BEGIN, END = "<!-- {name}: begin -->", "<!-- {name}: end -->"
LEAST_OF_BOUND = 0.9
Rates = Mapping[Program, Sequence[Rate]]


def put(page: str, name: str, text: str) -> str:
    """Return the page with the text in the place of the one before."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    before, rest = page.split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def machine_text(machine: Machine) -> str:
    """Say on what it was measured."""
    return (
        f"{machine.processors} processors, Python {machine.python}, aiohttp {machine.aiohttp}, "
        f"commit `{machine.revision}`. One durable commit of one row on that disk took "
        f"{machine.commit_s * 1e3:.2f} ms (median of {COMMITS})."
    )


def rates_table(rates: Rates) -> str:
    """Return the programs side by side, the fastest first, and those that were not there."""
    rows = [
        (
            program.name,
            f"{ratio(of_it, rates[BARE]):.3f}",
            f"{median(rate.tasks_per_s for rate in of_it):,.0f}",
            _spread(of_it),
            f"{median(rate.cpu_s_per_1000 for rate in of_it):.2f}",
            f"{max(rate.requests_a_task for rate in of_it):.2f}",
        )
        for program, of_it in sorted(rates.items(), key=lambda pair: -ratio(pair[1], rates[BARE]))
    ]
    head = (
        "program",
        "÷ bare",
        "tasks a second",
        "slowest to fastest round",
        "CPU s per 1,000 tasks",
    )
    notes = []
    if WRK in rates:
        times = ratio(rates[WRK], rates[LAUNCHER])
        notes = [f"The server answers {times:.0f} times what the launcher asks of it."]
    missing = [program.name for program in PROGRAMS if program not in rates]
    if missing:
        notes.append(f"Not installed here: {', '.join(missing)}.")
    return "\n\n".join((_table((*head, "requests a task"), rows), *notes))


def law_table(law: Law) -> str:
    """Return the share of Little's law for each latency and number in flight, and its target."""
    rows = [
        (
            f"{share.latency_s * 1000:g} ms",
            f"{share.in_flight}",
            f"{share.most_per_s:,.0f}",
            f"{share.runs_per_s:,.0f}",
            f"{share.of_law:.2f}",
            "beyond half of bare"
            if (bound := law.bound(share)) is None
            else f"{LEAST_OF_BOUND * bound:.2f}",
        )
        for share in law.shares
    ]
    head = ("latency", "in flight", "the law allows a second", "reached", "share", "target")
    return _table(head, rows)


def windows_table(launches: Iterable[Budgeted]) -> str:
    """Return time against the ideal, and throttles."""
    rows = [
        (
            one.name,
            f"{one.tasks:,}",
            f"{one.requests / one.tasks:.3f}",
            f"{one.ideal_s:,.1f} s",
            f"{one.took_s:,.1f} s",
            f"{one.of_ideal:.3f}",
            f"{one.throttles}",
        )
        for one in launches
    ]
    head = ("windows", "tasks", "requests a task", "ideal", "took", "÷ ideal", "429")
    return _table(head, rows)


def sizes_table(sizes: Sequence[Size]) -> str:
    """Return what so many ids took, beside the smallest number of them."""
    least = sizes[0].first.peak_bytes
    rows = [
        (
            f"{size.ids:,}",
            f"{size.first.wall_s:,.1f} s",
            f"{1000 * size.first.cpu_s / size.ids:.2f} s",
            f"{size.first.peak_bytes / 1e6:.0f} MB",
            f"+{max(size.first.peak_bytes - least, 0) / 1e6:.0f} MB",
            f"{size.requests / size.ids:.3f}",
            f"{size.second.wall_s:,.1f} s",
            f"{size.second.peak_bytes / 1e6:.0f} MB",
            f"{size.second_of_reading:.0f}",
        )
        for size in sizes
    ]
    head = ("ids", "first run", "CPU per 1,000", "peak", f"over that at {sizes[0].ids:,}")
    more = ("requests a task", "second run", "its peak", "÷ reading ids and writing the CSV")
    return _table((*head, *more), rows)


def starts_table(starts: Mapping[str, float]) -> str:
    """Return the start of each command as a multiple of a bare interpreter's."""
    rows = ((f"`launcher {words}`", f"{times:.1f}") for words, times in starts.items())
    return _table(("words", "÷ a bare interpreter"), rows)


def targets_table(
    rates: Rates,
    law: Law,
    *,
    launches: Sequence[Budgeted],
    sizes: Sequence[Size],
    starts: Mapping[str, float],
) -> str:
    """Return each target beside what was reached."""
    ours, last = rates[LAUNCHER], sizes[-1]
    to_bare, to_threads = ratio(ours, rates[BARE]), ratio(ours, rates[THREADS])
    growth = (last.first.peak_bytes - sizes[0].first.peak_bytes) / 1e6
    helps = max(times for words, times in starts.items() if "--help" in words)
    slowest = max(one.of_ideal for one in launches)
    own_429 = launches[0].throttles + launches[1].throttles
    each = max(rate.requests_a_task for rate in ours)
    law_words = "share of Little's law ÷ (latency ÷ (latency + one commit)), the least"
    peak_words = f"peak memory at {last.ids:,} ids over that at {sizes[0].ids:,}"
    second_words = f"second run over {last.ids:,} ids ÷ reading them and writing the CSV"
    rows = (
        ("launcher ÷ bare aiohttp", "≥ 0.60", f"{to_bare:.2f}", to_bare >= 0.6),
        ("launcher ÷ official SDK in 32 threads", "≥ 6", f"{to_threads:.1f}", to_threads >= 6),
        (law_words, f"≥ {LEAST_OF_BOUND:.2f}", f"{law.least:.2f}", law.least >= LEAST_OF_BOUND),
        ("time ÷ ideal, windows of 60 s and more", "≤ 1.02", f"{slowest:.3f}", slowest <= 1.02),
        ("429 of our own making", "0", f"{own_429}", own_429 == 0),
        ("requests a task, from 500 tasks on", "≤ 1.03", f"{each:.3f}", each <= 1.03),
        (peak_words, "≤ 250 MB at 1,000,000", f"{growth:.0f} MB", growth <= 250),
        (
            second_words,
            "≤ 4 at 1,000,000",
            f"{last.second_of_reading:.0f}",
            last.second_of_reading <= 4,
        ),
        (
            "`--version` ÷ a bare interpreter",
            "≤ 6",
            f"{starts['--version']:.1f}",
            starts["--version"] <= 6,
        ),
        ("`--help`, of each command, ÷ a bare interpreter", "≤ 20", f"{helps:.1f}", helps <= 20),
    )
    told = ((*row, "yes" if is_met else "**no**") for *row, is_met in rows)
    return _table(("", "target", "reached", "met"), told)


def _spread(rates: Sequence[Rate]) -> str:
    each = [rate.tasks_per_s for rate in rates]
    return f"{min(each):,.0f} to {max(each):,.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
