"""What can go wrong with one request, and what each of these does to the task and to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType


class Spoiling(Enum):
    """What the client gets in place of the honest answer."""

    INTERNAL_ERROR = auto()
    BAD_GATEWAY = auto()
    UNAVAILABLE = auto()
    UNAVAILABLE_HTML = auto()
    GATEWAY_TIMEOUT = auto()
    REQUEST_TIMEOUT = auto()
    CONFLICT = auto()
    RESET = auto()
    CUT = auto()
    EMPTY = auto()
    GARBAGE = auto()
    HTML = auto()
    HANG = auto()
    HUGE = auto()
    THROTTLED = auto()
    THROTTLED_HTML = auto()
    THROTTLED_RETRY_AFTER = auto()
    MAINTENANCE = auto()
    REDIRECT = auto()
    UNAUTHORISED = auto()
    DRAFT = auto()
    NEEDS_DRAFT = auto()


class Fault(StrEnum):
    """One way to go wrong. BEFORE: the task stays a draft. AFTER: it has started."""

    INTERNAL_ERROR_BEFORE = auto()
    INTERNAL_ERROR_AFTER = auto()
    BAD_GATEWAY_BEFORE = auto()
    BAD_GATEWAY_AFTER = auto()
    UNAVAILABLE_BEFORE = auto()
    UNAVAILABLE_AFTER = auto()
    UNAVAILABLE_HTML_BEFORE = auto()
    UNAVAILABLE_HTML_AFTER = auto()
    GATEWAY_TIMEOUT_BEFORE = auto()
    GATEWAY_TIMEOUT_AFTER = auto()
    REQUEST_TIMEOUT_BEFORE = auto()
    REQUEST_TIMEOUT_AFTER = auto()
    CONFLICT_BEFORE = auto()
    CONFLICT_AFTER = auto()
    RESET_BEFORE = auto()
    RESET_AFTER = auto()
    CUT_BEFORE = auto()
    CUT_AFTER = auto()
    EMPTY_BEFORE = auto()
    EMPTY_AFTER = auto()
    GARBAGE_BEFORE = auto()
    GARBAGE_AFTER = auto()
    HTML_BEFORE = auto()
    HTML_AFTER = auto()
    HANG_BEFORE = auto()
    HANG_AFTER = auto()
    HUGE_BEFORE = auto()
    HUGE_AFTER = auto()
    THROTTLED = auto()
    THROTTLED_HTML = auto()
    THROTTLED_RETRY_AFTER = auto()
    MAINTENANCE = auto()
    LATE_START = auto()
    LATE_START_504 = auto()
    SOMEBODY_ELSE_BEFORE = auto()
    SOMEBODY_ELSE_UNSEEN = auto()
    SOMEBODY_ELSE_AFTER_FAILURE = auto()
    LOST_THEN_SOMEBODY = auto()
    LOST_THEN_FORBIDDEN = auto()
    REDIRECT = auto()
    UNAUTHORISED = auto()
    DRAFT_2XX = auto()
    REFUSED_WHILE_DRAFT = auto()


class Starts(Enum):
    """Whether the faulty request starts its task; NOW: whether it does what it asks for."""

    NOT = auto()
    NOW = auto()
    LATE = auto()


class Somebody(Enum):
    """When another user presses Run on the same task."""

    NEVER = auto()
    BEFORE = auto()
    AFTER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one fault does.

    `spoiling` None means an honest answer. `reaches` False: the request is turned away in front of
    the platform, so it is not charged to the rate window. `unseen`: reads show a draft for
    `late_start_s` more. `hides`: nobody but the platform sees the task any more (403).
    """

    starts: Starts = Starts.NOT
    spoiling: Spoiling | None = None
    somebody: Somebody = Somebody.NEVER
    reaches: bool = True
    at_once: bool = False
    unseen: bool = False
    hides: bool = False


_LOSSES = tuple(Spoiling)[: tuple(Spoiling).index(Spoiling.HUGE) + 1]

BEFORE_START: Mapping[Spoiling, Fault] = MappingProxyType(
    {loss: Fault[f"{loss.name}_BEFORE"] for loss in _LOSSES}
)
AFTER_START: Mapping[Spoiling, Fault] = MappingProxyType(
    {loss: Fault[f"{loss.name}_AFTER"] for loss in _LOSSES}
)

EFFECTS: Mapping[Fault, Effect] = MappingProxyType(
    {
        **{fault: Effect(spoiling=loss) for loss, fault in BEFORE_START.items()},
        **{fault: Effect(starts=Starts.NOW, spoiling=loss) for loss, fault in AFTER_START.items()},
        Fault.THROTTLED: Effect(spoiling=Spoiling.THROTTLED, reaches=False),
        Fault.THROTTLED_HTML: Effect(spoiling=Spoiling.THROTTLED_HTML, reaches=False),
        Fault.THROTTLED_RETRY_AFTER: Effect(spoiling=Spoiling.THROTTLED_RETRY_AFTER, reaches=False),
        Fault.MAINTENANCE: Effect(spoiling=Spoiling.MAINTENANCE, reaches=False),
        Fault.LATE_START: Effect(starts=Starts.LATE, spoiling=Spoiling.RESET),
        Fault.LATE_START_504: Effect(starts=Starts.LATE, spoiling=Spoiling.GATEWAY_TIMEOUT),
        Fault.SOMEBODY_ELSE_BEFORE: Effect(starts=Starts.NOW, somebody=Somebody.BEFORE),
        Fault.SOMEBODY_ELSE_UNSEEN: Effect(
            starts=Starts.NOW, somebody=Somebody.BEFORE, unseen=True
        ),
        Fault.SOMEBODY_ELSE_AFTER_FAILURE: Effect(
            spoiling=Spoiling.UNAVAILABLE, somebody=Somebody.AFTER
        ),
        Fault.LOST_THEN_SOMEBODY: Effect(
            starts=Starts.NOW, spoiling=Spoiling.RESET, somebody=Somebody.AFTER
        ),
        Fault.LOST_THEN_FORBIDDEN: Effect(starts=Starts.NOW, spoiling=Spoiling.RESET, hides=True),
        Fault.REDIRECT: Effect(spoiling=Spoiling.REDIRECT),
        Fault.UNAUTHORISED: Effect(spoiling=Spoiling.UNAUTHORISED, reaches=False, at_once=True),
        Fault.DRAFT_2XX: Effect(spoiling=Spoiling.DRAFT),
        Fault.REFUSED_WHILE_DRAFT: Effect(spoiling=Spoiling.NEEDS_DRAFT),
    }
)

_SLOW = frozenset({Spoiling.HANG, Spoiling.HUGE})

READ_FAULTS: tuple[Fault, ...] = (
    *(fault for loss, fault in BEFORE_START.items() if loss not in _SLOW),
    Fault.THROTTLED,
    Fault.THROTTLED_HTML,
)
"""Faults of a read from which a patient client recovers."""

ACTION_FAULTS: tuple[Fault, ...] = (
    *READ_FAULTS,
    *(fault for loss, fault in AFTER_START.items() if loss not in _SLOW),
)
"""Faults of an abort or a clone: not done, or done and the answer lost."""

RECOVERABLE: tuple[Fault, ...] = (
    *ACTION_FAULTS,
    Fault.LATE_START,
    Fault.LATE_START_504,
)
"""Faults of a run request after which a careful client still launches the task."""
