"""What a code, a status, an outcome or an exit code means: looked up by what a person typed."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

from launcher.core.advice import CODES, STATUSES, Advice, advice_for, advice_on_outcome
from launcher.core.outcome import Outcome
from launcher.core.text import quoted

_GO_ON = "Run the same command again: it goes on from there."
_LAUNCHED = Advice(
    means="a run request of this journal started it",
    mend="Nothing to mend: its answer said so, or a later read did.",
)

_EXITS: dict[int, Advice] = {
    0: Advice(
        means="every task is launched, or was no draft any more (--wait, watch: and completed)",
        mend="Nothing to mend: run the same command again as often as you like.",
    ),
    1: Advice(
        means="some task is rejected, failed or unknown (--wait, watch: or did not complete)",
        mend="Mend what the closing table or the report says of them, and run again.",
    ),
    2: Advice(
        means="wrong use, or unreadable input or settings; nothing was launched",
        mend="Mend what the message names, and run again.",
    ),
    3: Advice(
        means="the token is refused, or nothing answers at the start, or not the platform",
        mend="Ask `launcher doctor` which credentials are used, and what answers there.",
    ),
    4: Advice(
        means="halted as you asked (by --limit and alike), or by a long outage; more is pending",
        mend="Run the same command again: it goes on from there, as far as --limit, --deadline "
        "and --max-failures let it.",
    ),
    5: Advice(
        means="a journal or report could not be written",
        mend="Ask `launcher doctor` about its folder and disk, mend that, and run again.",
    ),
    75: Advice(
        means="another run of this account holds the journal; nothing was launched",
        mend="Wait until that run has ended, or stop it; `launcher doctor` names it.",
    ),
    130: Advice(means="interrupted by Ctrl-C, or by a no at the question", mend=_GO_ON),
    143: Advice(means="interrupted by SIGTERM or SIGHUP", mend=_GO_ON),
}

EXIT_CODES = tuple(_EXITS)
"""Every exit code of the launcher."""

_ABOUT = {
    1: "the rate limit",
    2: "users",
    3: "projects",
    4: "billing",
    5: "files",
    6: "apps",
    7: "tasks",
    90: "requests of any kind",
}
"""What the platform's codes are about, by their thousand."""

_PARTS_OF_SPEECH = frozenset(("code", "http", "exit", "outcome"))
_NEAREST = 2


_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_LookUp = Callable[[int], Advice | None]
_KINDS: dict[str, tuple[tuple[int, ...], _LookUp]] = {
    "code": (CODES, advice_for),
    "HTTP": (STATUSES, partial(advice_for, None)),
    "exit code": (EXIT_CODES, _EXITS.get),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What `name`, as `code 7024` or `HTTP 429`, means and what to do about it."""

    name: str
    advice: Advice


def explanations_of(word: str) -> tuple[Explanation, ...]:
    """Return everything that the number or name stands for: 0 is a code and an exit code."""
    outcome = _OUTCOMES.get(word.lower())
    if outcome is not None:
        return (_of_outcome(outcome),)
    number = _number(word)
    if number is None:
        return ()
    found = ((kind, look_up(number)) for kind, (_, look_up) in _KINDS.items())
    return tuple(
        Explanation(name=f"{kind} {number}", advice=advice)
        for kind, advice in found
        if advice is not None
    )


def everything() -> tuple[Explanation, ...]:
    """Return all that has an explanation of its own."""
    numbers = (
        Explanation(name=f"{kind} {number}", advice=advice)
        for kind, (known, look_up) in _KINDS.items()
        for number in known
        if (advice := look_up(number)) is not None
    )
    return (*numbers, *(_of_outcome(outcome) for outcome in Outcome))


def advice_on_exit(code: int) -> Advice | None:
    """Return what an exit code of the launcher means; None: it has no such code."""
    return _EXITS.get(code)


def words_of(text: str) -> tuple[str, ...]:
    """Return what is to be explained in words as they were shown: `code 7024, HTTP 400`."""
    words = text.replace(",", " ").replace(":", " ").split()
    return tuple(word for word in words if word.lower() not in _PARTS_OF_SPEECH)


def why_unknown(word: str) -> str:
    """Return why there is no explanation, and what is near."""
    number = _number(word)
    if number is None:
        near = get_close_matches(word.lower(), _OUTCOMES, n=1)
        hint = f"did you mean {near[0]}?" if near else "give a number, such as 7024 or 429"
        return f"{quoted(word, limit=40)} is no code and no outcome; {hint}"
    family = [code for code in CODES if code and code // 1000 == number // 1000]
    if not family:
        return (
            f"{number} is no code of the platform, no HTTP status and no exit code "
            "(`launcher explain` lists all)"
        )
    nearest = sorted(sorted(family, key=lambda code: abs(code - number))[:_NEAREST])
    near_ones = " and ".join(f"{code} ({_means(code)})" for code in nearest)
    about = _ABOUT[number // 1000]
    return f"{number} is no code that is known; those around it are about {about}: {near_ones}"


def _number(word: str) -> int | None:
    return (
        int(word) if word.isascii() and word.isdigit() and len(word) < len("9000000000") else None
    )


def _of_outcome(outcome: Outcome) -> Explanation:
    advice = advice_on_outcome(outcome) or _LAUNCHED
    return Explanation(name=f"outcome {outcome.value}", advice=advice)


def _means(code: int) -> str:
    advice = advice_for(code)
    return "" if advice is None else advice.means
