"""How long the commands that only say something take, as a ratio of processor time in one run.

That they import no library is counted in `test_command.py`.
"""

import resource
import subprocess
import sys

import pytest

MOST = {"--version": 6.0, "--help": 20.0}
ROUNDS = 15


def _took_s(*words: str) -> float:
    """Return processor seconds, which other programs of a busy machine do not take part in."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=30)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.prove
@pytest.mark.parametrize(("word", "most"), MOST.items())
def test_version_and_help_take_few_times_a_bare_interpreter(word: str, most: float) -> None:
    bare, ours = [], []
    for _ in range(ROUNDS):  # in turn: a machine gets slower and faster
        bare.append(_took_s("-c", "pass"))
        ours.append(_took_s("-m", "launcher", word))

    ratio = min(ours) / min(bare)
    print(f"{word}: {ratio:.1f} x a bare interpreter")  # noqa: T201 - a figure
    assert ratio <= most
