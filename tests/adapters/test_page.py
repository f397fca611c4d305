"""The page of a report: what is in it, before any browser reads it."""

import base64
import hashlib
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.reports import SUFFIXES, check_target, write_report
from launcher.adapters.reports.page import assets
from launcher.adapters.reports.page.head import Verdict, figures_of, verdict_of
from launcher.adapters.reports.page.latencies import latencies_of, percentile
from launcher.adapters.reports.page.picture import POINTS
from launcher.adapters.reports.page.problems import problems_of
from launcher.adapters.reports.page.refusals import refusals_of
from launcher.adapters.reports.page.running import running_of
from launcher.adapters.reports.page.starts import starts_of
from launcher.adapters.reports.page.tally import Counted, Tally
from launcher.adapters.reports.page.tasks import inert_json
from launcher.adapters.reports.page.writing import page_of
from launcher.core.costs import Cost
from launcher.core.errors import UsageError
from launcher.core.outcome import Outcome
from launcher.core.reasons import digest_of
from launcher.core.report import Report, Wait
from launcher.core.row import Row
from support.pages import big_report
from support.report_examples import (
    AT,
    EARLIER,
    HOSTILE,
    RUN,
    facts,
    hostile_row,
    report_of_rows,
    row,
    task,
    with_rows,
    with_summary,
)

MIXED = big_report(60, trouble=0.3)
NOW = AT + timedelta(seconds=12)
BUDGET = "the budget of this window is used up"


class Parts(HTMLParser):
    """Tags, attributes, and the text of every script and style by its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        self._open = (tag, dict(attrs)) if tag in {"script", "style"} else None

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open = None

    def handle_data(self, data: str) -> None:
        match self._open:
            case ("script", attributes):
                self.scripts.append((attributes, data))
            case ("style", _):
                self.styles.append(data)
            case _:
                pass

    def json_of(self, place: str) -> Any:  # noqa: ANN401 - what the page holds
        (text,) = (text for attributes, text in self.scripts if attributes.get("id") == place)
        return json.loads(text)

    @property
    def policy(self) -> str:
        return next(value for name, value in self.attributes if value.startswith("default-src"))


def written(report: Report) -> str:
    """Return the page less plotly.js, which takes long to read."""
    return "".join(page_of(report, now=NOW)).replace(assets.plotly().text, "")


def counted_of(rows: Sequence[Row]) -> Counted:
    tally = Tally(run=facts())
    for one in rows:
        tally.add(one)
    return tally.counted()


# ---------------------------------------------------------------- the page as a whole


def test_a_policy_allows_what_the_page_holds_and_nothing_else() -> None:
    parts = Parts("".join(page_of(MIXED)))
    run = [text for attributes, text in parts.scripts if "type" not in attributes]
    packed = next(text for given, text in parts.scripts if given.get("id") == "plotly")
    plotly = zlib.decompress(base64.b64decode(packed))

    allowed = {
        name: set(values.split())
        for name, _, values in (part.partition(" ") for part in parts.policy.split("; "))
    }

    def hashed(text: bytes) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"

    assert allowed == {
        "default-src": {"'none'"},
        "script-src": {hashed(run[0].encode()), hashed(plotly)},
        "style-src": {hashed(parts.styles[0].encode()), hashed(b"")},
        "img-src": {"data:"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
    }
    assert len(run) == len(parts.styles) == 1


def test_a_page_names_no_resource_and_no_handler() -> None:
    parts = Parts(written(MIXED))

    sources = [value for name, value in parts.attributes if name in {"src", "srcset", "action"}]
    links = {value.split(":")[0] for name, value in parts.attributes if name == "href"}
    handlers = [name for name, _ in parts.attributes if name.startswith("on") or name == "style"]
    assert (sources, handlers) == ([], [])
    assert links <= {"https", "data", "#tasks", "#run"}


def full_of(text: str, *, project: str) -> Report:
    """Return a report with the text wherever others write."""
    refused = replace(hostile_row(text), project=project)
    launched = replace(row(2), status=text, remark=text, app=text, currency=text)
    run = replace(facts(), arguments=("run", text), reason=text, exit_code=4, host=text)
    waits = (Wait(at=AT, for_s=3, why=text),)
    return replace(report_of_rows([refused, launched], run), waits=waits)


@cache
def plain_page() -> str:
    return written(full_of("x", project="mara/lung"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_adds_no_element_and_no_unseen_character(text: str) -> None:
    page = written(full_of(text, project=text))

    found = Parts(page)
    assert found.tags - Parts(plain_page()).tags == Counter()
    assert len(page) < len(plain_page()) + 20_000
    assert all(one.isprintable() or one == "\n" for one in page)
    assert "<!--" not in page.removeprefix(assets.BEGINNING)
    assert len(found.json_of("rows")["rows"]) == 2
    assert found.json_of("figures")


@given(st.recursive(st.text() | st.none(), lambda more: st.lists(more, max_size=3), max_leaves=8))
def test_json_in_a_page_closes_no_script_and_reads_back(value: object) -> None:
    text = inert_json(value)

    assert not set(text) & set("<>&")
    assert json.loads(text) == value


def test_every_task_is_in_the_page_with_what_is_known_of_it() -> None:
    known = row(7, Outcome.REJECTED)
    known = replace(known, error_code=7024, http_status=400, error_message="no value", attempts=2)
    page = Parts(written(report_of_rows([known, replace(row(8), run_id=EARLIER)])))

    held = page.json_of("rows")

    first, second = held["rows"]
    texts = held["texts"]
    assert first[:3] == [task(7), 2, "align 7"]
    assert [texts[first[3]], first[4:7], texts[first[7]]] == ["DRAFT", [2, 400, 7024], "no value"]
    assert second[:2] == [task(8), 0]
    assert second[8] == round(AT.timestamp() * 1000)
    assert (first[20], texts[second[20]]) == (None, EARLIER)
    assert held["pages"] == "https://cavatica.sbgenomics.com"
    assert held["paths"] == {str(first[16]): "mara/lung"}


def test_texts_that_tasks_share_are_held_once() -> None:
    page = written(report_of_rows(replace(row(n), app="an-app-of-all") for n in range(50)))

    assert page.count("an-app-of-all") == 1


def test_rows_are_read_once_and_none_is_kept() -> None:
    passed: list[int] = []

    def rows() -> Any:  # noqa: ANN401 - a generator that counts
        for number in range(1200):
            passed.append(number)
            yield row(number)

    one = report_of_rows([])
    pieces = iter(page_of(with_rows(one, rows()), now=NOW))
    next(pieces)
    started = len(passed)
    for _ in pieces:
        pass

    assert started < 1200
    assert passed == list(range(1200))


@pytest.mark.parametrize("name", ["report.html", "REPORT.HTML"])
def test_a_page_is_written_again_over_a_page(tmp_path: Path, name: str) -> None:
    write_report(MIXED, tmp_path / name)
    write_report(report_of_rows([]), tmp_path / name)

    page = (tmp_path / name).read_text("utf-8")
    assert ".html" in SUFFIXES
    assert "0 of 0 tasks launched" in unescape(page)


def test_another_page_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>\n<title>mine</title>")

    with pytest.raises(UsageError, match="no report of the launcher"):
        check_target(tmp_path / "index.html")


@pytest.mark.parametrize("missing", ["jinja2", "plotly"])
def test_a_page_that_cannot_be_made_is_refused_with_the_mend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(UsageError, match=re.escape("pip install jinja2 plotly")):
        check_target(tmp_path / "report.html")
    check_target(tmp_path / "report.csv")


# ---------------------------------------------------------------- the head


@pytest.mark.parametrize(
    ("report", "tone", "words"),
    [
        (report_of_rows([row(1), row(2)]), "good", "all well: 2 of 2 tasks launched"),
        (
            report_of_rows([row(1), row(2, Outcome.REJECTED)], replace(facts(), exit_code=1)),
            "bad",
            "1 rejected of 2 tasks",
        ),
        (
            report_of_rows(
                [row(1), row(2, Outcome.PENDING)],
                replace(facts(), exit_code=4, reason="--limit is reached"),
            ),
            "stopped",
            "stopped early: 1 of 2 tasks launched, 1 pending",
        ),
        (
            report_of_rows([row(1), row(2, Outcome.PENDING)], replace(facts(), ended_at=None)),
            "running",
            "still running, as of 03:21:53 UTC: 1 of 2 tasks launched, 1 pending",
        ),
        (
            report_of_rows(
                [row(1), row(2, Outcome.PENDING)],
                replace(facts(), ended_at=None, exit_code=None, was_killed=True),
            ),
            "stopped",
            "killed: 1 of 2 tasks launched, 1 pending",
        ),
    ],
    ids=["good", "bad", "stopped", "running", "killed"],
)
def test_the_verdict_is_a_line_of_words(report: Report, tone: str, words: str) -> None:
    found = verdict_of(report, now=NOW)

    assert (found.tone, found.words) == (tone, words)
    assert found.icon


def test_tasks_that_did_not_complete_are_the_verdict_where_all_were_launched() -> None:
    report = report_of_rows([row(1), row(2)], replace(facts(), exit_code=1))
    states = replace(report.summary, states={"COMPLETED": 1, "FAILED": 1})

    found = verdict_of(with_summary(report, states), now=NOW)

    assert found.words == "1 of 2 launched tasks did not complete"


def test_all_is_not_well_where_a_launched_task_failed_since() -> None:
    report = report_of_rows([row(1), row(2)])
    states = replace(report.summary, states={"COMPLETED": 1, "FAILED": 1})

    found = verdict_of(with_summary(report, states), now=NOW)

    assert found == Verdict(tone="bad", words="2 of 2 tasks launched, 1 FAILED on the platform")


def test_completed_ones_are_not_taken_for_all() -> None:
    report = report_of_rows([row(1), row(2, Outcome.SKIPPED)])
    states = replace(report.summary, states={"COMPLETED": 1})

    found = verdict_of(with_summary(report, states), now=NOW)

    assert found.words == "all well: 1 of 2 tasks launched, 1 skipped, all launched ones completed"


def test_an_abort_is_told_by_the_fates_of_its_tasks() -> None:
    report = report_of_rows([row(1)], replace(facts(), aborts=EARLIER))
    aborted = with_summary(report, replace(report.summary, aborts={"aborted": 3, "ended": 1}))

    assert verdict_of(aborted, now=NOW) == Verdict(
        tone="good", words="all well: 3 aborted, 1 ended"
    )
    page = written(aborted)
    assert '<span class="mark kind-aborted"' in page
    assert re.findall(r'id="picture-(\w+)"', page) == ["running"]


def test_the_head_names_the_duration_with_the_ideal_one() -> None:
    page = written(big_report(2000))

    assert "duration (ideal: 10 min 27 s)" in page
    assert "<dd>10 min 40 s</dd>" in page


def test_a_run_that_ended_before_its_ideal_has_none_in_the_head() -> None:
    early = replace(facts(), duration_s=80.0, ideal_s=600.0)

    assert "ideal" not in written(report_of_rows([row(1)], early))


def test_a_cost_says_how_many_tasks_show_a_price() -> None:
    spent = Cost(
        project="o/p", app="o/p/a", currency="USD", tasks=60, priced=2, amount=Decimal("3.1")
    )
    report = report_of_rows([row(1)])

    page = written(with_summary(report, replace(report.summary, costs=(spent,))))

    assert "<dd>USD 3.10 (2 tasks with a price)</dd>" in page


def test_only_a_page_that_a_run_writes_while_it_goes_on_is_live() -> None:
    goes_on = report_of_rows([row(1)], replace(facts(), ended_at=None, exit_code=None))

    killed = replace(goes_on, run=replace(goes_on.run, was_killed=True))

    def lively(*, live: bool) -> list[bool]:
        pages = ("".join(page_of(one, live=live)) for one in (goes_on, killed, MIXED))
        return [Parts(page).json_of("settings")["live"] for page in pages]

    assert lively(live=True) == [True, False, False]
    assert lively(live=False) == [False, False, False]
    assert 'http-equiv="refresh"' not in written(goes_on).lower()


def test_what_a_run_that_goes_on_has_not_settled_needs_nobody() -> None:
    doubt = replace(row(1, Outcome.UNKNOWN), http_status=502, error_message="Bad Gateway")
    again = replace(row(2, Outcome.PENDING), http_status=429, error_message="Too Many Requests")
    refused = replace(row(3, Outcome.REJECTED), error_code=7024, error_message="no value")
    goes_on = replace(facts(), ended_at=None, exit_code=None)

    found = problems_of(digest_of([doubt, again, refused], run=RUN), goes_on)

    told = [(one.what, one.mend.partition(":")[0]) for one in found]
    assert told[:2] == [
        ("HTTP 502: not settled yet", "Nothing while the run goes on"),
        ("HTTP 429: not started yet", "Nothing while the run goes on"),
    ]
    assert told[2][1].startswith("Open the task on the platform")


def test_a_page_of_a_run_that_goes_on_has_no_tile_of_what_nobody_knows() -> None:
    goes_on = replace(facts(), ended_at=None, exit_code=None, requests=None)
    report = report_of_rows([row(1)], goes_on)
    unknown = replace(report.summary, requests=None, throttled=None, duration_s=None)

    assert list(figures_of(with_summary(report, unknown))) == []
    assert 'class="tiles figures"' not in written(with_summary(report, unknown))


# ---------------------------------------------------------------- problems


def test_a_reason_stands_once_with_its_mend_and_a_link() -> None:
    refused = [
        replace(row(n, Outcome.REJECTED), error_code=7024, http_status=400, error_message="no <b>")
        for n in range(5)
    ]
    page = written(report_of_rows(refused, replace(facts(), exit_code=1)))

    assert page.count("mend what its page complains about") == 1
    assert "5 rejected</span>" in page
    assert "“no &lt;b&gt;”" in page
    assert f'href="https://cavatica.sbgenomics.com/u/mara/lung/tasks/{task(0)}"' in page


def test_no_task_is_linked_where_the_platform_is_not_known() -> None:
    local = replace(facts().account, endpoint="http://127.0.0.1:8080/v2")
    refused = replace(row(1, Outcome.REJECTED), error_code=7024)
    page = written(report_of_rows([refused], replace(facts(), account=local)))

    assert Parts(page).json_of("rows")["pages"] is None
    assert "/tasks/" not in page.partition("</head>")[2].partition('id="plotly"')[0]


# ---------------------------------------------------------------- pictures


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=300),
    st.sampled_from([0.5, 0.95, 0.99]),
)
def test_a_percentile_is_the_least_that_so_many_do_not_exceed(
    values: list[float], share: float
) -> None:
    ordered = sorted(values)

    found = percentile(ordered, share)

    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)
    assert sum(value < found for value in ordered) < share * len(ordered)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_every_latency_is_in_one_bar(values: list[float]) -> None:
    picture = latencies_of(sorted(values))

    (bars,) = picture.traces
    assert sum(bars["y"]) == len(values)
    assert len(picture.layout["annotations"] if picture.layout else ()) == 3


@given(st.integers(1, 5000))
def test_a_line_of_starts_ends_at_all_of_them_and_is_short(count: int) -> None:
    starts = [AT.timestamp() + number for number in range(count)]

    line = starts_of(starts, facts(), ()).traces[-1]

    assert line["y"][0] == 0
    assert line["y"][-1] == count
    assert line["y"] == sorted(line["y"])
    assert line["x"] == sorted(line["x"])
    assert len(line["x"]) <= 2 * POINTS + 3


def test_waits_are_shaded_by_their_reasons_the_rare_ones_together() -> None:
    whys = [BUDGET] * 4 + ["throttled"] * 3 + ["an outage", "a pause of the feed"]
    waits = [
        Wait(at=AT + timedelta(seconds=10 * number), for_s=5, why=why)
        for number, why in enumerate(whys)
    ]

    picture = starts_of([AT.timestamp(), AT.timestamp() + 100], facts(), waits)

    shades = {trace["name"]: trace for trace in picture.traces if trace["type"] == "bar"}
    assert {name: len(trace["x"]) for name, trace in shades.items()} == {
        BUDGET: 4,
        "throttled": 3,
        "other pauses": 2,
    }
    assert set(shades[BUDGET]["width"]) == {5000.0}
    assert shades[BUDGET]["x"][0] == "2026-11-24 03:21:43.623"
    assert shades[BUDGET]["text"][0] == f"{BUDGET}<br>5 s from 03:21:41"
    assert picture.words.endswith("9 pauses of 45 s in all.")


def test_running_tasks_are_counted_from_the_end_of_the_queue_to_their_own() -> None:
    def ran(number: int, queued: float, running: float) -> Row:
        end = AT + timedelta(seconds=queued + running)
        times = {"queued_s": queued, "running_s": running, "ended_at": end}
        return replace(row(number), status="COMPLETED", **times)  # type: ignore[arg-type]

    goes_on = replace(
        row(3),
        status="RUNNING",
        queued_s=5.0,
        running_s=25.0,
        status_at=AT + timedelta(seconds=30),
    )
    unknown = row(4)

    picture = running_of(counted_of([ran(1, 10, 20), ran(2, 20, 5), goes_on, unknown]))

    (line,) = picture.traces
    seconds = [float(at[-6:]) - 41.123 for at in line["x"][:3]]
    assert [round(one) for one in seconds] == [5, 10, -40]
    assert line["y"] == [1, 2, 3, 2, 1]
    assert picture.words.startswith(
        "Times of 3 of 4 launched tasks are known: at most 3 of these ran at once"
    )
    assert "1 still ran when last read" in picture.words


def test_a_picture_of_few_tasks_says_of_how_many_it_is_one() -> None:
    ended = {"queued_s": 5.0, "running_s": 25.0, "ended_at": AT + timedelta(seconds=30)}
    known = replace(row(1), status="COMPLETED", **ended)  # type: ignore[arg-type]
    unknown = [row(number) for number in range(2, 301)]
    skipped = row(301, Outcome.SKIPPED)

    picture = running_of(counted_of([known, *unknown, skipped]))

    assert picture.words == (
        "Times of 1 of 300 launched tasks are known: at most 1 of these ran at once, within 25 s; "
        "all of these have ended."
    )


def test_tasks_that_run_since_nobody_knows_when_are_told_beside_the_picture() -> None:
    times = {"queued_s": 5.0, "running_s": 25.0, "status_at": AT + timedelta(seconds=30)}
    known = replace(row(1), status="RUNNING", **times)  # type: ignore[arg-type]
    unknown = [replace(row(number), status="RUNNING") for number in (2, 3)]

    picture = running_of(counted_of([known, *unknown, row(4)]))

    assert picture.words.endswith("2 more ran when last read, it is not known since when.")


def test_what_is_not_launched_is_drawn_by_reason_and_adds_up() -> None:
    rows = [
        *(replace(row(n, Outcome.REJECTED), error_code=7024, http_status=400) for n in range(3)),
        *(replace(row(n, Outcome.SKIPPED), status="RUNNING") for n in range(2)),
        *(row(n, Outcome.PENDING) for n in range(4)),
        row(9),
    ]
    report = report_of_rows(rows)

    picture = refusals_of(counted_of(rows).digest, report.summary)

    bars = {trace["name"]: trace["x"] for trace in picture.traces}
    assert bars == {"skipped": [2], "rejected": [3], "pending": [4]}
    assert (
        picture.words
        == "4 pending (pending), 3 rejected (code 7024, HTTP 400), 2 skipped (RUNNING)."
    )


def test_a_picture_of_nothing_is_words() -> None:
    nothing = report_of_rows([])
    counted = counted_of([])

    pictures = (
        starts_of((), facts(), ()),
        latencies_of(()),
        refusals_of(counted.digest, nothing.summary),
        running_of(counted),
    )

    assert [picture.traces for picture in pictures] == [()] * 4
    assert all(picture.words for picture in pictures)
    assert 'class="plot"' not in written(nothing)


@pytest.mark.parametrize("text", ["<b>bold</b>", "<a href='https://evil'>x</a>", "a & b <br>"])
def test_markup_that_plotly_knows_is_text(text: str) -> None:
    refused = replace(row(1, Outcome.REJECTED), error_message=text, status=text)
    skipped = replace(row(2, Outcome.SKIPPED), status=text)
    report = replace(
        report_of_rows([row(3), refused, skipped]), waits=(Wait(at=AT, for_s=1, why=text),)
    )

    figures = json.dumps(Parts(written(report)).json_of("figures"))

    assert set(re.findall(r"<[^>]*>", figures)) <= {"<br>", "<extra>", "</extra>"}
    assert "href" not in re.sub(r"&lt;.*?&gt;", "", figures)


def test_the_package_carries_what_a_page_is_made_of() -> None:
    here = Path(assets.__file__).parent

    held = {path.name for path in here.iterdir() if path.suffix in {".html", ".css", ".js"}}

    assert held == {"page.html", "page.css", *assets._SCRIPTS}
    assert "</script" not in assets.script().text
    assert "</style" not in assets.style().text
