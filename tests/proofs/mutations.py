"""Changes to the launcher that break a promise, and the tests that are to notice each of them.

A mutation is tried in a copy of the tree, so the tree itself is never touched.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("launcher", "tests", "pyproject.toml")
_ASSERTION = re.compile(
    r"^FAILED \S.* - (assert |AssertionError|Failed: DID NOT RAISE)", re.MULTILINE
)
_TESTS_FAILED = 1


@dataclass(frozen=True)
class Mutation:
    """What it breaks, in words; the text in a file of the package; which tests see it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return the file in the tree."""
        return ROOT / "launcher" / self.file

    def text(self) -> str:
        """Return the text of the file, mutated.

        Raises:
            ValueError: the old text does not stand there exactly once.
        """
        plain = self.path.read_text(encoding="utf-8")
        if plain.count(self.old) != 1:
            raise ValueError(f"{self.name}: found {plain.count(self.old)} times in {self.file}")
        return plain.replace(self.old, self.new)

    def is_caught(self, folder: Path) -> bool:
        """Say whether an assertion of its tests fails, in a copy of the tree in `folder`.

        An error on the way to the tests is no catch.
        """
        copy_tree(folder)
        (folder / "launcher" / self.file).write_text(self.text(), encoding="utf-8")
        ended = end_of_tests(folder, self.tests)
        return ended.returncode == _TESTS_FAILED and _ASSERTION.search(ended.stdout) is not None


def copy_tree(folder: Path) -> None:
    """Copy what tests need into a new folder."""
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def end_of_tests(folder: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Return how these tests ended in the copy of the tree in `folder`."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
            *(f"tests/{test}" for test in tests),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "CI": "1", "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )


CRASHES = ("engine/test_crashes.py",)
STORIES = ("engine/test_stories.py",)

MUTATIONS = (
    Mutation(
        "an attempt is written after its request",
        "engine/send.py",
        "await self._ledger.append(attempted)",
        "self._ledger.queue(attempted)",
        CRASHES,
    ),
    Mutation(
        "a doubt is sent again without a read",
        "engine/dispatch.py",
        "                await self._settler.settle(task)\n"
        "                return Turn.LATER if self._ledger.state(task).is_draft else Turn.DONE",
        "                return Turn.LATER",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "one draft read clears a doubt",
        "core/replay.py",
        "DRAFT_READS = 2",
        "DRAFT_READS = 1",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "a refusal for want of a draft is always our start",
        "core/replay.py",
        "may_be_ours = state.open or state.undenied",
        "may_be_ours = state.open or state.undenied or state.needs_draft",
        ("engine/test_who_is_we.py",),
    ),
    Mutation(
        "a refusal for want of a draft is always a refusal",
        "core/meaning.py",
        "(7007, 7009, 7010), Meaning.NEEDS_DRAFT",
        "(7007, 7009, 7010), Meaning.REJECTED",
        ("engine/test_refusals.py",),
    ),
    Mutation(
        "an answer that says where the result lies is a refusal",
        "core/meaning.py",
        "return sent_on and answer.http_status != HTTP_SEE_OTHER",
        "return sent_on",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "a throttle uses up an attempt",
        "core/meaning.py",
        '("throttled", "maintenance", "not_sent",',
        '("maintenance", "not_sent",',
        ("engine/test_truth.py",),
    ),
    Mutation(
        "a report is made before its facts are durable",
        "engine/run.py",
        "await journal.append(self.ended(exit_code, error))",
        "journal.queue(self.ended(exit_code, error))",
        ("engine/test_ends.py",),
    ),
    Mutation(
        "what ends a run cancels the other lanes",
        "engine/ending.py",
        "at = stop.set_at + longest_s",
        "at = loop.time()",
        ("engine/test_reads.py",),
    ),
    Mutation(
        "a cleared attempt is not read once more at the end",
        "engine/ledger.py",
        "return state.undenied or self.outcome(task) in",
        "return self.outcome(task) in",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "a cleared attempt is taken for a denied one",
        "core/replay.py",
        "return _undenied(state)._replace(open=False, draft_reads=0)",
        "return state._replace(open=False, draft_reads=0)",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "the attempt of a killed run is forgotten by the next attempt",
        "core/replay.py",
        "return (_undenied(state) if state.open else state)._replace(\n        run=record.run",
        "return state._replace(\n        run=record.run",
        ("core/test_replay_who.py",),
    ),
    Mutation(
        "whoever started a task in doubt, it was us",
        "core/replay.py",
        "if not may_be_ours or seen.executed_by not in {None, state.user}:",
        "if not may_be_ours:",
        ("engine/test_who_is_we.py",),
    ),
    Mutation(
        "an attempt without an end is still to be made",
        "core/state.py",
        "if self.open or self.unread:\n            return Outcome.UNKNOWN",
        "if self.unread:\n            return Outcome.UNKNOWN",
        CRASHES,
    ),
    Mutation(
        "a read at once counts towards clearing a doubt",
        "engine/settle.py",
        "return state.open and passed_s >= self._settle_s - CLOCK_STEP_S",
        "return state.open",
        ("engine/test_truth.py", "engine/test_reads.py"),
    ),
    Mutation(
        "a read that comes due does not count where sums are rounded",
        "engine/settle.py",
        "passed_s >= self._settle_s - CLOCK_STEP_S",
        "passed_s >= self._settle_s",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "the second read follows the first at once, in the same run",
        "engine/settle.py",
        "                if reading.task in self._since:\n"
        "                    self._since[reading.task] = self._clock.monotonic()",
        "                pass",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "the second read follows the first at once, in the next run",
        "core/replay.py",
        "draft_reads=state.draft_reads + 1, doubt_at=record.at",
        "draft_reads=state.draft_reads + 1",
        ("core/test_replay.py",),
    ),
    Mutation(
        "a clock that was set back ages doubts",
        "engine/settle.py",
        "return max((self._clock.now() - state.doubt_at).total_seconds(), 0.0)",
        "return abs((self._clock.now() - state.doubt_at).total_seconds())",
        ("engine/test_truth.py",),
    ),
    Mutation(
        "what is no draft, and shows as one, is read once",
        "engine/settle.py",
        "READS_AFTER_REFUSAL = 3",
        "READS_AFTER_REFUSAL = 1",
        ("engine/test_refusals.py",),
    ),
    Mutation(
        "a draft seen before an attempt is fresh after it",
        "core/state.py",
        "status_at=None if told_since or not self.status_at",
        "status_at=None if not self.status_at",
        ("engine/test_refusals.py", "core/test_replay.py"),
    ),
    Mutation(
        "a draft seen in the future is fresh",
        "engine/preflight.py",
        "not timedelta() <= clock.now() - state.status_at <= FRESH",
        "not clock.now() - state.status_at <= FRESH",
        ("engine/test_launching.py",),
    ),
    Mutation(
        "a draft seen long ago is fresh",
        "engine/preflight.py",
        "FRESH = timedelta(minutes=10)",
        "FRESH = timedelta(days=10)",
        ("engine/test_launching.py",),
    ),
    Mutation(
        "reads go on after the token was refused",
        "engine/refused.py",
        "stop.set(error, reads_are_hopeless=True)",
        "stop.set(error)",
        ("engine/test_refusals.py",),
    ),
    Mutation(
        "an attempt that took long to write is sent",
        "engine/punctual.py",
        "STALE_S = 5.0",
        "STALE_S = 1e9",
        ("engine/test_ends.py",),
    ),
    Mutation(
        "requests leave after the run was stopped",
        "engine/punctual.py",
        "        if self._stop.is_set:\n            return NotSent(",
        "        if False:\n            return NotSent(",
        ("engine/test_ends.py",),
    ),
    Mutation(
        "the answer about another task is believed",
        "core/meaning.py",
        "if view.id is None or view.id.lower() != task:",
        "if False:",
        ("core/test_answer.py",),
    ),
    Mutation(
        "a batch task that nobody was asked about is started",
        "engine/queries.py",
        "return self._always if task in self._approved else None",
        "return self._always",
        ("engine/test_batch.py",),
    ),
    Mutation(
        "a new window is opened to all lanes at once",
        "core/gate.py",
        "budget=state.budget.renewed(), trial=True)",
        "budget=state.budget.renewed())",
        ("core/test_gate.py",),
    ),
    Mutation(
        "an announced reset is waited for without a look",
        "engine/gate.py",
        "LONGEST_WAIT_S = 60.0",
        "LONGEST_WAIT_S = 1e9",
        ("engine/test_waiting.py",),
    ),
    Mutation(
        "a run that is ending looks but once a minute",
        "engine/gate.py",
        "LONGEST_LAST_WAIT_S = 2.0",
        "LONGEST_LAST_WAIT_S = 60.0",
        ("engine/test_waiting.py",),
    ),
    Mutation(
        "any number of doubts stand beside the lanes",
        "engine/dispatch.py",
        "CARRIED = 500",
        "CARRIED = 10**9",
        ("engine/test_waiting.py",),
    ),
    Mutation(
        "a commit is acknowledged before the disk has it",
        "adapters/journal/sqlite.py",
        '"synchronous=FULL"',
        '"synchronous=NORMAL"',
        ("adapters/journal/test_survival.py",),
    ),
    Mutation(
        "an abort is about whatever the run was asked for",
        "core/fate.py",
        "        return state.launch.run == run\n    if state.open",
        "        return True\n    if state.open",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "an abort takes what a later run started",
        "core/fate.py",
        "state.launch is not None and state.launch.run == run and not",
        "state.launch is not None and not",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "an abort request leaves before its entry is durable",
        "engine/send_abort.py",
        "await self._ledger.append(",
        "self._ledger.queue(",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "aborts leave after the run was stopped",
        "engine/send_abort.py",
        "            if not self._stop.is_set:",
        "            if True:",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "an abort in doubt is asked again without a read",
        "engine/abort_lanes.py",
        "READS = 2",
        "READS = 0",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "what starts after two draft reads is not aborted",
        "engine/abort.py",
        "PASSES = 2",
        "PASSES = 1",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "an abort that was refused ends well",
        "core/fate.py",
        "Fate.DRAFT, Fate.FOREIGN}",
        "Fate.DRAFT, Fate.FOREIGN, Fate.REFUSED}",
        ("engine/test_abort.py",),
    ),
    Mutation(
        "a process is stopped by its number alone",
        "adapters/stopping.py",
        "    if not _has_open(holder.pid, path):",
        "    if False:",
        ("adapters/test_stopping.py",),
    ),
    Mutation(
        "two runs of an account share a journal",
        "wiring/locking.py",
        "        held(hold, patience=patience, clock=clock),\n",
        "",
        ("wiring/test_running.py",),
    ),
    Mutation(
        "a task has no slot before it is known to be launched",
        "engine/feed.py",
        "            self._canaries.go(task)\n            self._hold(task)",
        "            self._canaries.go(task)",
        ("engine/test_feed.py",),
    ),
    Mutation(
        "a lane's slot is free before its task's state is known",
        "engine/dispatch.py",
        "            if meaning is None or _is_final(meaning):",
        "            self._feed.leave(task)\n            if meaning is None or _is_final(meaning):",
        ("engine/test_feed.py",),
    ),
    Mutation(
        "doubts have no slots",
        "core/state.py",
        "        if self.open or self.unread or (",
        "        if self.unread or (",
        ("engine/test_feed_whatever.py", "engine/test_feed.py"),
    ),
    Mutation(
        "a read that lags frees the slot of a launched task",
        "core/state.py",
        "            return not has_ended(self.status)",
        "            return is_active(self.status)",
        ("core/test_activity.py",),
    ),
    Mutation(
        "what is sent again asks for no slot",
        "engine/dispatch.py",
        "            await self._feed.stay(task)\n",
        "",
        ("engine/test_feed.py", "engine/test_feed_options.py"),
    ),
    Mutation(
        "a fed run takes what its journal knew for what is so",
        "engine/preflight.py",
        "elif orders.follows and (state.is_active or state.is_draft):",
        "elif False:",
        ("engine/test_feed.py", "engine/test_feed_whatever.py"),
    ),
    Mutation(
        "every read of what runs leaves a fact",
        "engine/following.py",
        "        return told != before",
        "        return True",
        ("engine/test_feed.py",),
    ),
    Mutation(
        "the tasks of others are counted once",
        "engine/neighbours.py",
        "        self.others = max(",
        "        self.others = self.others or max(",
        ("engine/test_feed_options.py",),
    ),
    Mutation(
        "a canary that was launched is taken for well",
        "engine/canary.py",
        "case Outcome.LAUNCHED if state.status in {RUNNING, COMPLETED}:",
        "case Outcome.LAUNCHED:",
        ("engine/test_feed_options.py",),
    ),
    Mutation(
        "the time between run requests is counted before the gate",
        "engine/send.py",
        """            passed = await self._gate.enter(Kind.RUN)
            number""",
        """            pass
        passed = await self._gate.enter(Kind.RUN)
        if True:
            number""",
        ("engine/test_feed_options.py",),
    ),
    Mutation(
        "one list without the clone is enough",
        "engine/searching.py",
        "EMPTY_LISTS = 2",
        "EMPTY_LISTS = 1",
        ("engine/test_rerun.py",),
    ),
    Mutation(
        "a clone request leaves before its intent is durable",
        "engine/cloning.py",
        "await self._book.append(intent)",
        "self._book.queue(intent)",
        ("engine/test_rerun_crashes.py",),
    ),
    Mutation(
        "tasks of one name are cloned at the same time",
        "engine/cloning.py",
        "async with self._alone[alike(original)]:",
        "async with asyncio.Lock():",
        ("engine/test_rerun.py",),
    ),
    Mutation(
        "the journal forgets whose clone a draft is",
        "engine/clonebook.py",
        "clone_of=original)",
        "clone_of=None)",
        ("engine/test_rerun_crashes.py",),
    ),
    Mutation(
        "a draft from before is taken for the clone",
        "core/likeness.py",
        "known = {intent.task, *intent.known, *owners}",
        "known = {intent.task, *owners}",
        ("engine/test_rerun.py",),
    ),
    Mutation(
        "the first of two likely drafts is taken",
        "core/likeness.py",
        "if len(possible) > 1 or others or",
        "if",
        ("engine/test_rerun.py",),
    ),
    Mutation(
        "an original with a clone is cloned again",
        "engine/rerun.py",
        "original.why_not is None and self._book.state(original.task).clone is None",
        "original.why_not is None",
        ("engine/test_rerun.py",),
    ),
)
