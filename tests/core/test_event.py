"""Which fact becomes which event, against the schema that is documented."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given

from launcher.adapters.events import line_of
from launcher.core.entry import Entry, Record, Seen, Settled
from launcher.core.event import Changes, becomes_event, event_of
from launcher.core.meaning import Meaning
from support.journal_examples import RUN, entries, task
from support.json_schema import complaints

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/events.schema.json").read_text())
AT = datetime(2026, 11, 24, tzinfo=UTC)
SEEN = Seen(task=task(1), status="QUEUED")


def _record(entry: Entry) -> Record:
    return Record(run=RUN, at=AT, entry=entry)


@given(entries)
def test_whatever_a_fact_holds_its_event_is_one_line_that_fits_the_schema(entry: Entry) -> None:
    event = event_of(_record(entry))

    assert (event is not None) == becomes_event(_record(entry))
    if event is not None:
        line = line_of(event)
        assert line.isascii()
        assert line.splitlines() == [line.removesuffix("\n")]
        assert not [*complaints(json.loads(line), SCHEMA, root=SCHEMA)]


def test_a_task_is_told_again_only_in_a_state_that_was_not_told_last() -> None:
    facts: list[Entry] = [
        SEEN,
        replace(SEEN, counts=True),
        replace(SEEN, task=task(2)),
        replace(SEEN, status="RUNNING"),
        replace(SEEN, status="RUNNING"),
        SEEN,
        Settled(task=task(1), number=1, meaning=Meaning.LAUNCHED, status="CREATING"),
        replace(SEEN, status="CREATING"),
        Settled(task=task(1), number=2, meaning=Meaning.IN_DOUBT),
        replace(SEEN, status="CREATING"),
        replace(SEEN, status="CREATING", clone_of=task(2)),
    ]
    changes = Changes()

    told = [changes.event_of(_record(fact)) is not None for fact in facts]

    new, old = True, False
    assert told == [new, old, new, new, old, new, new, old, new, old, new]
