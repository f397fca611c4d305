"""What is a task id, what is none and why, and which are one and the same."""

import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from launcher.core.ids import (
    BadLine,
    Distinct,
    Requested,
    TaskId,
    holds_id,
    task_id_of,
    why_no_id,
)

ID = "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
ANOTHER = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
NO_UUID = "not a task id (expected a UUID such as 0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e)"
NOT_BARE = "not a task id, nor a task's link; put the bare id there (the UUID of the task)"
MORE = "more than a task id; one id a line is expected, or a table with a header"


@given(st.text(max_size=60))
@example(ID + "\n")
@example(ID[:-1] + "\N{ARABIC-INDIC DIGIT ONE}")
@example(ID[:-1] + "\N{FULLWIDTH DIGIT ONE}")
@example(ID.replace("e", "\N{CYRILLIC SMALL LETTER IE}"))
def test_an_id_is_always_36_ascii_characters_in_lower_case(text: str) -> None:
    task = task_id_of(text)

    assert task is None or (
        task == text.lower() and task.isascii() and len(text) == 36 and task.count("-") == 4
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", NO_UUID),
        (ID[:-1], NO_UUID),
        (ID + "0", NO_UUID),
        (ID.replace("-", ""), NO_UUID),
        ("{" + ID + "}", NO_UUID),
        (f'"{ID}"', NO_UUID),
        (f"urn:uuid:{ID}", NOT_BARE),
        (ID[:-1] + "g", NO_UUID),
        (f"{ID}?batch=false", NO_UUID),
        (f"{ID}&batch=false", NO_UUID),
        (f"{ID}%2e%2e", NO_UUID),
        (f"{ID}/../../users", NOT_BARE),
        (f"../{ID}", NOT_BARE),
        (f"{ID}/actions/abort", NOT_BARE),
        (f"https://elsewhere.example.org/v2/tasks/{ID}", NOT_BARE),
        (f"{ID} {ANOTHER}", MORE),
        (f"{ID},{ANOTHER}", MORE),
        (f"{ID}\r{ANOTHER}", MORE),
        (f"{ID} running", MORE),
        (ID[:-1] + "\N{ARABIC-INDIC DIGIT ONE}", NO_UUID),
        (ID[:-1] + "\N{FULLWIDTH DIGIT ONE}", NO_UUID),
        (f"{ID}\N{NO-BREAK SPACE}", "holds characters that are not ASCII beside the id"),
        (f"\u202e{ID}", "holds characters that are not ASCII beside the id"),
        (f"{ID}\x00", "holds NUL bytes; is it a text file in UTF-8?"),
        ("\x00".join(ID), "holds NUL bytes; is it a text file in UTF-8?"),
        ("0" * 4096, "longer than 4096 characters; one id a line is expected"),
    ],
)
def test_what_is_no_id_says_why(text: str, why: str) -> None:
    assert task_id_of(text) is None
    assert why_no_id(text) == why


@pytest.mark.parametrize("text", [ID, f"x{ID.upper()}y", f"https://x/tasks/{ID}?"])
def test_an_id_is_found_within_other_text(text: str) -> None:
    assert holds_id(text)
    assert not holds_id(text.replace("-", ""))


def test_a_bad_line_is_shown_without_its_control_characters() -> None:
    line = BadLine(source="a:1", text="\x1b[31m", why="no id")

    assert str(line).startswith("a:1: no id: ")
    assert "\x1b" not in str(line)


@given(st.text(max_size=200))
def test_a_bad_line_is_shown_on_one_line(text: str) -> None:
    assert len(str(BadLine(source="a:1", text=text, why="no id")).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x\x0c\u202ey", r"'x\x0c\u202ey'"), ("C:\\ids", r"'C:\ids'"), ("it's", "'it's'")],
)
def test_a_bad_line_is_escaped_once(text: str, shown: str) -> None:
    assert str(BadLine(source="a:1", text=text, why="no id")) == f"a:1: no id: {shown}"


def test_a_bad_line_without_text_shows_no_quotes() -> None:
    assert str(BadLine(source="a:1", text="", why="no id")) == "a:1: no id"


@given(
    st.lists(
        st.tuples(
            st.sampled_from([TaskId(text) for text in (ID, ANOTHER, ID[::-1])]),
            st.sampled_from(["a:1", "b:2", "c:3"]),
        ),
        max_size=8,
    )
)
def test_each_task_is_kept_once_where_it_was_asked_for_first(
    found: list[tuple[TaskId, str]],
) -> None:
    first = dict(reversed(found))

    assert Distinct(found) == tuple(
        Requested(position=position, task=task, source=first[task])
        for position, task in enumerate(dict.fromkeys(task for task, _ in found))
    )


@pytest.mark.parametrize(
    "source",
    ["tasks.txt:1", "a:b:0", "a:01", "a:", ":7", "project a/b", "stdin:٣", "x:1234567890123456789"],
)
def test_a_source_is_told_as_it_was_given(source: str) -> None:
    assert [one.source for one in Distinct([(TaskId("a"), source)])] == [source]


def test_a_part_of_what_is_distinct_keeps_its_positions() -> None:
    found = Distinct((TaskId(text), f"f:{number}") for number, text in enumerate("aabc"))

    assert found[1:] == (found[1], found[2])
    assert found[-1] == Requested(position=2, task=TaskId("c"), source="f:3")
    assert found == tuple(found)
    assert hash(found) == hash(Distinct((one.task, one.source) for one in found))


def test_what_is_distinct_takes_few_bytes_a_task_besides_its_id() -> None:
    tasks = [TaskId(f"{number:036}") for number in range(20_000)]
    tracemalloc.start()
    try:
        found = Distinct((task, f"tasks.txt:{number}") for number, task in enumerate(tasks))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert len(found) == 20_000
    assert held <= 20_000 * 32
