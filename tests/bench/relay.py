"""Carry out a program, and tell what it took: argv is where to tell that, then its words.

What a process had at most counts what its parent had when it began: this one has next to nothing.
"""

import json
import os
import sys
import time


def main(told: str, words: list[str]) -> None:
    began_at = time.perf_counter()
    child = os.posix_spawnp(words[0], words, os.environ)
    _, status, used = os.wait4(child, 0)
    cost = {
        "wall_s": time.perf_counter() - began_at,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with open(told, "w") as file:  # noqa: PTH123 - pathlib would take longer than the rest
        json.dump(cost, file)
    sys.exit(os.waitstatus_to_exitcode(status))


main(sys.argv[1], sys.argv[2:])
