from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.screen import plan_in_words, shares_in_words
from launcher.adapters.screen.words import (
    budget_in_words,
    duration,
    requests_in_words,
    shown,
    size,
    time_of_day,
    to_go_in_words,
    why_closed,
)
from launcher.core.budget import Budget
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan, Share
from support.report_examples import AT, EARLIER, FORECAST, HOSTILE, PLAN, RUN, snapshot, task

NOTHING = Forecast(requests=0, windows=1, seconds=0.0)


def test_a_plan_is_told_with_everything_in_it() -> None:
    assert plan_in_words(PLAN, FORECAST) == (
        "312 tasks: 290 drafts to launch (2 of them batch tasks; each starts many), "
        "8 skipped (not drafts any more), 4 rejected, 10 launched by an earlier run. "
        "About 290 requests in 1 window of 1,000, about 10 s."
    )


def test_thousands_are_set_apart_in_a_plan() -> None:
    drafts = tuple(task(number) for number in range(2000))
    plan = Plan(requested=50000, drafts=drafts, batch=drafts[:1000], beyond=45000, skipped=3000)

    assert plan_in_words(plan, Forecast(requests=2000, windows=2, seconds=300.0, limit=1000)) == (
        "50,000 tasks: 2,000 drafts to launch (1,000 of them batch tasks; each starts many), "
        "45,000 left for later (--limit), 3,000 skipped (not drafts any more). "
        "About 2,000 requests in 2 windows of 1,000, about 5 min."
    )


@pytest.mark.parametrize(
    ("plan", "forecast", "words"),
    [
        (
            Plan(requested=1, drafts=(task(1),)),
            Forecast(requests=1, windows=1, seconds=0.03),
            "1 task: 1 draft to launch. About 1 request in 1 window, about 1 s.",
        ),
        (
            Plan(requested=1, drafts=(task(1),)),
            Forecast(requests=1, windows=1, seconds=20.0, is_least=True),
            (
                "1 task: 1 draft to launch. At least 1 request in 1 window, 20 s; how long the "
                "tasks take comes on top."
            ),
        ),
        (
            Plan(requested=1, drafts=(task(1),), batch=(task(1),)),
            Forecast(requests=1, windows=1, seconds=0.03),
            (
                "1 task: 1 draft to launch (a batch task; it starts many). "
                "About 1 request in 1 window, about 1 s."
            ),
        ),
        (
            Plan(requested=2, drafts=(task(1), task(2)), batch=(task(1),)),
            Forecast(requests=2, windows=2, seconds=301.0),
            (
                "2 tasks: 2 drafts to launch (1 of them a batch task; it starts many). "
                "About 2 requests in 2 windows, about 5 min 1 s."
            ),
        ),
        (
            Plan(requested=3, to_clone=(task(1), task(2)), batch=(task(1),), beyond=1),
            Forecast(requests=4, windows=1, seconds=1.0),
            (
                "3 tasks: 2 to clone and launch (1 of them a batch task; it starts many), 1 left "
                "for later (--limit). About 4 requests in 1 window, about 1 s."
            ),
        ),
        (
            Plan(requested=5, launched_before=5, earlier_runs=(EARLIER, RUN)),
            NOTHING,
            "5 tasks: no drafts to launch, 5 launched by earlier runs.",
        ),
        (
            Plan(requested=5, in_doubt=(task(1),), unread=4),
            Forecast(requests=1, windows=1, seconds=1.0),
            (
                "5 tasks: no drafts to launch, 1 in doubt since an earlier run, to be settled "
                "first, 4 not read. About 1 request in 1 window, about 1 s."
            ),
        ),
    ],
)
def test_a_plan_counts_in_good_grammar(plan: Plan, forecast: Forecast, words: str) -> None:
    assert plan_in_words(plan, forecast) == words


ALIGN, CALL = "RFranklin/one/align/3", "RFranklin/one/call/7"


def share(count: int, app: str | None = ALIGN, project: str | None = "RFranklin/one") -> Share:
    return Share(count=count, app=app, project=project)


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((), ""),
        ((share(5, app=None),), ""),
        ((share(51),), "51 of align/3"),
        ((share(800), share(400, CALL)), "800 of align/3, 400 of call/7"),
        ((share(8), share(4, None)), "8 of align/3, 4 of an app that is not shown"),
        (
            (share(8), share(4, ALIGN, "RFranklin/two"), share(1, CALL, None)),
            (
                "8 of align/3 in RFranklin/one, 4 of align/3 in RFranklin/two, "
                "1 of call/7 in no project"
            ),
        ),
        (
            (share(8), share(4, "LPauling/x/align/3")),
            "8 of RFranklin/one/align/3, 4 of LPauling/x/align/3",
        ),
        ((share(8, "odd"), share(4, "a//")), "8 of odd, 4 of /"),
        (
            tuple(share(2000 - number, f"a/b/app-{number}/0") for number in range(9)),
            ", ".join(f"{2000 - number:,} of app-{number}/0" for number in range(6))
            + ", 5,979 of 3 others",
        ),
    ],
)
def test_what_is_to_be_started_is_told_by_app(shares: tuple[Share, ...], words: str) -> None:
    assert shares_in_words(shares) == words


def test_names_of_apps_and_projects_are_harmless_and_bounded() -> None:
    hostile = tuple(
        share(1, f"a/b/{name}\n{number}/{name * 99}", f"{name * 99}/{number}")
        for number, name in enumerate(HOSTILE)
    )

    words = shares_in_words(hostile)

    assert words.isprintable()
    assert not set("\x1b\u202e") & set(words)
    assert len(words) < 1500


def test_a_plan_tells_its_apps_before_its_requests() -> None:
    plan = Plan(requested=1, drafts=(task(1),), shares=(share(1),))

    assert plan_in_words(plan, Forecast(requests=1, windows=1, seconds=0.03)) == (
        "1 task: 1 draft to launch. To start: 1 of align/3. About 1 request in 1 window, about 1 s."
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200.0, "3 min 20 s"),
        (3600.0, "1 h"),
        (7500.0, "2 h 5 min"),
        (97200.0, "1 d 3 h"),
        (float("inf"), "an unknown time"),
        (float("nan"), "an unknown time"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(st.floats())
def test_every_duration_has_words(seconds: float) -> None:
    assert duration(seconds)


@given(st.floats())
def test_every_time_ahead_has_words(in_s: float) -> None:
    assert len(time_of_day(AT, in_s=in_s, zone=UTC)) == len("03:21:41")


@pytest.mark.parametrize("seconds", [0.0, 4.9, float("-inf")])
def test_the_end_is_near_but_never_at_once(seconds: float) -> None:
    assert to_go_in_words(seconds) == "a few seconds to go"


def test_times_are_of_the_zone_asked_for() -> None:
    assert time_of_day(AT, in_s=60, zone=timezone(timedelta(hours=2))) == "05:22:41"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_foreign_text_is_one_short_printable_line(text: str) -> None:
    words = shown(text, limit=100)

    assert words.isprintable()
    assert len(words) <= 1000


def test_the_budget_says_what_is_left_and_until_when() -> None:
    assert budget_in_words(snapshot(), now=AT, zone=UTC) == "800 of 1,000 left until 03:25:01"


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (36_864, "36.9 kB"),
        (1_000_000, "1.0 MB"),
        (18_500_000_000, "18.5 GB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits(size_bytes: int, words: str) -> None:
    assert size(size_bytes) == words


@pytest.mark.parametrize("ends_in_s", [None, 0.0, -1.0])
def test_a_window_without_a_known_end_has_no_time(ends_in_s: float | None) -> None:
    now = replace(snapshot(), window_ends_in_s=ends_in_s)

    assert budget_in_words(now, now=AT, zone=UTC) == "800 of 1,000 left"


def test_requests_a_task_are_those_of_the_tasks_they_launched() -> None:
    assert requests_in_words(214, launched=210) == "214 requests, 1.02 a task"
    assert requests_in_words(1, launched=0) == "1 request"


def test_the_gate_is_closed_by_its_own_word_first() -> None:
    closed = replace(snapshot(), closed="the platform throttles", closed_for_s=4.0)

    assert why_closed(closed) == ("the platform throttles", 4.0)
    assert why_closed(snapshot()) is None


def test_a_budget_used_up_is_a_reason_to_wait_while_something_is_left() -> None:
    spent = replace(snapshot(), budget=Budget(remaining=3, in_flight=3))
    done = replace(spent, counts={Outcome.LAUNCHED: 300}, in_doubt=0)

    assert why_closed(spent) == ("the budget of this window is used up", 200.0)
    assert why_closed(done) is None
