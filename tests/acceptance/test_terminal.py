"""A person at a terminal: questions, the live display, Ctrl-C; real processes on a real pty."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pexpect
import pyte
import pytest

from acceptance.conftest import Call
from launcher.cli.launching import _asked
from launcher.core.ids import TaskId
from launcher.core.plan import Plan
from launcher.simulator import RequestKind, Scenario, Simulator
from support.acceptance import environment_for, rows_of
from support.served import served

QUESTION = r"\[y/N\] "
LINES, COLUMNS = 40, 100
LAUNCHER = (sys.executable, "-m", "launcher")


class Person:
    """Somebody who types `launcher WORDS`, and sees what the terminal shows.

    With another `program` they type in its place.
    """

    def __init__(
        self, simulator: Simulator, *words: str, cwd: Path, program: Sequence[str] = LAUNCHER
    ) -> None:
        self.process = pexpect.spawn(
            program[0],
            [*program[1:], *words],
            env={**environment_for(simulator), "TERM": "xterm-256color"},
            cwd=str(cwd),
            dimensions=(LINES, COLUMNS),
            encoding="utf-8",
            timeout=20,
        )
        self.process.delaybeforesend = None
        self.process.delayafterclose = 0
        self.process.delayafterterminate = 0
        self.echoes_in_the_end: bool | None = None
        self._written = ""

    def waits_for(self, pattern: str) -> "Person":
        """Return once the terminal was sent something like this."""
        self.process.expect(pattern)
        self._written += self.process.before + self.process.after
        return self

    def types(self, keys: str) -> "Person":
        self.process.send(keys)
        return self

    def end(self) -> int:
        """Return the exit code."""
        self.process.expect(pexpect.EOF)
        self._written += self.process.before
        self.echoes_in_the_end = self.process.getecho()
        self.process.close()
        assert self.process.exitstatus is not None, self._written
        return int(self.process.exitstatus)

    @property
    def screen(self) -> list[str]:
        """The lines on the screen now, without the empty ones at the end."""
        screen = self._screen()
        return "\n".join(line.rstrip() for line in screen.display).rstrip().split("\n")

    @property
    def sees_cursor(self) -> bool:
        return not self._screen().cursor.hidden

    @property
    def written(self) -> str:
        return self._written

    def _screen(self) -> pyte.Screen:
        screen = pyte.Screen(COLUMNS, LINES)
        pyte.Stream(screen).feed(self._written)
        return screen


@pytest.fixture(scope="module")
def many() -> Iterator[Simulator]:
    """Serve 51 drafts, one more than is launched without a question."""
    with served(Scenario(tasks=51)) as serving:
        yield serving


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")


def _tasks(simulator: Simulator, folder: Path, *, count: int | None = None) -> tuple[str, ...]:
    """Write the task file, and return the words of a run that keeps its journal there."""
    lines = "".join(f"{task}\n" for task in simulator.task_ids[:count])
    (folder / "tasks.txt").write_text(lines)
    return ("run", "tasks.txt", "--journal", "j.db", "--report", "out.csv")


def _outcomes(folder: Path) -> set[str]:
    return {row["outcome"] for row in rows_of(folder / "out.csv")}


Type = Callable[[str], None]


@pytest.fixture
def types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    with ExitStack() as files:

        def one(answer: str) -> None:
            typed = tmp_path / "typed"
            typed.write_text(answer)
            monkeypatch.setattr(sys, "stdin", files.enter_context(typed.open()))

        yield one


@pytest.mark.parametrize(
    ("answer", "is_yes"),
    [("y\n", True), ("YES\n", True), (" y \n", True), ("\n", False), ("yep\n", False), ("", False)],
)
def test_y_and_yes_are_a_yes_and_nothing_else_is(answer: str, *, is_yes: bool, types: Type) -> None:
    types(answer)

    refusal = _asked(Plan(requested=1, drafts=(TaskId("a"),)), batch=False)

    assert (refusal is None) is is_yes


def test_the_question_tells_what_the_tasks_are_going_to_cost(
    types: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    types("y\n")

    _asked(Plan(requested=1, drafts=(TaskId("a"),)), batch=False, cost="Cost: about USD 3.40.")

    assert capsys.readouterr().err == "Launch 1 task? Cost: about USD 3.40. [y/N] "


@pytest.mark.parametrize("keys", ["n\r", "\x04"], ids=["n", "EOF"])
def test_anything_but_yes_to_the_question_launches_nothing(
    many: Simulator, tmp_path: Path, keys: str
) -> None:
    before = many.truth.requests[RequestKind.RUN]
    person = Person(many, *_tasks(many, tmp_path), cwd=tmp_path)

    exit_code = person.waits_for(f"Launch 51 tasks\\? 51 of align/3 {QUESTION}").types(keys).end()

    assert exit_code == 130
    assert "Stopped early: you said no: nothing was launched (exit code 130)" in person.screen
    assert person.screen[-1].startswith("To go on: launcher run tasks.txt --journal j.db")
    assert _outcomes(tmp_path) == {"pending"}
    assert many.truth.requests[RequestKind.RUN] == before
    assert person.sees_cursor


def test_a_yes_that_was_typed_before_the_question_launches_nothing(
    many: Simulator, tmp_path: Path
) -> None:
    before = many.truth.requests[RequestKind.RUN]
    person = Person(many, *_tasks(many, tmp_path), cwd=tmp_path)

    exit_code = person.types("y\ry\r").waits_for(QUESTION).types("n\r").end()

    assert exit_code == 130
    assert many.truth.requests[RequestKind.RUN] == before


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_at_the_question_ends_at_once_and_is_told_once(
    many: Simulator, tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    person = Person(many, *_tasks(many, tmp_path), cwd=tmp_path).waits_for(QUESTION)
    if number is signal.SIGINT:
        person.types("\x03")
    else:
        os.kill(person.process.pid, number)

    assert person.end() == exit_code
    assert "\n".join(person.screen).count(f"interrupted by {number.name}") == 1
    assert _outcomes(tmp_path) == {"pending"}


def test_yes_to_the_question_launches_all_and_ends_with_a_clean_screen(tmp_path: Path) -> None:
    with served(Scenario(tasks=51)) as simulator:
        person = Person(simulator, *_tasks(simulator, tmp_path), cwd=tmp_path)

        exit_code = person.waits_for(QUESTION).types("y\r").end()

        assert exit_code == 0
        assert len(simulator.truth.started) == 51
    assert person.screen[:4] == [
        (
            "51 tasks: 51 drafts to launch. To start: 51 of align/3. About 51 requests in 1 window "
            "of 1,000,"
        ),
        "about 2 s.",
        "Launch 51 tasks? 51 of align/3 [y/N] y",
        "51 launched",
    ]
    assert re.fullmatch(r"5\d requests, 1\.\d\d a task, none throttled, in \d s", person.screen[4])
    assert person.screen[5:] == ["Report: out.csv"]
    assert person.sees_cursor


def test_with_yes_and_up_to_fifty_nothing_is_asked(tmp_path: Path) -> None:
    with served(Scenario(tasks=51)) as simulator:
        few = Person(simulator, *_tasks(simulator, tmp_path, count=50), cwd=tmp_path)
        few_code = few.end()
        rest = Person(simulator, *_tasks(simulator, tmp_path), "--recheck", "--yes", cwd=tmp_path)
        rest_code = rest.end()

        assert (few_code, rest_code) == (0, 0)
        assert len(simulator.truth.started) == 51
    assert "[y/N]" not in few.written + rest.written


def test_yes_beforehand_answers_for_more_than_fifty(tmp_path: Path) -> None:
    with served(Scenario(tasks=51)) as simulator:
        person = Person(simulator, *_tasks(simulator, tmp_path), "-y", cwd=tmp_path)

        assert person.end() == 0
        assert len(simulator.truth.started) == 51
    assert "[y/N]" not in person.written


def test_batch_tasks_are_asked_about_even_with_yes(tmp_path: Path) -> None:
    with served(Scenario(tasks=1, batch_tasks=2, children_per_batch=1)) as simulator:
        words = _tasks(simulator, tmp_path)
        asked = r"Launch 3 tasks, 2 of them batch \(each starts many\)\? 3 of align/3 " + QUESTION

        no = Person(simulator, *words, "--yes", cwd=tmp_path).waits_for(asked).types("n\r").end()
        started = simulator.truth.started
        yes = Person(simulator, *words, cwd=tmp_path).waits_for(asked).types("y\r").end()

        assert (no, started, yes) == (130, (), 0)
        assert len(simulator.truth.started) == 3


def test_standard_input_on_a_terminal_wants_yes_and_does_not_wait_for_ids(
    many: Simulator, tmp_path: Path
) -> None:
    person = Person(many, "run", "-", cwd=tmp_path)

    assert person.end() == 2
    assert person.screen == [
        "launcher: with - as input nothing can be asked on the terminal: give --yes"
    ]


def test_a_plan_of_standard_input_asks_nothing(many: Simulator, tmp_path: Path) -> None:
    person = Person(many, "plan", "-", "--journal", "j.db", cwd=tmp_path)

    exit_code = person.types(f"{many.task_ids[0]}\r\x04").end()

    assert exit_code == 0
    assert person.screen[-1].startswith("1 task: ")


def test_the_live_display_shows_counts_and_ctrl_c_leaves_a_clean_screen(tmp_path: Path) -> None:
    with served(Scenario(tasks=51, run_latency_s=0.7)) as simulator:
        person = Person(simulator, *_tasks(simulator, tmp_path), cwd=tmp_path)
        person.waits_for(QUESTION).types("y\r").waits_for("16 in flight").waits_for("left until")
        during = "\n".join(person.screen)
        echoed = person.process.getecho()
        person.types("\rx\r\x03").waits_for("stopping")
        exit_code = person.end()
        launched = len(simulator.truth.started)

    assert all(word in during for word in ("tasks ", "of 51 launched", "requests ", "budget "))
    assert exit_code == 130
    assert (echoed, person.echoes_in_the_end) == (False, True)
    assert person.screen[3] == f"{launched} launched"
    assert any(line.startswith("Stopped early: interrupted by SIGINT") for line in person.screen)
    assert not [
        line for line in person.screen if line.startswith(("tasks ", "budget ", "stopping"))
    ]
    assert "\n".join(person.screen).count("interrupted by SIGINT") == 1
    assert person.sees_cursor
    assert _outcomes(tmp_path) == {"launched", "pending"}


def test_who_watches_sees_the_states_and_ctrl_c_leaves_a_clean_screen(tmp_path: Path) -> None:
    scenario = Scenario(tasks=4, queued_s=0.0, run_median_s=600.0, run_sigma=0.0)
    with served(scenario) as simulator:
        words = _tasks(simulator, tmp_path)
        Person(simulator, *words, cwd=tmp_path).end()

        person = Person(simulator, "watch", "--journal", "j.db", "--poll", "0.2s", cwd=tmp_path)
        person.waits_for(r"running +4 RUNNING; the oldest for")
        code = person.types("\x03").end()

        assert code == 130
        assert "Of 4 launched tasks: 4 RUNNING; 4 not ended." in person.screen
        assert not [line for line in person.screen if line.startswith("running ")]
        assert person.sees_cursor
        assert {simulator.truth.status_of(task) for task in simulator.task_ids} == {"RUNNING"}


def test_a_run_under_script_is_a_run_on_a_terminal(many: Simulator, tmp_path: Path) -> None:
    words = (*LAUNCHER, "plan", *_tasks(many, tmp_path)[1:])
    on_linux = ("script", "-qec", shlex.join(words), "typescript")
    elsewhere = ("script", "-q", "typescript", *words)

    ended = subprocess.run(
        on_linux if sys.platform == "linux" else elsewhere,
        cwd=tmp_path,
        env=environment_for(many),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )

    assert "51 tasks: 51 drafts to launch." in ended.stdout.decode()
    assert "reading what the tasks are" in (tmp_path / "typescript").read_text()


def test_piped_words_have_no_control_characters(call: Call, simulator: Simulator) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    Path("tasks.txt").write_text("\n".join((*simulator.task_ids, unknown)))

    said = call("run", "tasks.txt", "--journal", "j.db")

    assert said.exit_code == 1
    assert "rejected code 7002" in said.words
    assert said.words.replace("\n", "").isprintable()


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back(tmp_path: Path) -> None:
    with served(Scenario(tasks=51, run_latency_s=1.0)) as simulator:
        shell = Person(simulator, cwd=tmp_path, program=("bash", "--norc", "--noprofile", "-i"))
        words = shlex.join((*LAUNCHER, *_tasks(simulator, tmp_path), "--yes"))
        shell.types(f"PS1='$ '; {words}\r").waits_for("16 in flight").types("\x1a")
        shell.waits_for("Stopped").waits_for(r"\$ ")
        stopped, sees_cursor = shell.screen, shell.sees_cursor
        shell.types("fg\r").waits_for("16 in flight").waits_for("left until")
        shell.types("\x03").waits_for("stopping").types("\x03").waits_for("To go on").types(
            "stty\r"
        )
        shell.types("exit\r").end()

    assert sees_cursor
    assert not [line for line in stopped if line.startswith(("tasks ", "budget "))]
    assert "-echo" not in "\n".join(shell.screen)
    assert not [line for line in shell.screen if line.startswith(("tasks ", "budget "))]
