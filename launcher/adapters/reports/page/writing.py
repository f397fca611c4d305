"""A page in pieces of text: the template filled in, with the rows streamed through it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from launcher.adapters.reports.page import assets
from launcher.adapters.reports.page.head import (
    command_of,
    counts_of,
    facts_of,
    figures_of,
    is_fine,
    verdict_of,
    whose,
)
from launcher.adapters.reports.page.latencies import latencies_of
from launcher.adapters.reports.page.picture import Picture
from launcher.adapters.reports.page.problems import SHOWN, problems_of, remarks_of
from launcher.adapters.reports.page.refusals import refusals_of
from launcher.adapters.reports.page.running import running_of
from launcher.adapters.reports.page.starts import starts_of
from launcher.adapters.reports.page.tally import Counted, Tally
from launcher.adapters.reports.page.tasks import inert_json, tasks_json
from launcher.core.outcome import Outcome
from launcher.core.reasons import rerun_of
from launcher.core.report import Report

_ENOUGH = 16_384


def page_of(report: Report, *, now: datetime | None = None, live: bool = False) -> Iterator[str]:
    """Yield the page of a report as of `now`; the rows are read once, and none is kept.

    A `live` page is written again and again while its run goes on, and loads itself anew.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(assets.template())
    filling = _filling(report, now or datetime.now(UTC), live=live)
    return _joined(template.generate(filling))


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the many small pieces of a template as few; large ones go as they are."""
    small: list[str] = []
    size = 0
    for piece in pieces:
        small.append(piece)
        size += len(piece)
        if size >= _ENOUGH:
            large = small.pop()
            yield "".join(small)
            yield large
            small, size = [], 0
    yield "".join(small)


def _filling(report: Report, now: datetime, *, live: bool) -> dict[str, object]:
    """Return what the template asks for; what comes of the rows it asks for after them."""
    tally = Tally(run=report.run)
    is_abort = report.summary.aborts is not None
    return {
        "beginning": Markup(assets.BEGINNING),  # noqa: S704 - our own
        "policy": policy(),
        "style": Markup(assets.style().text),  # noqa: S704 - our own
        "script": Markup(assets.script().text),  # noqa: S704 - our own
        "plotly": assets.plotly().text,
        "run": report.run,
        "verdict": verdict_of(report, now=now),
        "whose": whose(report.run),
        "command": command_of(report.run),
        "counts": counts_of(report.summary),
        "is_fine": lambda kind: is_fine(kind, abort=is_abort),
        "is_abort": is_abort,
        "figures": tuple(figures_of(report)),
        "facts": tuple(facts_of(report)),
        "settings": _inert(
            {
                "run": report.run.run_id,
                "live": live and report.run.may_go_on,
                "at": round(now.timestamp() * 1000),
                "outcomes": [outcome.value for outcome in Outcome],
            }
        ),
        "tasks": (Markup(piece) for piece in tasks_json(report.rows, report.run, tally)),  # noqa: S704 - inert
        "after_rows": lambda: _after_rows(report, tally.counted()),
    }


def _after_rows(report: Report, found: Counted) -> dict[str, object]:
    pictures = pictures_of(report, found)
    digest = found.digest
    drawn = [picture.name for picture in pictures if picture.traces]
    return {
        "pictures": pictures,
        "wide": drawn[0] if len(drawn) % 2 else None,
        "rerun": rerun_of(digest.failed),
        "figures": _inert([picture.figure for picture in pictures if picture.traces]),
        "problems": tuple(islice(problems_of(digest, report.run), SHOWN)),
        "problems_hidden": max(len(digest.reasons) - SHOWN, 0),
        "remarks": tuple(islice(remarks_of(digest, report.run), SHOWN)),
        "remarks_hidden": max(len(digest.remarks) - SHOWN, 0),
    }


def pictures_of(report: Report, found: Counted) -> tuple[Picture, ...]:
    """Return the pictures of a page, in their order; an abort starts nothing."""
    if report.summary.aborts is not None:
        return (running_of(found),)
    return (
        starts_of(found.starts, report.run, report.waits),
        latencies_of(found.latencies),
        refusals_of(found.digest, report.summary),
        running_of(found),
    )


def policy() -> str:
    """Return the Content-Security-Policy of a page: what it holds itself, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{assets.script().hash}' '{assets.plotly().hash}'",
            f"style-src '{assets.style().hash}' '{assets.NO_STYLE}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _inert(value: object) -> Markup:
    return Markup(inert_json(value))  # noqa: S704 - it closes no script
