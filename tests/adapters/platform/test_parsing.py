"""Two parsers, one meaning: what the quick one takes, it reads as the library's does."""

import codecs
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from launcher.adapters.platform.wire import read_task
from launcher.core.answer import Alien, TaskView

PIECES = (
    *'[]{},:"\\ \t\n\r\v\x00\x1f\x7f\xa0-+.eE0159',
    *("NaN", "Infinity", "-Infinity", "inf", "nan", "null", "true", "false", "nul", "//"),
    *('"a"', '"a":', "\\u", "\\ud83d", "\\ude00", "\\n", "\\x", "\\/", "é", "\u2028", "\ufeff"),
    *("-0", "-0.0", "1e309", "5e-324", "2.2250738585072011e-308", "1234567890123456789012"),
    *("9" * 4300, "9" * 4301, "1" + "0" * 4300 + ".5", "[" * 150, "]" * 150),
)


def member_as_read(text: bytes) -> str | None:
    """Return a member of a task as it is kept, or what stands for a body that is no JSON."""
    word = read_task(b'{"status":"DRAFT","x":' + text + b"}", extra=("x",))
    return word.extra[0][1] if isinstance(word, TaskView) else "alien"


def member_by_library(text: bytes) -> str | None:
    body = (b'{"status":"DRAFT","x":' + text + b"}").decode("utf-8", "replace")
    try:
        task = json.loads(body)
    except (ValueError, RecursionError):
        return "alien"
    try:
        return json.dumps(task.get("x"), separators=(",", ":"), allow_nan=False)
    except ValueError:
        return None


@given(text=st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
@example("[" * 150 + "]" * 150)
@example("[" * 500 + "]" * 500)
@example('{"b":1,"a":2,"b":3}')
@example('1,"x":2')
@example('"\\ud800"')
@example("9" * 4301)
def test_a_member_is_what_the_library_reads(text: str) -> None:
    encoded = text.encode("utf-8", "surrogatepass")

    assert member_as_read(encoded) == member_by_library(encoded)


@given(number=st.floats() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_what_the_library_reads(number: object) -> None:
    encoded = str(number).encode()

    assert member_as_read(encoded) == member_by_library(encoded)


@given(text=st.binary(max_size=8))
def test_bytes_are_what_the_library_reads(text: bytes) -> None:
    quoted = b'"' + text + b'"'

    assert member_as_read(quoted) == member_by_library(quoted)


@pytest.mark.parametrize(
    ("mark", "is_task"), [(b"", True), (codecs.BOM_UTF8, True), (2 * codecs.BOM_UTF8, False)]
)
def test_one_mark_of_utf8_is_passed_over(mark: bytes, *, is_task: bool) -> None:
    word = read_task(mark + b'{"status": "DRAFT"}')

    assert isinstance(word, TaskView if is_task else Alien)
