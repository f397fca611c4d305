"""What is logged, and that with --log-format json every line of it can be parsed."""

import io
import json
import logging
import math
import os
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acceptance.conftest import Call, Said
from launcher.cli.ending import exit_code_of
from launcher.cli.logs import AsJson, open_logs
from launcher.simulator import Fault, Simulator

ID = "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"
PROGRAM = ("--quiet", "--log-format", "json")


@pytest.fixture(autouse=True)
def _text_logs() -> Iterator[None]:
    """Leave the process as it was: other tests read words."""
    last = logging.lastResort
    yield
    open_logs(verbose=False)
    logging.lastResort = last


def _written(message: str, **more: object) -> str:
    usual = {"name": "launcher.x", "levelname": "INFO", "created": 0.25, "msg": message}
    record = logging.makeLogRecord(usual | more)
    return AsJson().format(record)


def _parsed(said: Said) -> list[dict[str, Any]]:
    """Return the lines of standard error, each an object; any other line is a failure."""
    lines = [json.loads(line) for line in said.words.splitlines()]
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)
    return lines


def _run(call: Call, simulator: Simulator, *words: str) -> Said:
    Path("tasks.txt").write_text("\n".join(simulator.task_ids))
    return call("run", "tasks.txt", "--journal", "j.db", "--settle", "0.05s", *words)


# ---------------------------------------------------------------- the form of a line


def test_a_line_is_an_object_of_when_who_what_and_the_facts() -> None:
    line = _written("request ended", path="/v2/user", http_status=200, request_id=None)

    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.250Z",
        "level": "INFO",
        "logger": "launcher.x",
        "message": "request ended",
        "path": "/v2/user",
        "http_status": 200,
        "request_id": None,
    }


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (Path("a.csv"), "a.csv"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (b"\0", "b'\\x00'"),
        ((1, math.inf, Path("b")), [1, "inf", "b"]),
        ({Path("k"): {1}}, {"k": "{1}"}),
        ("a\nb\x1b", "a\nb\x1b"),
        (True, True),
    ],
)
def test_a_fact_that_json_has_no_form_for_is_text(fact: object, shown: object) -> None:
    assert json.loads(_written("x", fact=fact))["fact"] == shown


def test_no_fact_takes_the_place_of_what_every_line_has() -> None:
    assert json.loads(_written("x", level="none", logger="y"))["logger"] == "launcher.x"


FACTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.text(st.characters()), FACTS)
def test_whatever_a_line_holds_it_is_one_line_of_harmless_characters(
    message: str, fact: object
) -> None:
    line = _written("%s", args=(message,), fact=fact)

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == message


def test_what_was_raised_is_a_field_of_the_line() -> None:
    with pytest.raises(KeyError) as caught:
        os.environ["NO_SUCH_VARIABLE"]

    line = _written("odd", exc_info=(caught.type, caught.value, caught.tb))

    raised = json.loads(line)["exception"]
    assert raised.startswith("Traceback (most recent call last):\n")
    assert raised.endswith("KeyError: 'NO_SUCH_VARIABLE'")


def test_what_libraries_warn_of_is_a_line_too() -> None:
    open_logs(verbose=False, log_format="json")
    record = logging.makeLogRecord({"name": "asyncio", "levelname": "ERROR", "msg": "lost"})
    assert logging.lastResort is not None

    with redirect_stderr(io.StringIO()) as said:
        logging.lastResort.handle(record)

    assert json.loads(said.getvalue())["logger"] == "asyncio"


def test_a_bug_is_a_line_for_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise KeyError("x")

    open_logs(verbose=True, log_format="json")
    exit_code = exit_code_of(fail)

    found, told = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert exit_code == 1
    assert found["exception"].endswith("KeyError: 'x'")
    assert told["message"].startswith("this is a bug: KeyError: 'x' (")
    assert (told["level"], told["exit_code"]) == ("ERROR", 1)


# ---------------------------------------------------------------- what a run logs


@pytest.mark.parametrize("command", [("run",), ("plan",), ("run", "--dry-run")])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_quiet_says_nothing_at_all_when_all_is_well(
    call: Call, simulator: Simulator, command: tuple[str, ...], log_format: str
) -> None:
    Path("tasks.txt").write_text("\n".join(simulator.task_ids))
    words = ("tasks.txt", "--journal", "j.db", "--report", "a.csv", "--report", "/dev/null")

    said = call(*command, *words, "--quiet", "--log-format", log_format)

    assert (said.exit_code, said.out, said.words) == (0, "", "")
    assert Path("a.csv").exists()


def test_every_request_is_a_line_that_support_can_find_and_the_last_line_is_the_end(
    call: Call, simulator: Simulator
) -> None:
    said = _run(call, simulator, *PROGRAM, "--verbose", "--report", "a.csv")

    lines = _parsed(said)
    requests = [line for line in lines if line["message"] == "request ended"]
    runs = [line for line in requests if line["path"].endswith("/actions/run")]
    assert said.exit_code == 0
    assert len(runs) == 20
    assert all(line["method"] == "POST" and line["http_status"] == 200 for line in runs)
    assert all(line["request_id"] and line["latency_s"] >= 0 for line in requests)
    assert len({line["request_id"] for line in requests}) == len(requests)
    assert not [line for line in requests if "?" in line["path"]]
    assert len({line["run"] for line in lines}) == 1
    assert simulator.token not in said.words
    assert lines[-1]["message"] == "run ended"
    assert (lines[-1]["exit_code"], lines[-1]["launched"], lines[-1]["reports"]) == (
        0,
        20,
        ["a.csv"],
    )


BAD_ENDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "a halted run": (4, ("tasks.txt", "--limit", "3")),
    "no input": (2, ("no-such-file",)),
    "no ids": (2, ("/dev/null",)),
    "bad ids, each with a line": (2, ("--task", "x", "--task", "y")),
    "a wrong setting": (2, ("tasks.txt", "--concurrency", "many")),
    "a settings file that is missing": (2, ("tasks.txt", "--config", "no.toml")),
    "a journal that cannot be": (5, ("tasks.txt", "--journal", "tasks.txt")),
}


@pytest.mark.parametrize("end", BAD_ENDS)
def test_a_program_that_parses_standard_error_finds_nothing_but_lines_and_the_error(
    call: Call, simulator: Simulator, end: str
) -> None:
    Path("tasks.txt").write_text("\n".join(simulator.task_ids))
    exit_code, words = BAD_ENDS[end]

    said = call("run", *words, *PROGRAM)

    lines = _parsed(said)
    assert said.exit_code == exit_code
    assert {line["level"] for line in lines} == {"ERROR"}
    assert {line["exit_code"] for line in lines} == {exit_code}


def test_a_refused_token_is_told_with_the_counts_after_it(call: Call, simulator: Simulator) -> None:
    simulator.answer_everything_with(Fault.UNAUTHORISED)

    error, end = _parsed(_run(call, simulator, *PROGRAM))

    assert "refuses the token" in error["message"]
    assert (error["exit_code"], end["exit_code"], end["pending"]) == (3, 3, 20)


def test_tasks_that_did_not_start_are_told_by_the_last_line(
    call: Call, simulator: Simulator
) -> None:
    simulator.script(simulator.task_ids[0], [Fault.UNAVAILABLE_BEFORE])

    said = _run(call, simulator, *PROGRAM, "--max-attempts", "1")

    (end,) = _parsed(said)
    assert said.exit_code == 1
    assert (end["level"], end["message"], end["exit_code"]) == ("ERROR", "run ended", 1)
    assert (end["launched"], end["failed"]) == (19, 1)


def test_people_still_get_their_words_where_nobody_asked_for_quiet(
    call: Call, simulator: Simulator
) -> None:
    said = _run(call, simulator, "--log-format", "json", "--limit", "3")

    lines = [json.loads(line) for line in said.words.splitlines() if line.startswith("{")]
    assert "17 left for later (--limit)" in said.words
    assert [line["exit_code"] for line in lines] == [4, 4]


def test_the_variable_and_the_file_choose_the_form_and_another_one_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("s.toml").write_text('log_format = "json"\n')
    of_file = call("run", "--config", "s.toml")
    monkeypatch.setenv("LAUNCHER_LOG_FORMAT", "json")
    of_variable = call("run", "--task", ID, "--grace", "soon")
    monkeypatch.setenv("LAUNCHER_LOG_FORMAT", "xml")
    refused = call("run", "--task", ID)

    assert _parsed(of_file)[0]["message"].startswith("no task id at all")
    assert _parsed(of_variable)[0]["message"].startswith("--grace: ")
    assert refused.exit_code == 2
    assert refused.words == "launcher: LAUNCHER_LOG_FORMAT: expected 'text' or 'json'\n"
