"""Reports as JUnit: valid by the schema that Jenkins goes by, and every case what its row is."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xmlschema import XMLSchema

from launcher.adapters.reports import check_target, write_report
from launcher.adapters.reports.forms import FORMS
from launcher.core.entry import Account, RunId
from launcher.core.errors import UsageError
from launcher.core.fate import Fate
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from launcher.core.row import Row
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
    with_summary,
)

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
REFUSED = replace(
    row(3, Outcome.REJECTED),
    error_code=7024,
    http_status=400,
    error_message="misses <reads> & more",
)


@cache
def schema() -> XMLSchema:
    return XMLSchema(Path(__file__).parent / "junit.xsd")


def suite_of(report: Report) -> ET.Element:
    """Return the one suite of a report, which has to be valid and to count its cases rightly."""
    text = "".join(FORMS[".xml"](report))
    schema().validate(text)
    (suite,) = ET.fromstring(text.encode())  # noqa: S314 - written just now
    cases = suite.findall("testcase")
    kinds = Counter(child.tag for case in cases for child in case)
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
        str(count) for count in (len(cases), kinds["failure"], kinds["error"], kinds["skipped"])
    ]
    return suite


def case_of(one: Row) -> ET.Element:
    found = suite_of(report_of_rows([one])).find("testcase")
    assert found is not None
    return found


def test_a_run_is_a_suite_with_its_facts_as_properties() -> None:
    run = replace(facts(), exit_code=4, reason="--limit is reached", ideal_s=9.75)

    suite = suite_of(report_of_rows([row(1), row(2, Outcome.PENDING)], run))

    assert suite.attrib == {
        "name": f"launcher {RUN}",
        "tests": "2",
        "failures": "0",
        "errors": "0",
        "skipped": "1",
        "time": "80.000",
        "timestamp": "2026-11-24T03:21:41.123Z",
        "hostname": "node7",
    }
    assert {one.get("name"): one.get("value") for one in suite.iter("property")} == {
        "run_id": RUN,
        "endpoint": "https://cavatica-api.sbgenomics.com/v2",
        "user": "mara",
        "version": "0.1.0",
        "started_at": "2026-11-24T03:21:41.123Z",
        "ended_at": "2026-11-24T03:23:01.123Z",
        "exit_code": "4",
        "reason": "--limit is reached",
        "launched": "1",
        "skipped": "0",
        "rejected": "0",
        "failed": "0",
        "unknown": "0",
        "pending": "1",
        "launched_before": "0",
        "requests": "304",
        "throttled": "0",
        "retries": "0",
        "duration_s": "80.0",
        "ideal_s": "9.75",
    }


def test_a_run_that_was_killed_is_valid_without_what_it_could_not_say() -> None:
    killed = replace(
        facts(), ended_at=None, exit_code=None, requests=None, throttled=None, duration_s=None
    )

    suite = suite_of(report_of_rows([row()], killed))

    names = {one.get("name") for one in suite.iter("property")}
    assert suite.get("time") is None
    assert not names & {"ended_at", "exit_code", "requests", "throttled", "duration_s", "ideal_s"}


def test_a_launched_task_is_a_case_that_passes() -> None:
    case = case_of(row())

    assert list(case) == []
    assert case.attrib == {
        "classname": "mara/lung/align/3",
        "name": f"{task(1)} align 1",
        "time": "0.250",
    }


@pytest.mark.parametrize(
    ("one", "element", "kind", "message"),
    [
        (
            row(1, Outcome.SKIPPED),
            "skipped",
            "skipped",
            "no draft any more, and not started by this journal: DRAFT",
        ),
        (
            row(1, Outcome.PENDING),
            "skipped",
            "pending",
            "not started: the run ended before its turn",
        ),
        (
            REFUSED,
            "failure",
            "code 7024",
            "the task does not pass the platform's validation: misses <reads> & more",
        ),
        (
            replace(row(1, Outcome.FAILED), http_status=504),
            "failure",
            "HTTP 504",
            "a gateway lost the answer",
        ),
        (row(1, Outcome.FAILED), "failure", "failed", "still a draft after all attempts"),
        (
            row(1, Outcome.UNKNOWN),
            "error",
            "unknown",
            "it could not be learnt whether it started",
        ),
        (
            replace(row(1), status="FAILED", remark="failed on the platform: out of disk"),
            "failure",
            "FAILED",
            "failed on the platform: out of disk",
        ),
        (replace(row(1), status="ABORTED", remark="aborted"), "failure", "ABORTED", "aborted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_did_not_go_well_says_what_and_why(
    one: Row, element: str, kind: str, message: str
) -> None:
    report = report_of_rows([one])
    states = {one.status: 1} if one.outcome is Outcome.LAUNCHED and one.status else {}
    report = with_summary(report, replace(report.summary, states=states))

    (told,) = suite_of(report).iterfind("testcase/*")

    assert (told.tag, told.attrib) == (element, {"type": kind, "message": message})
    assert f"source: {one.source}" in (told.text or "").splitlines()


def test_a_refusal_says_what_to_do_and_what_support_asks_for() -> None:
    (told,) = case_of(REFUSED)

    assert (told.text or "").splitlines() == [
        "do: Open the task on the platform, mend what its page complains about, and run again.",
        "source: tasks.txt:3",
        "status: DRAFT",
        "request id: a-1",
    ]


@pytest.mark.parametrize("fate", Fate)
def test_the_cases_of_an_abort_are_what_became_of_it(fate: Fate) -> None:
    aborted = replace(row(1), status="ABORTED", remark=f"{fate}: HTTP 403, code 7011: no")
    report = report_of_rows([aborted], replace(facts(), aborts=EARLIER))
    report = with_summary(report, replace(report.summary, aborts={fate.value: 1}))

    found = suite_of(report).find("testcase")

    assert found is not None
    assert [child.tag for child in found] == {
        Fate.REFUSED: ["failure"],
        Fate.FAILED: ["failure"],
        Fate.UNKNOWN: ["error"],
        Fate.PENDING: ["skipped"],
    }.get(fate, [])


def test_a_case_is_of_its_project_where_no_app_is_known() -> None:
    assert case_of(replace(row(), app=None)).get("classname") == "mara/lung"
    assert case_of(replace(row(), app=None, project=None)).get("classname") == "task"
    assert case_of(replace(row(), name=None, latency_s=None)).attrib == {
        "classname": "mara/lung/align/3",
        "name": task(1),
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_text(text: str) -> None:
    case = case_of(replace(hostile_row(text), app=text))

    (told,) = case
    values = [*case.attrib.values(), *told.attrib.values(), *(told.text or "").splitlines()]
    assert all(unicodedata.category(one) not in UNSEEN for value in values for one in value)
    assert not list(told)


@given(st.lists(st.tuples(st.text(), st.sampled_from(Outcome)), max_size=8), st.text())
def test_every_report_is_valid_whatever_the_names(
    cases: Sequence[tuple[str, Outcome]], user: str
) -> None:
    rows = [
        replace(hostile_row(text), task_id=task(number), outcome=outcome, app=text, remark=text)
        for number, (text, outcome) in enumerate(cases)
    ]
    run = replace(
        facts(), account=Account(endpoint=user, user=user), host=user, version=user, reason=user
    )

    found = suite_of(report_of_rows(rows, replace(run, run_id=RunId("20261124"), started_at=AT)))

    names = [str(case.get("name")).split(" ")[0] for case in found.iter("testcase")]
    assert names == [one.task_id for one in rows]


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x0b", "\ud800", "\x00"])
def test_what_xml_cannot_hold_is_written_visibly(character: str) -> None:
    case = case_of(replace(row(), name=f"a{character}b"))

    escaped = character.encode("unicode_escape", "surrogatepass").decode()
    assert case.get("name") == f"{task(1)} a{escaped}b"


def test_another_programs_report_is_not_replaced(tmp_path: Path) -> None:
    foreign = tmp_path / "report.xml"
    foreign.write_text('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="theirs"/>\n')

    with pytest.raises(UsageError, match="no report of the launcher"):
        check_target(foreign)


def test_a_report_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write_report(report_of_rows([]), tmp_path / "report.xml")
    write_report(report_of_rows([row()]), tmp_path / "report.xml")

    schema().validate((tmp_path / "report.xml").read_text())
    assert task(1) in (tmp_path / "report.xml").read_text()
