"""`--events`: what programs are told, line by line, against the page that promises it."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import stat
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call
from launcher.core.event import RUN_ENDED
from launcher.simulator import Fault, Kind, Scenario, Simulator
from support.acceptance import Process
from support.hostile_platform import hostile_platform
from support.json_schema import complaints
from support.limits import once
from support.report_examples import HOSTILE
from support.served import served

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "events.schema.json").read_text())
COMMON = ("schema", "event", "at", "run_id")
MIXED = Scenario(tasks=8, special={Kind.NO_EXECUTE: 2, Kind.NOT_FOUND: 1}, limit=100_000)
QUICK = ("--journal", "j.db", "--settle", "0.05s", "--report", "out.json")


def _events(path: Path = Path("e.jsonl")) -> list[dict[str, Any]]:
    """Return the events of a file, each of them checked."""
    return _checked(path.read_bytes())


def _checked(written: bytes) -> list[dict[str, Any]]:
    lines = written.decode("ascii").splitlines(keepends=True)
    assert all(line.endswith("}\n") and line.count("\n") == 1 for line in lines)
    events = [json.loads(line) for line in lines]
    for event in events:
        assert not [*complaints(event, SCHEMA, root=SCHEMA)], event
        assert tuple(event)[: len(COMMON)] == COMMON
    return events


def _use(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
    monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


# ---------------------------------------------------------------- what they tell


def test_a_run_tells_each_request_its_end_and_the_counts_of_its_report(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(MIXED) as simulator:
        _use(simulator, monkeypatch)
        said = call("run", "tasks.txt", *QUICK, "--events", "e.jsonl")

    events = _events()
    report = json.loads(Path("out.json").read_text())
    counts = Counter(event["event"] for event in events)
    meanings = Counter(event["meaning"] for event in events if event["event"] == "settled")
    assert (said.exit_code, said.out) == (1, "")
    assert (events[0]["event"], events[-1]["event"]) == ("run_started", RUN_ENDED)
    assert counts["attempted"] == counts["settled"] == 10
    assert meanings == {"launched": 8, "rejected": 2}
    assert (counts["task_seen"], counts["task_unseen"]) == (10, 1)
    assert events[-1]["summary"] == report["summary"]
    assert (events[-1]["exit_code"], events[-1]["reports"]) == (1, ["out.json"])
    assert {event["run_id"] for event in events} == {report["run"]["run_id"]}
    assert stat.S_IMODE(Path("e.jsonl").stat().st_mode) == 0o600
    assert simulator.token not in Path("e.jsonl").read_text()


def test_an_attempt_is_told_before_its_end_and_a_doubt_is_one(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(tasks=12, fault_share=0.5, fault_weights={Fault.RESET_AFTER: 1.0}, seed=3)
    with served(scenario) as simulator:
        _use(simulator, monkeypatch)
        call("run", "tasks.txt", *QUICK, "--events", "e.jsonl")

    events = _events()
    sent = [
        (event["event"], event["task_id"], event["number"])
        for event in events
        if event["event"] in {"attempted", "settled"}
    ]
    begun: set[tuple[str, int]] = set()
    for name, task, number in sent:
        if name == "attempted":
            begun.add((task, number))
        else:
            assert (task, number) in begun
    assert {event["meaning"] for event in events if event["event"] == "settled"} >= {"in_doubt"}


def test_a_task_is_told_again_only_in_another_state(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(tasks=3, run_median_s=0.4, creating_s=0.05, queued_s=0.1)
    with served(scenario) as simulator:
        _use(simulator, monkeypatch)
        call("run", "tasks.txt", *QUICK, "--events", "e.jsonl", "--wait", "--poll", "0.05s")

    told: dict[str, list[str]] = {}
    for event in _events():
        if event.get("status"):
            told.setdefault(event["task_id"], []).append(event["status"])
    assert {states[0] for states in told.values()} == {"DRAFT"}
    assert {states[-1] for states in told.values()} == {"COMPLETED"}
    assert all(one != other for states in told.values() for one, other in pairwise(states))


def test_watch_and_abort_tell_theirs_in_the_same_file(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=3)) as simulator:
        _use(simulator, monkeypatch)
        call("run", "tasks.txt", *QUICK, "--events", "e.jsonl")
        run = _events()[0]["run_id"]
        aborted = call(
            "abort", run, *QUICK[:4], "--yes", "--report", "a.csv", "--events", "e.jsonl"
        )
        watched = call("watch", run, "--journal", "j.db", "--events", "e.jsonl", "--poll", "0.05s")

    assert (aborted.exit_code, watched.exit_code) == (0, 1)
    starts = [event for event in _events() if event["event"] == "run_started"]
    ends = [event for event in _events() if event["event"] == RUN_ENDED]
    assert [event["aborts"] for event in starts] == [None, run, None]
    assert [event["exit_code"] for event in ends] == [0, 0, 1]
    assert ends[1]["summary"]["aborts"]["aborted"] == 3
    assert len({event["run_id"] for event in starts}) == 3
    assert [e["meaning"] for e in _events() if e["event"] == "abort_settled"] == ["aborted"] * 3


def test_a_rerun_tells_its_clones_and_a_tick_its_news(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(tasks=2, failed_share=1.0, run_median_s=0.01, creating_s=0, queued_s=0)
    with served(scenario) as simulator:
        _use(simulator, monkeypatch)
        call("run", "tasks.txt", *QUICK, "--wait", "--poll", "0.02s")
        call("run", "--rerun-failed", "last", *QUICK, "--events", "e.jsonl")
        clones = _events()
        call("run", "tasks.txt", *QUICK, "--once", "--events", "tick.jsonl")

    assert [event["meaning"] for event in clones if event["event"] == "clone_settled"] == [
        "cloned"
    ] * 2
    assert {e["task_id"] for e in clones if e["event"] == "clone_attempted"} == {
        *simulator.task_ids[:2]
    }
    assert [e["tasks"] for e in _events(Path("tick.jsonl")) if e["event"] == "news_told"] == [2]


def test_a_run_that_nobody_answered_tells_its_end_alone(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SB_AUTH_TOKEN", "0" * 32)
    said = call("run", "--task", simulator.task_ids[0], *QUICK, "--events", "e.jsonl")

    (only,) = _events()
    assert (said.exit_code, only["event"], only["exit_code"]) == (3, RUN_ENDED, 3)


def test_hostile_names_break_no_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (*HOSTILE.values(),)
    with hostile_platform(texts, user="a\x1b[31m\u202eb") as platform:
        monkeypatch.setenv("SB_API_ENDPOINT", platform.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", platform.token)
        Path("tasks.txt").write_text("\n".join(platform.task_ids))
        call("run", "tasks.txt", *QUICK, "--max-attempts", "1", "--events", "e.jsonl")

    assert len([e for e in _events() if e["event"] == "task_seen"]) >= len(texts)
    assert not set(Path("e.jsonl").read_bytes()) - {*range(32, 127), 10}


# ---------------------------------------------------------------- the page


def test_every_event_and_member_is_documented() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \|.*\| (.*) \|$", (DOCS / "events.md").read_text(), re.MULTILINE
    )
    documented = {name: set(re.findall(r"`(\w+)`", members)) for name, members in rows}
    named = [one["$ref"].split("/")[-1] for one in SCHEMA["oneOf"]]

    assert documented == {
        name: {*SCHEMA["$defs"][name]["properties"]} - {*COMMON} for name in named
    }
    for name in named:
        form = SCHEMA["$defs"][name]
        assert form["properties"]["event"] == {"const": name}
        assert form["required"] == [*form["properties"]]


# ---------------------------------------------------------------- where they go


async def test_standard_output_holds_events_alone_and_a_command_writes_elsewhere(
    tmp_path: Path,
) -> None:
    async with Simulator(Scenario(tasks=3)) as simulator:
        words = [word for task in simulator.task_ids for word in ("--task", task)]
        hook = ("--on-finish", "cat; echo one; echo two >&2")
        process = await Process.start(
            simulator, "run", *words, *QUICK, "--quiet", "--events", "-", *hook, cwd=tmp_path
        )
        code, out, said = await process.end()

    assert (code, said) == (0, "one\ntwo\n")
    assert [*_checked(out.encode())][-1]["event"] == RUN_ENDED


@pytest.mark.takes(6)
@pytest.mark.parametrize("reader", ["gone", "asleep"])
def test_a_reader_that_takes_nothing_neither_fails_nor_delays_the_run(
    call: Call, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    os.mkfifo("pipe")
    end = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    with served(Scenario(tasks=150, limit=100_000)) as simulator, ExitStack() as stack:
        _use(simulator, monkeypatch)
        if reader == "gone":
            closing = once(lambda: bool(simulator.truth.requests), lambda: os.close(end))
            stack.enter_context(closing)
        else:
            stack.callback(os.close, end)
        said = call("run", "tasks.txt", *QUICK, "--events", "pipe", "--quiet")

        assert said.exit_code == 0
        assert len(simulator.truth.started) == 150
        assert said.words.count("events cannot be written; the run goes on without") == 1
        assert len(said.words.splitlines()) == 1


def test_what_a_full_disk_cut_short_is_followed_by_a_new_line(
    call: Call, simulator: Simulator
) -> None:
    cut = b'{"schema": 1, "event": "attempted", "at": "2026'
    Path("e.jsonl").write_bytes(cut)
    call("run", "--task", simulator.task_ids[0], *QUICK, "--events", "e.jsonl")

    first, rest = Path("e.jsonl").read_bytes().split(b"\n", 1)
    assert first == cut
    assert _checked(rest)[0]["event"] == "run_started"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        (("--events", "tasks.txt"), (2, "holds no events of the launcher")),
        (("--events", "j.db"), (2, "--events and --journal would both write to j.db")),
        (("--events", "."), (2, "name a file in it")),
        (("--events", "/dev/full/x"), (5, "cannot write events to /dev/full/x")),
        (("--events", "-", "--report", "-"), (2, "would both write to standard output")),
        (("--events", "-", "--report", "/dev/stdout"), (2, "would both write to standard output")),
        (("--events", "./out.json"), (2, "would both write to ./out.json")),
        (("--events", "new.db", "--journal", "new.db"), (2, "--journal would both write to")),
        (("--metrics", "m.prom", "--journal", "m.prom"), (2, "--journal would both write to")),
        (("--metrics", "m.prom", "--events", "m.prom"), (2, "--events would both write to")),
        (("--events", "e.jsonl", "--dry-run"), (2, "--events is about what a run does")),
        (("--events", ""), (2, "--events: expected a text that is not empty")),
    ],
)
def test_a_place_that_is_none_is_refused_and_nothing_is_sent(
    call: Call, simulator: Simulator, more: tuple[str, ...], refusal: tuple[int, str]
) -> None:
    Path("tasks.txt").write_text(f"{simulator.task_ids[0]}\n")
    Path("j.db").touch() if "j.db" not in more else call(
        "run", "--task", simulator.task_ids[1], "--journal", "j.db"
    )
    before = (
        Path("tasks.txt").read_bytes(),
        Path("j.db").read_bytes(),
        dict(simulator.truth.requests),
    )

    said = call("run", "tasks.txt", *QUICK, *more)

    assert (said.exit_code, refusal[1] in said.words) == (refusal[0], True), said
    assert (
        Path("tasks.txt").read_bytes(),
        Path("j.db").read_bytes(),
        dict(simulator.truth.requests),
    ) == before


def test_events_that_settings_name_are_those_of_runs(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHER_EVENTS", "e.jsonl")
    call("plan", "--task", simulator.task_ids[0], "--journal", "j.db")
    assert not Path("e.jsonl").exists()

    call("run", "--task", simulator.task_ids[0], *QUICK)
    told = Path("e.jsonl").read_bytes()
    call("abort", "last", "--journal", "j.db", "--yes")

    assert told
    assert Path("e.jsonl").read_bytes() == told


async def test_a_run_that_is_killed_has_told_what_its_journal_holds_and_no_end(
    tmp_path: Path,
) -> None:
    async with Simulator(Scenario(tasks=400, limit=100_000)) as simulator:
        (tmp_path / "tasks.txt").write_text("\n".join(simulator.task_ids))
        words = ("run", "tasks.txt", *QUICK, "--events", "e.jsonl", "--concurrency", "2")
        process = await Process.start(simulator, *words, cwd=tmp_path)
        while len(simulator.truth.started) < 20:  # noqa: ASYNC110 - it is a count
            await asyncio.sleep(0.01)
        process.send(signal.SIGKILL)
        await process.end()

    events = _events(tmp_path / "e.jsonl")
    assert {event["event"] for event in events} >= {"run_started", "attempted", "settled"}
    assert RUN_ENDED not in {event["event"] for event in events}
    assert _journal_holds(tmp_path / "j.db", [e for e in events if e["event"] == "attempted"])


def _journal_holds(path: Path, events: list[dict[str, Any]]) -> bool:
    connection = sqlite3.connect(path)
    kept = connection.execute(
        "select task.id from entry join task on task.number = entry.task where kind = 'attempted'"
    ).fetchall()
    connection.close()
    return {event["task_id"] for event in events} <= {row[0] for row in kept}
