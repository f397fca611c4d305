"""Which facts of old runs may go."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.facts import ACCOUNT, FIRST, SECOND, THEM, Story, at, begun
from core.replies import OTHER, TASK, task_id
from launcher.core.cloning import CloneMeaning
from launcher.core.entry import (
    CloneIntended,
    CloneSettled,
    NewsTold,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
)
from launcher.core.errors import UsageError
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.pruning import Why, moment_of, old_runs, why_kept
from launcher.core.sorting import Pruning
from launcher.core.soundness import doubtful_run
from launcher.core.ticks import tick_of
from support.pruning import PRUNER, pruned, task_of

LATE = at(10_000)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
INTENT = CloneIntended(task=TASK, number=1, project="p", app="a", name="n")


def _ended(*deeds: Callable[[Story], object]) -> Story:
    story = begun()
    for deed in deeds:
        deed(story)
    story.end()
    return story


def _cloned(meaning: CloneMeaning, clone: TaskId | None = None) -> Callable[[Story], object]:
    def tell(story: Story) -> None:
        story.tell(INTENT)
        story.tell(CloneSettled(task=TASK, number=1, meaning=meaning, clone=clone))

    return tell


@pytest.mark.parametrize(
    ("deeds", "why"),
    [
        ((), None),
        ((lambda s: s.attempt(1),), Why.UNDENIED),
        ((lambda s: s.attempt(1), lambda s: s.settle(1, Meaning.IN_DOUBT)), Why.UNDENIED),
        ((lambda s: s.attempt(1), lambda s: s.clear()), Why.UNDENIED),
        ((lambda s: s.attempt(1), lambda s: s.settle(1, Meaning.NEEDS_DRAFT)), Why.UNDENIED),
        ((lambda s: s.attempt(1), lambda s: s.settle(1, Meaning.REJECTED)), None),
        ((lambda s: s.attempt(1), lambda s: s.settle(1, Meaning.NOT_SENT)), None),
        ((lambda s: s.launch(1),), Why.ACTIVE),
        ((lambda s: s.launch(1), lambda s: s.see("RUNNING")), Why.ACTIVE),
        ((lambda s: s.launch(1), lambda s: s.see("DRAFT")), Why.ACTIVE),
        ((lambda s: s.launch(1), lambda s: s.see("ON THE MOON")), Why.ACTIVE),
        ((lambda s: s.launch(1), lambda s: s.miss()), Why.ACTIVE),
        ((lambda s: s.launch(1), lambda s: s.see("COMPLETED")), None),
        ((lambda s: s.see("RUNNING", by=THEM),), Why.ACTIVE),
        ((lambda s: s.see("FAILED", by=THEM),), None),
        ((lambda s: s.miss(),), None),
        ((_cloned(CloneMeaning.IN_DOUBT),), Why.UNDENIED),
        ((_cloned(CloneMeaning.NOT_THERE),), Why.UNDENIED),
        ((_cloned(CloneMeaning.REFUSED),), None),
        ((_cloned(CloneMeaning.CLONED, OTHER),), None),
        ((lambda s: s.tell(Seen(task=TASK, status="DRAFT", clone_of=OTHER)),), Why.CLONE),
    ],
)
def test_what_may_start_or_goes_on_stays_and_what_is_over_or_never_began_goes(
    deeds: tuple[Callable[[Story], object], ...], why: Why | None
) -> None:
    story = _ended(*deeds)

    records = [record for record in story.records if task_of(record)]
    assert why_kept(records, user=ACCOUNT.user) is why


def test_what_two_draft_reads_settled_is_in_doubt_no_more_and_stays_all_the_same() -> None:
    story = _ended(lambda s: s.attempt(1), lambda s: s.clear())

    records = [record for record in story.records if task_of(record)]
    assert doubtful_run(records, ACCOUNT) is None
    assert why_kept(records, user=ACCOUNT.user) is Why.UNDENIED


def _pruned(story: Story, *, before: datetime = LATE) -> Pruning:
    return pruned(story.records, before=before)[1]


def test_a_run_goes_where_it_ended_before_the_time() -> None:
    story = _ended()
    ended_at = story.records[-1].at

    assert _pruned(story, before=ended_at).is_empty
    assert _pruned(story, before=ended_at + timedelta(seconds=1)).gone == (FIRST,)


def test_a_killed_run_ended_when_the_next_one_of_its_account_began() -> None:
    story = begun()
    story.task = OTHER
    began_at = story.begin(SECOND)

    assert _pruned(story, before=began_at).is_empty
    assert _pruned(story).gone == (FIRST,)


def test_what_a_kept_run_was_asked_for_keeps_the_facts_of_all_runs() -> None:
    story = _ended()
    story.begin(SECOND)

    pruning = _pruned(story)
    assert pruning.is_empty
    assert pruning.kept == {Why.NAMED: 1}


def test_a_run_that_keeps_a_part_of_its_tasks_stays_and_is_known_to_have_lost_the_others() -> None:
    story = Story(task=task_id(0))
    story.begin(tasks=3)
    story.launch(1)
    story.end()

    left, pruning = pruned(story.records, before=LATE)
    assert (len(pruning.tasks), pruning.gone, pruning.cut) == (2, (), (FIRST,))
    assert {task_of(record) for record in left} == {None, task_id(0)}
    assert pruned(left, before=LATE)[1].cut == (FIRST,)


def _tick(
    story: Story,
    run: str,
    *,
    first: str | None = None,
    asks: bool = True,
    digest: str = "same",
    costs_of: tuple[str, ...] = (),
) -> None:
    story.run = RunId(run)
    asked_by = None if first is None else RunId(first)
    story.tell(
        RunStarted(
            account=ACCOUNT,
            host="",
            version="",
            max_attempts=3,
            digest=digest,
            asked_by=asked_by,
            costs_of=costs_of,
        )
    )
    if asks:
        story.tell(Requested(position=0, task=TASK, source="tasks.txt:1"))


def _end(story: Story, *, reason: str | None = None, throttled: int = 0) -> None:
    story.tell(
        RunEnded(exit_code=0, reason=reason, requests={}, throttled=throttled, duration_s=1.0)
    )


def test_of_the_ticks_of_a_kept_input_those_stay_that_tell_the_next_one_something() -> None:
    story = Story()
    _tick(story, "t1")
    _end(story)
    for number in range(2, 9):
        _tick(story, f"t{number}", first="t1", asks=False)
        _end(story, reason="halted" if number in {3, 6} else None, throttled=number in {5, 6})
        if number == 3:
            story.tell(NewsTold(tasks=1))
    before = story.records[-1].at

    left, pruning = pruned(story.records, before=before)
    assert pruning.tasks == ()
    assert set(pruning.gone) == {"t2", "t4", "t5", "t6", "t7"}
    assert pruning.cut == ()
    assert {record.run for record in left if task_of(record)} == {"t1"}


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_a_limit_of_costs_counts_of_projects_stays_after_any_number_of_prunes(
    *, is_shared: bool
) -> None:
    story = Story()
    if is_shared:
        _tick(story, "first")
        _end(story)
    first = "first" if is_shared else "t"
    asked_by = first if is_shared else None
    _tick(story, "t", first=asked_by, asks=not is_shared, costs_of=("p",))
    _end(story)
    _tick(story, "without a limit", first=first, asks=False)
    _end(story)
    _tick(story, "u", digest="another")
    story.see("COMPLETED", by=THEM)
    _end(story)

    left, once = pruned(story.records, before=LATE)
    _, twice = pruned(left, before=LATE)
    assert once.kept == twice.kept == {Why.COUNTED: 1}


def test_a_draft_that_a_run_with_a_limit_of_costs_did_not_start_goes() -> None:
    story = Story()
    _tick(story, "t", costs_of=("p",))
    story.see("DRAFT")
    _end(story)

    assert _pruned(story).gone == (RunId("t"),)


def test_what_a_kept_run_refers_to_stays() -> None:
    story = _ended(lambda s: s.launch(1), lambda s: s.see("FAILED"))
    story.task = OTHER
    story.run = SECOND
    story.tell(RunStarted(account=ACCOUNT, host="", version="", max_attempts=3, reruns=FIRST))

    assert old_runs(story.records, before=LATE).kept == {FIRST, SECOND}
    assert _pruned(story).is_empty


def test_a_clone_stays_with_its_original_and_an_original_with_its_clone() -> None:
    story = _ended(_cloned(CloneMeaning.CLONED, OTHER))
    story.run, story.task = SECOND, OTHER
    story.tell(RunStarted(account=ACCOUNT, host="", version="", max_attempts=3))
    story.tell(Seen(task=OTHER, status="DRAFT", clone_of=TASK))
    story.end()

    assert _pruned(story).kept == {Why.CLONE: 2}


def test_what_no_known_run_wrote_stays() -> None:
    story = _ended()
    records = [r for r in story.records if not isinstance(r.entry, RunStarted)]

    assert old_runs(records, before=LATE).may_go([FIRST]) is False


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        (" 2026-11-01T08:30:00+01:00", datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
        ("90d", NOW - timedelta(days=90)),
        ("0d", NOW),
    ],
)
def test_a_time_is_a_date_or_so_many_days_ago(text: str, moment: datetime) -> None:
    assert moment_of(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "90", "3 weeks", "999999d", "01.11.2026", "-3d"])
def test_a_wrong_time_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"2026-11-01.* or 90d"):
        moment_of(text, now=NOW)


def test_a_time_to_come_is_no_mistake_to_follow() -> None:
    with pytest.raises(UsageError, match="'2206-11-01' is still to come"):
        moment_of("2206-11-01", now=NOW)


def test_the_doubt_of_another_account_keeps_no_facts_of_ours() -> None:
    ours, theirs = _ended(), Story(run=SECOND)
    theirs.records = [*ours.records]
    theirs.tell(
        RunStarted(account=replace(ACCOUNT, user=THEM), host="", version="", max_attempts=3)
    )
    theirs.attempt(1)
    theirs.end()

    left, pruning = pruned(theirs.records, before=LATE)
    assert pruning.gone == (FIRST,)
    assert {record.run for record in left} == {SECOND, PRUNER}


def test_whatever_ticks_are_pruned_the_next_one_knows_what_it_would_have_known(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        story = Story()
        for number in range(chance.randint(2, 12)):
            digest = chance.choice("ab")
            known = tick_of(story.records, ACCOUNT, digest=digest)
            asks = known.asked_by is None
            _tick(story, f"t{number:02}", first=known.asked_by, asks=asks, digest=digest)
            if chance.random() < 0.9:
                _end(story, reason=chance.choice([None, "x", "y"]), throttled=chance.randint(0, 1))
                if chance.random() < 0.3:
                    story.tell(NewsTold(tasks=1))
        whole = story.records
        left, pruning = pruned(whole, before=chance.choice(whole).at)

        kept = {r.entry.digest for r in left if isinstance(r.entry, RunStarted)}
        assert pruning.cut == ()
        for digest in filter(None, kept):
            before = tick_of(whole, ACCOUNT, digest=digest)
            after = tick_of(left, ACCOUNT, digest=digest)
            first = {before.asked_by}
            told = {run: key for run, key in before.told.items() if run in first}
            assert replace(before, told=told) == replace(
                after, told={run: key for run, key in after.told.items() if run in first}
            )
