"""Members of a task that only reports want, as they are kept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.platform import wire
from launcher.adapters.platform.members import MEMBER_LIMIT
from launcher.core.answer import ErrorWord, TasksWord, TaskView

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def _extra(body: str, *names: str) -> dict[str, str | None]:
    word = wire.read_task(body.encode(), extra=names)
    assert isinstance(word, TaskView)
    assert tuple(name for name, _ in word.extra) == names
    return dict(word.extra)


def _member(value: str) -> str | None:
    return _extra(f'{{"status": "DRAFT", "inputs": {value}}}', "inputs")["inputs"]


def test_members_are_kept_in_the_order_asked_and_missing_ones_are_null() -> None:
    body = '{"status": "DRAFT", "price": {"amount": "0.44"}, "batch": false, "type": null}'

    assert _extra(body, "type", "batch", "nonsense", "price") == {
        "type": "null",
        "batch": "false",
        "nonsense": "null",
        "price": '{"amount":"0.44"}',
    }


@given(value=JSON)
def test_any_member_is_kept_as_the_same_json_in_ascii(value: Any) -> None:  # noqa: ANN401 - foreign JSON
    text = json.dumps(value)

    kept = _member(text)

    assert kept is not None
    assert kept.isascii()
    assert json.loads(kept) == json.loads(text)


def test_a_member_is_kept_up_to_64_kib_and_not_cut() -> None:
    longest = "x" * (MEMBER_LIMIT - 2)

    assert MEMBER_LIMIT == 65_536
    assert _member(f'"{longest}"') == f'"{longest}"'
    assert _member(f'"{longest}y"') is None


@pytest.mark.parametrize("value", ["NaN", "[1e999]", '{"a": -Infinity}'])
def test_what_has_no_json_is_not_kept(value: str) -> None:
    assert _member(value) is None


def test_an_error_has_no_members_and_records_of_a_bulk_answer_have_their_own() -> None:
    one, other = {"status": "DRAFT", "price": 1}, {"status": "DRAFT", "code": 7, "price": 2}
    items = [{"resource": one}, {"error": {"code": 7002}}, {"resource": other}]

    assert wire.read_tasks(json.dumps({"items": items}).encode(), extra=("price",)) == TasksWord(
        items=(
            TaskView(id=None, status="DRAFT", extra=(("price", "1"),)),
            ErrorWord(code=7002, message=""),
            TaskView(id=None, status="DRAFT", extra=(("price", "2"),)),
        )
    )
