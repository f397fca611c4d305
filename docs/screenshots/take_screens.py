"""Take the screenshots of the documentation anew: real runs, on a real pseudo-terminal.

Every platform is the simulator, with a fixed seed: the next time shows the same tasks and numbers,
but other times of day. Another screen is another entry in SHOTS.

    make screenshots
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pyte
from rich.text import Text

from launcher.simulator import Kind, Scenario, Simulator
from launcher.simulator.serving import write_ids
from screen_as_svg import draw, seen

HERE = Path(__file__).parent
COLUMNS, LINES = 96, 40
TIMEOUT_S = 60
QUESTION = r"\[y/N\] "
NEXT_FRAME = r"\r\x1b\[2K"

HEALTHY = Scenario(tasks=312, seed=1, latency_s=0.25)
MIXED = Scenario(
    tasks=300,
    seed=4,
    latency_s=0.25,
    fault_share=0.05,
    special={Kind.RUNNING: 5, Kind.FORBIDDEN: 4, Kind.INVALID_4XX: 2, Kind.NOT_FOUND: 1},
)


@dataclass(frozen=True, kw_only=True)
class Shot:
    """What is typed, on which platform, and when the screen is taken.

    `answer` is typed at the question; `until` is waited for (None: the end).
    """

    name: str
    words: str
    scenario: Scenario = HEALTHY
    answer: str = ""
    until: str | None = None

    @property
    def path(self) -> Path:
        """Where the picture is kept."""
        return HERE / f"{self.name}.svg"


SHOTS = (
    Shot(name="plan", words="plan tasks.txt", scenario=MIXED),
    Shot(
        name="running",
        words="run tasks.txt --report report.csv",
        scenario=MIXED,
        answer="y",
        until=rf"1[3-9]\d of 312 launched[^$]*?(?={NEXT_FRAME})",
    ),
    Shot(name="all-well", words="run tasks.txt --report report.csv", answer="y"),
    Shot(
        name="with-failures",
        words="run tasks.txt --report report.csv",
        scenario=MIXED,
        answer="y",
    ),
    Shot(name="explain", words="explain 7024 429 75"),
)


def take(shot: Shot) -> list[Text]:
    """Carry out the words of `shot` on a terminal, and return what it shows."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    stream.feed(f"$ launcher {shot.words}\r\n")
    with tempfile.TemporaryDirectory() as folder, served(shot.scenario) as simulator:
        write_ids(Path(folder) / "tasks.txt", simulator.task_ids)
        process = pexpect.spawn(
            sys.executable,
            ["-m", "launcher", *shot.words.split()],
            cwd=folder,
            env=environment(simulator, folder),
            dimensions=(LINES, COLUMNS),
            encoding="utf-8",
            timeout=TIMEOUT_S,
        )
        if shot.answer:
            stream.feed(_written(process, QUESTION))
            process.send(f"{shot.answer}\r")
        stream.feed(_written(process, pexpect.EOF if shot.until is None else shot.until))
        process.close(force=True)
    return seen(screen)


def main() -> None:
    """Take all, or those that are named."""
    for shot in SHOTS:
        if not sys.argv[1:] or shot.name in sys.argv[1:]:
            title = f"launcher {shot.words}"
            svg = draw(take(shot), name=shot.name, title=title, columns=COLUMNS)
            shot.path.write_text(svg, encoding="utf-8")
            print(shot.path)


def _written(process: pexpect.spawn, pattern: object) -> str:
    """Return what is written up to `pattern`."""
    process.expect(pattern)
    end = process.after if isinstance(process.after, str) else ""
    return f"{process.before}{end}"


def environment(simulator: Simulator, folder: str) -> Mapping[str, str]:
    """Return what a launcher needs to know to use the simulator, and nothing of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {
        **kept,
        "HOME": folder,
        "TERM": "xterm-256color",
        "SB_API_ENDPOINT": simulator.endpoint,
        "SB_AUTH_TOKEN": simulator.token,
    }


@contextmanager
def served(scenario: Scenario) -> Iterator[Simulator]:
    """Serve a platform on a thread of its own, until the body is left."""
    ready: list[Simulator] = []
    listening, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with Simulator(scenario) as simulator:
            ready.append(simulator)
            listening.set()
            while not done.is_set():  # noqa: ASYNC110 - an event of another thread
                await asyncio.sleep(0.05)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        listening.wait(TIMEOUT_S)
        yield ready[0]
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main()
