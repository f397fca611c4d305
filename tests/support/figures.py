"""What a proof has counted, and the page that shows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NAME = "figures"
COLUMNS = (
    *("proof", "tasks", "faults", "kills", "starts", "doubles", "wrong rows"),
    *("requests a task", "429 of our making", "longest recovery"),
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The counts of one proof; `faults` by kind, recovery from a kill or fault to going on."""

    proof: str
    tasks: int
    faults: Mapping[str, int] = field(default_factory=dict)
    kills: int = 0
    starts: int = 0
    doubles: int = 0
    wrong_rows: int = 0
    requests: int = 0
    throttles: int = 0
    longest_recovery_s: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        each = f"{self.requests / self.tasks:.2f}" if self.tasks and self.requests else ""
        recovery = "" if self.longest_recovery_s is None else f"{self.longest_recovery_s:.1f} s"
        counts = (self.kills, self.starts, self.doubles, self.wrong_rows)
        return (
            self.proof,
            f"{self.tasks:,}",
            f"{sum(self.faults.values()):,}",
            *(f"{count:,}" for count in counts),
            each,
            f"{self.throttles:,}",
            recovery,
        )


def as_property(figures: Figures) -> tuple[str, object]:
    """Return what travels with the test's report from a worker to the one who writes."""
    return NAME, asdict(figures)


def figures_of(properties: Iterable[tuple[str, Any]]) -> Iterator[Figures]:
    """Yield the figures among the properties of a report."""
    return (Figures(**told) for name, told in properties if name == NAME)


def lines_of(proofs: Sequence[Figures]) -> Iterator[str]:
    """Yield each proof's figures as a line for a terminal."""
    for one in proofs:
        named = zip(COLUMNS[1:], one.cells[1:], strict=True)
        yield f"{one.proof}: " + ", ".join(f"{value} {name}" for name, value in named if value)


def written_into(page: str, proofs: Sequence[Figures], *, head: str) -> str:
    """Return the page with the table of these proofs in the place of the one before."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(one.cells for one in proofs)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    kinds = "\n".join(f"- {one.proof}: {_by_kind(one.faults)}" for one in proofs if one.faults)
    faults = f"\n\nFaults by kind:\n\n{kinds}" if kinds else ""
    return f"{before}{BEGIN}\n{head}\n\n{table}{faults}\n{END}{after}"


def write(path: Path, proofs: Sequence[Figures], *, head: str) -> None:
    """Write the table into the file at `path`, in its place."""
    page = path.read_text(encoding="utf-8")
    path.write_text(written_into(page, proofs, head=head), encoding="utf-8")


def _by_kind(faults: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in sorted(faults.items()))
