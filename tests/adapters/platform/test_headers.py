import math
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from launcher.adapters.platform.headers import AnswerHeaders, read_headers
from launcher.core.answer import Limits
from launcher.core.text import visible

NAMES = (
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Date",
    "Retry-After",
    "X-Request-Id",
    "Location",
)
DATE = "Wed, 30 Nov 2022 10:23:22 GMT"
DATE_AT = 1669803802.0
ODD_NUMBERS = ("", " ", "x", "nan", "inf", "-inf", "1e400", "1_000", "٣", "1,000", "100, 100;w=60")
HEADER_TEXT = st.text(max_size=40) | st.sampled_from(
    (DATE, "0", "-1", "99.5", "1e3", "Mon, 99 Foo 0000 99:99:99 +9999", "https://a@b/?c", "//[")
)


def read(**headers: str) -> AnswerHeaders:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return read_headers(CIMultiDict(named), cut_from=str)


def limits(**headers: str) -> Limits:
    return read(**{f"x_ratelimit_{name}": text for name, text in headers.items()}).limits


@given(headers=st.dictionaries(st.sampled_from(NAMES), HEADER_TEXT))
@example(headers={"Date": "0 0 0 0 0"})
@example(headers={"Date": "Fri, 31 Dec 9999 23:59:59 -1200"})
@example(headers={"Date": "Wed, 30 Nov 99999999999999999999 10:23:22 GMT"})
@example(headers={"Date": "Wed, 30 Nov 2022 10:23:22 +99999999999999999999"})
@example(headers={"X-Request-Id": "\x1b" * 99, "Location": "/\x1b" * 150})
@example(headers={"X-RateLimit-Limit": "0\x1f"})
def test_any_headers_are_read_into_plausible_values(headers: dict[str, str]) -> None:
    told = read_headers(CIMultiDict(headers), cut_from=str)

    assert told.limits.limit is None or told.limits.limit >= 1
    assert told.limits.remaining is None or told.limits.remaining >= 0
    for at in (told.limits.reset_at, told.date_at):
        assert at is None or (math.isfinite(at) and at >= 1e9)
    assert told.retry_after_s is None or 0 <= told.retry_after_s <= 86_400
    for text, limit in ((told.request_id, 100), (told.location, 200)):
        assert text is None or (0 < len(text) <= limit and visible(text) == text)


def test_without_headers_nothing_is_told() -> None:
    nothing = dict.fromkeys(field.name for field in fields(AnswerHeaders))

    assert read() == AnswerHeaders(**{**nothing, "limits": Limits()})  # type: ignore[arg-type] # Nones


def test_the_rate_limit_of_a_real_answer_is_read() -> None:
    told = limits(limit="1000", remaining="998", reset="1669804026")

    assert told == Limits(limit=1000, remaining=998, reset_at=1669804026.0)


def test_a_reset_in_milliseconds_is_read_as_seconds() -> None:
    assert limits(reset="1445694506797") == Limits(reset_at=1445694506.797)


@pytest.mark.parametrize("reset", ["0", "-5", "120", "99999999", "100000000001"])
def test_a_reset_that_is_no_time_of_this_century_is_not_believed(reset: str) -> None:
    assert limits(reset=reset) == Limits()


def test_floats_are_rounded_down() -> None:
    assert limits(limit="1000.0", remaining="7.9") == Limits(limit=1000, remaining=7)


def test_a_negative_remaining_is_nothing_left() -> None:
    assert limits(remaining="-3") == Limits(remaining=0)


@pytest.mark.parametrize("limit", ["0", "-1", "0.5"])
def test_a_limit_that_allows_nothing_is_not_believed(limit: str) -> None:
    assert limits(limit=limit) == Limits()


@pytest.mark.parametrize("odd", ODD_NUMBERS)
def test_odd_numbers_are_missing(odd: str) -> None:
    assert limits(limit=odd, remaining=odd, reset=odd) == Limits()


@pytest.mark.parametrize(
    "date",
    [DATE, "Wed, 30 Nov 2022 10:23:22 -0000", "Wednesday, 30-Nov-22 10:23:22 GMT"],
)
def test_a_date_is_read_as_universal_time(date: str) -> None:
    assert read(date=date).date_at == DATE_AT


@pytest.mark.parametrize("date", ["", "today", "Thu, 01 Jan 1970 00:00:00 GMT", "\udcff"])
def test_an_odd_date_is_missing(date: str) -> None:
    assert read(date=date).date_at is None


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("0", 0.0), ("1.5", 1.5)])
def test_retry_after_is_read_in_seconds(text: str, seconds: float) -> None:
    assert read(retry_after=text).retry_after_s == seconds


@pytest.mark.parametrize(
    ("until", "seconds"),
    [("Wed, 30 Nov 2022 10:24:22 GMT", 60.0), ("Wed, 30 Nov 2022 10:00:00 GMT", 0.0)],
)
def test_a_retry_after_date_counts_from_the_answers_own_date(until: str, seconds: float) -> None:
    assert read(retry_after=until, date=DATE).retry_after_s == seconds


@pytest.mark.parametrize("text", ["-1", "86401", "soon", "", DATE])
def test_an_odd_retry_after_or_a_date_without_ours_is_missing(text: str) -> None:
    assert read(retry_after=text).retry_after_s is None


def test_a_request_id_is_visible_and_short() -> None:
    assert read(x_request_id=" a\x1bb ").request_id == "a\\x1bb"
    assert read(x_request_id="i" * 300).request_id == "i" * 99 + "…"


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("https://login.example/start?next=/tasks&token=x#top", "https://login.example/start"),
        ("https://me:secret@login.example/a@b", "https://login.example/a@b"),
        ("//me@login.example/", "//login.example/"),
        ("/v3/tasks", "/v3/tasks"),
        ("?only=query", None),
        ("https://h/" + "p" * 400, "https://h/" + "p" * 189 + "…"),
    ],
)
def test_a_location_is_kept_without_login_query_and_fragment(
    location: str, kept: str | None
) -> None:
    assert read(location=location).location == kept


def test_a_secret_is_cut_from_every_header_that_is_kept_as_text() -> None:
    echo = dict.fromkeys(NAMES, "https://host/a-secret-of-some-length/b")

    told = read_headers(
        CIMultiDict(echo), cut_from=lambda text: text.replace("a-secret-of-some-length", "[cut]")
    )

    assert told.location == "https://host/[cut]/b"
    assert told.request_id == "https://host/[cut]/b"
    assert "secret" not in repr(told)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("+" + "1" * 20 + "." + "1" * 20, 11111111111111110656),
        (" " * 50 + "7" + " " * 50, 7),
        ("1" * 21, None),
        ("+" + "1" * 20 + "." + "1" * 21, None),
        ("0" * 1000, None),
    ],
)
def test_a_number_has_at_most_twenty_digits_before_and_after_its_point(
    text: str, left: int | None
) -> None:
    assert limits(remaining=text) == Limits(remaining=left)
