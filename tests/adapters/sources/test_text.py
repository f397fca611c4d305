"""Bytes in, lines out; what stands on a line of text."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.sources.lines import PIECE, lines_of, pieces_of
from launcher.adapters.sources.text import text_of
from launcher.core.ids import BadLine, Written

ID = "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"

uuids = st.uuids().map(str)
blanks = st.text(alphabet=" \t", max_size=5)
ends = st.sampled_from(["", "\n", "\r\n"])
comments = st.just("") | st.text(max_size=20).map(lambda text: "#" + text)


def _lines(content: bytes, limit: int = 100) -> list[tuple[int, str | None]]:
    return list(lines_of(io.BytesIO(content), name="a", limit=limit))


def _text(*lines: str | None) -> list[Written | BadLine]:
    return list(text_of(iter(enumerate(lines, start=1)), name="a"))


@given(uuids, st.sampled_from([str.upper, str.lower]), st.tuples(blanks, blanks, comments, ends))
def test_an_id_is_found_among_blanks_a_comment_and_a_line_end(
    task: str, written: Callable[[str], str], around: tuple[str, str, str, str]
) -> None:
    before, after, comment, end = around

    assert _text(before + written(task) + after + comment + end) == [Written("a:1", written(task))]


@given(blanks, comments, ends)
def test_a_line_without_an_id_is_passed_over(blank: str, comment: str, end: str) -> None:
    assert _text(blank + comment + end) == []


def test_line_numbers_count_blank_and_commented_lines() -> None:
    assert _text("# tasks\n", "\n", "x\n", f"# {ID}\n", "y") == [
        Written("a:3", "x"),
        Written("a:5", "y"),
    ]


def test_a_line_that_is_too_long_is_bad_and_not_a_blank_one() -> None:
    assert _text(None) == [BadLine(source="a:1", text="", why="longer than 8 MiB")]


@given(
    st.lists(st.sampled_from(b"ab\n\r \xc3\xa9\xff"), max_size=60).map(bytes), st.integers(1, 20)
)
def test_lines_are_those_of_the_text_and_long_ones_are_counted(content: bytes, limit: int) -> None:
    text = b"x" + content  # no byte order mark

    assert _lines(text, limit) == [
        (number, None if len(line) > limit else line.decode("utf-8", "replace"))
        for number, line in enumerate(io.BytesIO(text), start=1)
    ]


def test_only_the_text_may_begin_with_a_byte_order_mark() -> None:
    assert _lines("\ufeffx\n\ufeffy".encode()) == [(1, "x\n"), (2, "\ufeffy")]
    assert list(pieces_of(io.BytesIO("\ufeff\ufeffy".encode()), name="a")) == ["\ufeffy", ""]


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("character", ["é", "日", "😀"])
def test_a_character_of_many_bytes_may_cross_the_border_of_a_piece(
    shift: int, character: str
) -> None:
    text = "x" * (PIECE - shift) + character * 3

    assert "".join(pieces_of(io.BytesIO(text.encode()), name="a")) == text


def test_what_is_no_utf_8_is_a_replacement_character() -> None:
    assert _lines(b"caf\xe9\n") == [(1, "caf\ufffd\n")]
    assert "".join(pieces_of(io.BytesIO(b"caf\xe9 \xf0\x9f"), name="a")) == "caf\ufffd \ufffd"
