"""Hostile text in everything that others write, through every output; each is read back.

The readers know nothing of the launcher: `csv`, `json`, and the Unicode categories of characters.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from acceptance.conftest import Call, Said
from launcher.adapters.screen import print_closing
from launcher.cli.ending import say_error
from launcher.core.errors import UsageError
from support.acceptance import launch
from support.hostile_platform import HostilePlatform, hostile_platform
from support.report_examples import HOSTILE
from support.terminal import Terminal

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
FORGED = re.compile(r"^\s*(launcher: every task is launched|2026-11-24 ERROR forged)")
MARK = "\x1b[7777m"
"""A harmless kind of sequence, but none of ours."""
DISPLAY = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")
TEXTS = (*HOSTILE.values(), f"{MARK}seen")
USER = " ".join(text for text in TEXTS if len(text) < 100)
MEMBERS = "description,inputs"
NAME_LIMIT = 2000


def assert_harmless(text: str, *, lines: int | None = None) -> None:
    """Let no character but line feeds move a cursor or hide, and no line be forged."""
    seen = set(text) - {"\n"}
    unseen = {hex(ord(one)) for one in seen if unicodedata.category(one) in UNSEEN}
    assert not unseen
    assert not [line for line in text.split("\n") if FORGED.match(line)]
    if lines is not None:
        assert len(text.splitlines()) == lines


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HostilePlatform]:
    with hostile_platform(TEXTS, user=USER) as served:
        monkeypatch.setenv("SB_API_ENDPOINT", served.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", served.token)
        (tmp_path / "tasks.txt").write_text("\n".join(served.task_ids))
        yield served


def run(call: Call, *words: str) -> Said:
    """Run every task once; it would take long to be sure of those that a page answers."""
    quick = ("--settle", "0.01s", "--max-attempts", "1")
    return call("run", "tasks.txt", "--journal", "j.db", *quick, *words)


def in_its_column(text: str) -> str:
    """Return what JSON keeps of a name: all of it but NUL, half characters, and a long end."""
    kept = text if len(text) <= NAME_LIMIT else text[: NAME_LIMIT - 1] + "…"
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", kept)


def test_no_report_executes_or_breaks_a_row_and_json_keeps_every_text(
    call: Call, platform: HostilePlatform
) -> None:
    names = ("a.csv", "a.tsv", "a.json", "a.jsonl", "a.html")
    said = run(call, "--fields", MEMBERS, *(word for name in names for word in ("--report", name)))

    assert said.exit_code == 1, said
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t")):
        assert_table(Path(name).read_bytes().decode(), delimiter, platform)
    assert_harmless(Path("a.html").read_text("utf-8"))
    rows = json.loads(Path("a.json").read_text("ascii"))["tasks"]
    assert rows == [json.loads(line) for line in Path("a.jsonl").read_text("ascii").splitlines()]
    for row in rows:
        assert_kept(row, platform.text_of(row["task_id"]))


def test_tickets_and_junit_carry_every_text_as_text(call: Call, platform: HostilePlatform) -> None:
    run(call, "--report", "a.md", "--report", "a.xml")
    said = call("report", "--journal", "j.db", "-o", "b.md", "-o", "b.xml")

    assert said.exit_code == 0
    for name in ("a.md", "a.xml"):
        text = Path(name).read_text("utf-8")
        assert_harmless(text)
        assert text == Path(name.replace("a", "b", 1)).read_text("utf-8")
    cases = [*ET.parse("a.xml").getroot().iter("testcase")]  # noqa: S314 - our own
    assert [str(case.get("name"))[:36] for case in cases] == list(platform.task_ids)
    ticket = Path("a.md").read_text("utf-8")
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(ticket)
    words = [word for block in blocks[1:] for word in block.children or []]
    assert {word.type for word in words} <= {"text", "code_inline", "strong_open", "strong_close"}
    assert not [block for block in blocks[1:] if block.type == "html_block"]


def assert_table(text: str, delimiter: str, platform: HostilePlatform) -> None:
    assert_harmless(text.replace("\t", "") if delimiter == "\t" else text)
    header, *rows = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    assert [row[0] for row in rows] == list(platform.task_ids)
    assert {len(row) for row in rows} == {len(header)}
    # A semicolon ends a cell too, where the comma is for decimals; quotes there are of no help.
    cells = [piece for row in rows for cell in row for piece in cell.split(";")]
    assert not [cell for cell in cells if cell.lstrip(' "').startswith(FORMULAS)]


def assert_kept(row: dict[str, Any], text: str) -> None:
    assert {row["name"], row["project"], row["app"]} == {in_its_column(text)}
    if len(text) < NAME_LIMIT:
        assert row["fields"] == {"description": text, "inputs": {text: [text]}}
    else:
        assert row["fields_left_out"] == ["description", "inputs"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_neither_words_nor_logs_carry_a_text_raw(
    call: Call, platform: HostilePlatform, form: str
) -> None:
    platform.pages = form == "text"

    said = run(call, "--verbose", "--log-format", form)

    assert len(platform.runs) >= len(TEXTS)
    assert said.out == ""
    assert_harmless(said.words)
    if form == "json":
        logged = [json.loads(line) for line in said.words.splitlines() if line.startswith("{")]
        assert {"request ended", "settings found"} <= {line["message"] for line in logged}


def test_other_commands_carry_no_text_raw(call: Call, platform: HostilePlatform) -> None:
    run(call)
    assert platform.runs

    run(call)
    first = call("runs", "--journal", "j.db").out.splitlines()[1].split()[0]

    for words in (
        *(("runs",), ("report",), ("report", "--compare", first), ("doctor",)),
        *(("plan", "tasks.txt"), ("journal", "check")),
        ("journal", "prune", "--before", "0d", "--dry-run"),
    ):
        said = call(*words, "--journal", "j.db")

        assert said.exit_code in {0, 1}, said
        assert_harmless(said.out)
        assert_harmless(said.words)


async def test_a_terminal_gets_the_sequences_of_the_display_alone(
    platform: HostilePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    live, closing = Terminal(columns=100, lines=40), Terminal(columns=100)

    ended = await launch(
        platform, platform.task_ids, tmp_path, stream=live, settle=0.01, max_attempts=1
    )
    print_closing(ended.report, stream=closing)

    assert "\x1b[?25l" in live.getvalue()  # it was live
    for terminal in (live, closing):
        written = DISPLAY.sub("", terminal.getvalue()).replace("\r", "")
        assert_harmless(written)
        assert MARK not in terminal.getvalue()


@pytest.mark.parametrize("text", [USER, HOSTILE["forged line"], HOSTILE["megabyte"]])
def test_a_refusal_of_the_whole_run_is_one_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "tasks.txt").write_text("00000000-0000-0000-0000-000000000001")
    with hostile_platform((text,), user=text, refuses=True) as platform:
        monkeypatch.setenv("SB_API_ENDPOINT", platform.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", platform.token)
        said = run(call, "--report", "-")

    assert said.exit_code == 3
    assert_harmless(said.words)
    assert len(said.words) < 5000
    assert_harmless(said.out, lines=2)


def test_an_error_keeps_its_own_lines_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    say_error(UsageError("2 lines of a\nb are wrong:\n  a\nb:1: no id\n  a\nb:2: no id"))

    assert capsys.readouterr().err.splitlines() == [
        r"launcher: 2 lines of a\nb are wrong:",
        r"  a\nb:1: no id",
        r"  a\nb:2: no id",
    ]


BLEND = re.sub("[\0/\ud800-\udfff]", "|", USER)
"""As a file's name can be, less its length."""


@pytest.mark.parametrize(
    "text", [BLEND[:120], HOSTILE["forged line"]], ids=["blend", "forged line"]
)
@pytest.mark.parametrize(
    "words",
    [
        ("run", "TEXT.txt"),
        ("run", "--task", "xTEXT"),
        ("run", "tasks.txt", "--journal", "no/xTEXT"),
        ("run", "tasks.txt", "--report", "xTEXT"),
        ("run", "tasks.txt", "--report", "no/xTEXT.csv"),
        ("run", "tasks.txt", "--fields", "xTEXT"),
        ("run", "tasks.txt", "--column", "xTEXT"),
        ("run", "tasks.txt", "--config", "xTEXT"),
        ("run", "tasks.txt", "--token-file", "xTEXT"),
        ("run", "tasks.txt", "--ca-file", "xTEXT"),
        ("run", "tasks.txt", "--profile", "xTEXT"),
        ("run", "tasks.txt", "--endpoint", "xTEXT"),
        ("run", "tasks.txt", "--timeout", "xTEXT"),
        ("run", "tasks.txt", "--max-attempts", "xTEXT"),
        ("run", "tasks.txt", "--max-failures", "xTEXT"),
        ("run", "--xTEXT"),
        ("explain", "xTEXT"),
        ("report", "xTEXT"),
        ("report", "a", "xTEXT"),
        ("report", "--split", "no/xTEXT"),
        ("report", "--compare", "xTEXT"),
        ("config", "show", "--journal", "xTEXT"),
        ("config", "show", "--report", "xTEXT.csv"),
        ("doctor", "--journal", "xTEXT"),
        ("xTEXT",),
        ("--xTEXT",),
    ],
    ids=" ".join,
)
def test_what_is_wrong_in_an_argument_is_told_without_its_tricks(
    call: Call, tmp_path: Path, words: Sequence[str], text: str
) -> None:
    (tmp_path / "tasks.txt").write_text("id\n")
    (tmp_path / "no").write_text("a file in a folder's place")

    said = call(*(word.replace("TEXT", text) for word in words))

    assert said.out + said.words
    assert_harmless(said.out)
    assert_harmless(said.words)
