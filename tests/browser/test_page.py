"""The page of a report in a real browser: what people see, and that nothing leaves it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from launcher.adapters.reports import write_report
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from support.browser import Opened, browsing, chromium, open_page
from support.pages import big_report
from support.report_examples import HOSTILE, facts, hostile_row, report_of_rows, row, task

MANY = 20_000
ROWS_LIMIT_MS = 5_000
DRAWN_LIMIT_MS = 15_000
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1200, "height": 800}
HOSTILE_PROJECT = 'x/"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for this file: its loop would be in the way of asyncio's in other files."""
    executable = chromium()
    if executable is None:
        pytest.skip("chromium is not installed")
    with browsing(executable) as one:
        yield one


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(viewport=DESK)
    yield one
    one.close()


@pytest.fixture(scope="module")
def troubled(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A page with every picture; a test leaves its tab as it found it."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(big_report(24, trouble=0.5), path)
    context = browser.new_context(viewport=DESK)
    yield open_page(context, path).drawn()
    context.close()


def listed(path: Path, count: int = 130) -> Path:
    """Write a page of tasks without pictures, which is there at once."""
    quiet = {"launched_at": None, "latency_s": None, "request_id": None}
    rows = [replace(row(number), **quiet) for number in range(1, count + 1)]  # type: ignore[arg-type]
    rows[1::10] = [replace(one, outcome=Outcome.SKIPPED, status="RUNNING") for one in rows[1::10]]
    write_report(report_of_rows(rows), path)
    page = path.read_text("utf-8")
    path.write_text(re.sub(r'(id="figures">).*?(</script>)', r"\1[]\2", page), "utf-8")
    return path


# ---------------------------------------------------------------- what is seen


def test_every_picture_is_drawn_and_has_an_alternative_in_words(troubled: Opened) -> None:
    for name in ("starts", "latencies", "refusals", "running"):
        plot = troubled.page.locator(f"#plot-{name}")
        expect(plot.locator("svg.main-svg").first).to_be_visible()
        words = troubled.page.locator(f"#picture-{name} figcaption").inner_text()
        assert plot.get_attribute("aria-label") == (
            f"{troubled.page.locator(f'#picture-{name} h3').inner_text()}. {words}"
        )
    assert troubled.page.locator("#plot-refusals .bars .point").count() > 2


def test_a_page_asks_nobody_and_breaks_no_rule_of_its_own(troubled: Opened) -> None:
    assert troubled.requests == [troubled.address]
    assert troubled.complaints == []


def test_a_value_is_told_where_the_mouse_is(troubled: Opened) -> None:
    page = troubled.page
    page.locator("#plot-running").scroll_into_view_if_needed()
    box = page.locator("#plot-running .nsewdrag").bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(page.locator("#plot-running .hovertext").first).to_contain_text("running")
    page.mouse.move(0, 0)


def test_the_dark_comes_and_goes_with_the_wish_of_the_reader(troubled: Opened) -> None:
    tick = troubled.page.locator("#plot-starts .xtick text").first
    body = troubled.page.locator("body")

    for scheme, ground, ink in (
        ("light", "rgb(246, 247, 249)", "rgb(27, 36, 48)"),
        ("dark", "rgb(16, 21, 28)", "rgb(230, 235, 241)"),
        ("light", "rgb(246, 247, 249)", "rgb(27, 36, 48)"),
    ):
        troubled.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(body).to_have_css("background-color", ground)
        expect(tick).to_have_css("fill", ink)


def test_a_phone_scrolls_the_page_in_one_direction_only(troubled: Opened) -> None:
    fits = "() => document.querySelector('#plot-running .main-svg').clientWidth < 360"
    troubled.page.set_viewport_size(PHONE)
    at_once = troubled.page.evaluate("document.documentElement.scrollWidth")
    troubled.page.wait_for_function(fits)
    then = troubled.page.evaluate("document.documentElement.scrollWidth")
    troubled.page.set_viewport_size(DESK)

    assert (at_once, then) == (360, 360)


def test_on_paper_there_are_no_controls_and_no_dark(troubled: Opened) -> None:
    troubled.page.emulate_media(media="print", color_scheme="dark")
    controls = troubled.page.locator("#controls").is_visible()
    ground = troubled.page.evaluate("getComputedStyle(document.body).backgroundColor")
    printed = troubled.page.pdf()
    troubled.page.emulate_media(media="screen", color_scheme="light")

    assert (controls, ground) == (False, "rgb(255, 255, 255)")
    assert printed.startswith(b"%PDF")


ALL_RULES: dict[str, Any] = {}
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What may differ in the dark."""


@pytest.mark.parametrize(("scheme", "rules"), [("light", ALL_RULES), ("dark", OF_COLOURS)])
def test_axe_finds_nothing_wrong(
    troubled: Opened, scheme: Literal["light", "dark"], rules: dict[str, Any]
) -> None:
    troubled.page.emulate_media(color_scheme=scheme)
    found = Axe().run(troubled.page, options=rules)
    troubled.page.emulate_media(color_scheme="light")

    assert found.response["passes"]
    assert [(one["id"], one["impact"]) for one in found.response["violations"]] == []


# ---------------------------------------------------------------- the table


@pytest.fixture
def tasks(context: BrowserContext, tmp_path: Path) -> Opened:
    return open_page(context, listed(tmp_path / "list.html")).drawn()


def test_a_column_is_sorted_by_its_head_and_by_the_keyboard(tasks: Opened) -> None:
    head = tasks.page.locator("th", has=tasks.page.locator("[data-column=task]"))
    assert tasks.ids()[0] == task(1)

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert tasks.ids()[:3] == [task(1), task(2), task(3)]
    tasks.page.keyboard.press("Enter")

    assert head.get_attribute("aria-sort") == "descending"
    assert tasks.ids()[:2] == [task(130), task(129)]
    assert tasks.page.locator("[aria-sort]").count() == 1


def test_outcomes_and_text_narrow_the_table_page_by_page(tasks: Opened) -> None:
    assert tasks.page.locator("#range").inner_text() == "1 to 50 of 130 tasks"
    tasks.page.get_by_role("button", name="Last").click()
    assert tasks.ids()[-1] == task(130)

    tasks.page.get_by_role("button", name="launched 117").click()
    assert tasks.page.locator("#range").inner_text() == "1 to 13 of 13 tasks (all: 130)"
    assert tasks.ids() == [task(number) for number in range(2, 131, 10)]
    tasks.page.get_by_label("Find").fill("ALIGN 12")

    expect(tasks.page.locator("#range")).to_have_text("1 to 2 of 2 tasks (all: 130)")
    assert tasks.ids() == [task(12), task(122)]
    tasks.page.get_by_role("button", name="Show all").click()
    assert tasks.page.locator("#range").inner_text() == "1 to 50 of 130 tasks"


def test_a_task_leads_to_its_page_on_the_platform(tasks: Opened) -> None:
    link = tasks.page.get_by_role("link", name="align 7", exact=True)

    assert link.get_attribute("href") == (
        f"https://cavatica.sbgenomics.com/u/mara/lung/tasks/{task(7)}"
    )
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_the_ids_that_are_found_are_copied(context: BrowserContext, tasks: Opened) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tasks.page.get_by_label("Find").fill("align 12")

    tasks.page.get_by_role("button", name="Copy 11 ids").click()

    expect(tasks.page.locator("#said")).to_have_text("11 ids copied")
    copied = tasks.page.evaluate("navigator.clipboard.readText()")
    assert copied.split() == [task(number) for number in (12, *range(120, 130))]


def test_ids_that_cannot_be_copied_are_shown_selected(
    context: BrowserContext, tmp_path: Path
) -> None:
    context.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        "document.execCommand = () => false;"
    )
    tasks = open_page(context, listed(tmp_path / "list.html", 3)).drawn()

    tasks.page.get_by_role("button", name="Copy 3 ids").click()

    area = tasks.page.locator("#ids")
    expect(area).to_be_visible()
    assert area.input_value().split() == [task(1), task(2), task(3)]
    selected = "() => [document.activeElement.id, getSelection().toString()]"
    assert tasks.page.evaluate(selected)[0] == "ids"


def test_a_reason_leads_to_its_tasks_in_the_table(troubled: Opened) -> None:
    page = troubled.page
    problem = page.locator(".problems li", has_text="code 7024").first
    count = int(problem.locator(".badge").inner_text().split()[0])

    problem.get_by_role("button").click()

    assert page.locator("#table tbody tr").count() == min(count, 50)
    assert set(page.locator("#table td.wide").all_inner_texts()) == {
        "code 7024, HTTP 400: Input 'reads' is required and has no value"
    }
    page.get_by_role("button", name="Show all").click()


# ---------------------------------------------------------------- hostile, large, live


def test_hostile_names_do_nothing(context: BrowserContext, tmp_path: Path) -> None:
    context.add_init_script("window.alert = () => { window.called = true; };")
    texts = [text for text in HOSTILE.values() if len(text) < 5000]
    run = replace(facts(), arguments=tuple(texts[:8]), reason=HOSTILE["html"], exit_code=4)
    rows = [
        replace(hostile_row(text), task_id=task(number), project=HOSTILE_PROJECT)
        for number, text in enumerate(texts)
    ]
    write_report(report_of_rows(rows, run), tmp_path / "hostile.html")

    opened = open_page(context, tmp_path / "hostile.html").drawn()

    assert (opened.requests, opened.complaints) == ([opened.address], [])
    assert opened.page.evaluate("window.called") is None
    assert opened.page.locator("img, iframe, object, embed").count() == 0
    assert opened.page.locator("#table").get_by_text("<script>alert(1)</script>").count() > 0
    links = opened.page.locator("#table a").evaluate_all("links => links.map(link => link.href)")
    assert {link.split("/u/")[0] for link in links} == {"https://cavatica.sbgenomics.com"}


def test_twenty_thousand_tasks_are_read_within_seconds(
    context: BrowserContext, tmp_path: Path
) -> None:
    write_report(big_report(MANY, trouble=0.01), tmp_path / "many.html")

    opened = open_page(context, tmp_path / "many.html").drawn()

    assert opened.mark_ms("rows shown") < ROWS_LIMIT_MS
    assert opened.mark_ms("pictures drawn") < DRAWN_LIMIT_MS
    assert opened.page.locator("#table tbody tr").count() == 50
    assert opened.complaints == []


def live(path: Path, *, ended: bool, count: int) -> None:
    listed(path)
    quiet = replace(row(1), launched_at=None, latency_s=None)
    rows = [replace(quiet, task_id=task(n), name=f"align {n}") for n in range(1, count + 1)]
    run = facts() if ended else replace(facts(), ended_at=None, exit_code=None)
    report: Report = report_of_rows(rows, run)
    write_report(report, path, live=True)


@pytest.mark.parametrize("storage", [True, False], ids=["stored", "refused"])
def test_a_live_page_loads_itself_anew_and_keeps_what_is_seen(
    context: BrowserContext, tmp_path: Path, *, storage: bool
) -> None:
    if not storage:
        denied = "{ get() { throw new DOMException('denied', 'SecurityError'); } }"
        context.add_init_script(f"Object.defineProperty(window, 'sessionStorage', {denied});")
    path = tmp_path / "live.html"
    live(path, ended=False, count=300)
    opened = open_page(context, path)
    page = opened.page
    page.clock.install()
    page.goto(opened.address)
    expect(page.locator("h1")).to_contain_text("Still running, as of ")
    page.locator("[data-column=task]").click(click_count=2)
    page.get_by_label("Find").fill("align 1")
    page.clock.run_for(200)
    page.get_by_role("button", name="Next").click()
    page.evaluate("scrollTo({top: 300, behavior: 'instant'})")
    before = opened.ids()

    live(path, ended=True, count=301)
    with page.expect_navigation():
        page.clock.run_for(12_000)

    expect(page.locator("h1")).to_contain_text("All well: 301 of 301")
    assert opened.ids() == before
    assert page.get_by_label("Find").input_value() == "align 1"
    assert page.locator("[aria-sort]").get_attribute("aria-sort") == "descending"
    assert page.evaluate("scrollY") == 300
    assert opened.complaints == []


def test_a_page_of_an_ended_run_stays_as_it_is(context: BrowserContext, tmp_path: Path) -> None:
    path = tmp_path / "ended.html"
    live(path, ended=True, count=3)
    opened = open_page(context, path)
    opened.page.clock.install()
    opened.page.goto(opened.address)

    opened.page.evaluate("window.same = true")
    opened.page.clock.run_for(120_000)

    assert opened.page.evaluate("window.same") is True
