"""A question to the person at the terminal."""

import sys

from launcher.adapters.output import say
from launcher.adapters.screen import forget_typed
from launcher.adapters.signals import breaking_off
from launcher.core.errors import InterruptedRunError, LauncherError


def is_terminal() -> bool:
    """Say whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def refusal_of(question: str, *, nothing: str) -> LauncherError | None:
    """Ask, and return why it is a no, if it is one; `nothing` says what a no means."""
    forget_typed(sys.stdin)  # a stray "y" would agree to it all
    refusal = InterruptedRunError(f"you said no: {nothing}")
    answer = ""
    try:
        with breaking_off(more=f": {nothing}") as wait_for:
            say(f"{question} [y/N] ")
            wait_for(sys.stdin)
            answer = sys.stdin.readline()
    except InterruptedRunError as error:
        refusal = error
    except (OSError, ValueError) as error:
        # the terminal went away, and who started us ignores SIGHUP; a thousand files are open
        what = getattr(error, "strerror", None) or error
        why = f"nobody could be asked ({what}): {nothing}; give --yes"
        refusal = InterruptedRunError(why)
    if not answer.endswith("\n"):
        say("\n")
    return None if answer.strip().lower() in {"y", "yes"} else refusal
