import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from launcher.adapters.platform import wire
from launcher.core.answer import (
    Alien,
    ErrorWord,
    InstanceLimit,
    Limits,
    RateWord,
    TasksWord,
    TaskView,
    UserWord,
    Word,
)
from launcher.core.text import visible

READERS = (wire.read_task, wire.read_tasks, wire.read_user, wire.read_rate)
MEMBERS = (
    *("code", "message", "status", "id", "name", "batch", "errors", "warnings", "items"),
    *("resource", "error", "rate", "limit", "remaining", "reset", "username", "input_id"),
    *("executed_by", "parent", "type"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(MEMBERS) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)
IMPLAUSIBLE_CODES: tuple[object, ...] = (
    "7007",
    7007.0,
    True,
    False,
    None,
    [],
    {},
    2**31,
    -(2**31) - 1,
    10**30,
)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def texts_of(value: Any) -> list[str]:  # noqa: ANN401 - walks any word
    match value:
        case str():
            return [value]
        case tuple():
            return [text for item in value for text in texts_of(item)]
        case TaskView() | ErrorWord() | TasksWord() | UserWord() | RateWord() | Alien() | Limits():
            members = (getattr(value, name) for name in value.__slots__)
            return [text for member in members for text in texts_of(member)]
        case _:
            return []


def assert_keepable(word: Word) -> None:
    for text in texts_of(word):
        text.encode("utf-8")
        assert "\x00" not in text
        assert len(text) <= 2000


@pytest.mark.parametrize("read", READERS)
@given(body=st.binary(max_size=300))
@example(body=b"")
@example(body=b"\xff\xfe{")
@example(body=b"[" * 100_000)
@example(body=b'{"a":' * 50_000)
@example(body=b'{"code": ' + b"9" * 5000 + b"}")
@example(body=b"<title" * 10_000)
def test_any_bytes_become_a_word_whose_texts_can_be_kept(
    read: Callable[[bytes], Word], body: bytes
) -> None:
    assert_keepable(read(body))


@pytest.mark.parametrize("read", READERS)
@given(value=JSON)
@example(value={"status": "\ud800", "name": "\x00\udfff", "errors": ["\ud800\udc00"]})
@example(value={"code": 1, "message": "\udc00"})
def test_any_json_becomes_a_word_whose_texts_can_be_kept(
    read: Callable[[bytes], Word], value: object
) -> None:
    assert_keepable(read(dumped(value)))


@pytest.mark.parametrize("read", READERS)
@given(value=st.dictionaries(st.text(max_size=5), JSON, max_size=5), code=st.integers(-9, 99999))
def test_an_integer_code_makes_every_object_an_error(
    read: Callable[[bytes], Word], value: dict[str, Any], code: int
) -> None:
    word = read(dumped({"status": "QUEUED", **value, "code": code}))

    assert isinstance(word, ErrorWord)
    assert word.code == code


@pytest.mark.parametrize("code", IMPLAUSIBLE_CODES)
@pytest.mark.parametrize("read", READERS)
def test_a_code_that_is_no_plausible_integer_is_no_error(
    read: Callable[[bytes], Word], code: object
) -> None:
    assert isinstance(read(dumped({"code": code})), Alien)


@given(status=st.text(min_size=1, max_size=60).filter(str.strip))
def test_an_object_with_a_status_is_a_task_in_that_state_in_capitals(status: str) -> None:
    word = wire.read_task(dumped({"status": status}))

    assert isinstance(word, TaskView)
    assert word.status == word.status.strip().upper()
    assert word.status


@pytest.mark.parametrize("status", ["", "  ", "\u2003", 400, None, [], ["DRAFT"], True])
def test_without_a_status_of_letters_there_is_no_task(status: object) -> None:
    assert isinstance(wire.read_task(dumped({"id": "x", "status": status})), Alien)


def test_a_task_is_read_with_all_members_that_rows_need() -> None:
    body = dumped(
        {
            "href": "https://api/tasks/t",
            "id": "T",
            "name": "align",
            "status": " queued ",
            "project": "o/p",
            "app": "o/p/a/1",
            "batch": True,
            "parent": "P",
            "executed_by": "ann",
            "errors": [{"type": "error/x", "message": "bad", "input_id": "reads"}],
            "warnings": [{"message": "old app"}],
            "inputs": {"reads": [1]},
        }
    )

    assert wire.read_task(body) == TaskView(
        id="T",
        status="QUEUED",
        name="align",
        project="o/p",
        app="o/p/a/1",
        batch=True,
        parent="P",
        executed_by="ann",
        errors=("bad (reads, error/x)",),
        warnings=("old app",),
    )


@pytest.mark.parametrize("odd", [None, 7, 1.5, [], {}, "", " "])
def test_optional_members_of_an_odd_type_are_missing(odd: object) -> None:
    names = ("id", "name", "project", "app", "parent", "executed_by", "batch")
    body = dumped({"status": "RUNNING", **dict.fromkeys(names, odd)})

    assert wire.read_task(body) == TaskView(id=None, status="RUNNING")


@pytest.mark.parametrize(
    ("batch", "expected"),
    [(True, True), ("true", True), ("True", True), (False, False), ("false", False), (1, False)],
)
def test_only_true_makes_a_batch(batch: object, *, expected: bool) -> None:
    word = wire.read_task(dumped({"status": "DRAFT", "batch": batch}))

    assert word == TaskView(id=None, status="DRAFT", batch=expected)


@pytest.mark.parametrize(
    ("errors", "lines"),
    [
        ([], ()),
        (None, ()),
        ({}, ()),
        ("", ()),
        ([None, "", {}], ()),
        ("no funds", ("no funds",)),
        (["no funds"], ("no funds",)),
        ({"message": "no funds"}, ("no funds",)),
        ([{"message": "no funds", "type": 7}], ("no funds",)),
        ([{"type": "error/x"}], ("error/x",)),
        ([{"reason": "odd"}], ("{'reason': 'odd'}",)),
        ([42, ["a"]], ("42", "['a']")),
        (["x" * 5000], ("x" * 999 + "…",)),
        ([[]] * 3 + ["e"] * 30, ("e",) * 20),
    ],
)
def test_errors_of_any_shape_become_lines_with_an_end(
    errors: object, lines: tuple[str, ...]
) -> None:
    word = wire.read_task(dumped({"status": "DRAFT", "errors": errors}))

    assert word == TaskView(id=None, status="DRAFT", errors=lines)


def test_an_error_may_lack_everything_but_its_code() -> None:
    assert wire.read_task(b'{"code": 0}') == ErrorWord(code=0, message="")


def test_an_error_keeps_the_platforms_message_and_http_status() -> None:
    body = dumped({"status": 400, "code": 7007, "message": "not a draft", "more_info": "url"})

    assert wire.read_task(body) == ErrorWord(code=7007, message="not a draft", http_status=400)


@pytest.mark.parametrize("status", [99, 600, True, "400", 400.0, None])
def test_an_error_without_a_plausible_http_status_has_none(status: object) -> None:
    word = wire.read_task(dumped({"code": 1, "message": "m", "status": status}))

    assert word == ErrorWord(code=1, message="m", http_status=None)


def test_a_long_message_is_cut() -> None:
    word = wire.read_task(dumped({"code": 1, "message": "é" * 3000}))

    assert word == ErrorWord(code=1, message="é" * 1999 + "…")


def test_a_task_with_half_a_character_in_its_name_is_still_a_task() -> None:
    word = wire.read_task(b'{"status": "QUEUED", "name": "a\\ud800b \\ud83d\\ude00 \xff"}')

    assert word == TaskView(id=None, status="QUEUED", name="a\ufffdb \U0001f600 \ufffd")


def test_a_byte_order_mark_is_fine() -> None:
    assert wire.read_task(b'\xef\xbb\xbf{"code": 5}') == ErrorWord(code=5, message="")


def test_a_bulk_answer_keeps_the_order_of_its_records() -> None:
    body = dumped(
        {
            "items": [
                {"resource": {"id": "a", "status": "DRAFT"}},
                {"error": {"status": 404, "code": 7002, "message": "no such task"}},
                {"resource": {"id": "b"}},
                {"resource": None, "error": {"code": 7001}},
                {"resource": {"id": "c", "status": "running"}, "error": None},
                None,
                7,
                {},
            ]
        }
    )

    assert wire.read_tasks(body) == TasksWord(
        items=(
            TaskView(id="a", status="DRAFT"),
            ErrorWord(code=7002, message="no such task", http_status=404),
            None,
            ErrorWord(code=7001, message=""),
            TaskView(id="c", status="RUNNING"),
            None,
            None,
            None,
        )
    )


@pytest.mark.parametrize("value", [{}, {"items": {}}, {"items": None}, [], {"status": "DRAFT"}])
def test_a_bulk_answer_without_a_list_of_items_is_alien(value: object) -> None:
    assert isinstance(wire.read_tasks(dumped(value)), Alien)


def test_a_user_is_read_even_if_it_has_a_status() -> None:
    word = wire.read_user(dumped({"username": "ann", "status": "ACTIVE"}))

    assert word == UserWord(name="ann")


@pytest.mark.parametrize("value", [{}, {"username": ""}, {"username": 7}, ["ann"], "ann"])
def test_without_a_user_name_there_is_no_user(value: object) -> None:
    assert isinstance(wire.read_user(dumped(value)), Alien)


def test_the_rate_limit_is_read_with_its_reset_in_seconds() -> None:
    body = dumped(
        {
            "rate": {"limit": 1000, "remaining": 998, "reset": 1445694506797},
            "instance_limit": {"limit": -1, "remaining": 2**63 - 1},
        }
    )

    limits = Limits(limit=1000, remaining=998, reset_at=1445694506.797)
    unlimited = InstanceLimit(limit=None, remaining=2**63)
    assert wire.read_rate(body) == RateWord(limits=limits, instances=unlimited)


@pytest.mark.parametrize(
    ("told", "instances"),
    [
        ({"limit": 80, "remaining": 12}, InstanceLimit(limit=80, remaining=12)),
        ({"limit": "80", "remaining": -3}, InstanceLimit(limit=80, remaining=0)),
        ({"limit": 80}, None),
        ({"limit": True, "remaining": 1}, None),
        ([80, 12], None),
        (None, None),
    ],
)
def test_an_odd_limit_of_instances_is_none(told: object, instances: InstanceLimit | None) -> None:
    word = wire.read_rate(dumped({"rate": {"remaining": 9}, "instance_limit": told}))

    assert word == RateWord(limits=Limits(remaining=9), instances=instances)


@pytest.mark.parametrize("rate", [None, {}, [], {"limit": True}, {"remaining": "many"}])
def test_a_rate_limit_without_numbers_is_alien(rate: object) -> None:
    assert isinstance(wire.read_rate(dumped({"rate": rate})), Alien)


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        (b"", ""),
        (b"<html><head><TITLE lang='en'>\n 502 Bad &amp;\nGateway </TITLE>", "502 Bad & Gateway"),
        (b"<html><title></title><p>x", "<html><title></title><p>x"),
        (b"upstream\r\nconnect\terror", "upstream connect error"),
        (b"\x1b[2Jgone", "\\x1b[2Jgone"),
        (b'{"status": 400}', '{"status": 400}'),
        (b'{"status": "QUEUED"', '{"status": "QUEUED"'),
        (b"y" * 10_000, "y" * 119 + "…"),
    ],
)
def test_what_is_not_the_platforms_word_is_quoted_in_short(body: bytes, excerpt: str) -> None:
    assert wire.read_task(body) == Alien(excerpt=excerpt)


@given(body=st.binary(max_size=400))
def test_an_excerpt_is_one_visible_line_of_at_most_120_characters(body: bytes) -> None:
    word = wire.read_tasks(b"!" + body)

    assert isinstance(word, Alien)
    assert visible(word.excerpt) == word.excerpt
    assert len(word.excerpt) <= 120
