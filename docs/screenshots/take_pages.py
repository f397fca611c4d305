"""Take the pictures of report pages anew: real runs, and their pages in a real browser.

Every platform is the simulator, with a fixed seed. Needs Chromium. Another picture is another entry
in SHOTS.

    make screenshots
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FloatRect, sync_playwright

from launcher.simulator import Kind, Scenario
from launcher.simulator.serving import write_ids
from small_png import palette_png
from take_screens import HERE, environment, served

TIMEOUT_S = 900
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is run on which platform."""

    scenario: Scenario
    words: tuple[str, ...] = ()


RUNS = {
    "all-well": Run(
        scenario=Scenario(
            tasks=312,
            seed=1,
            latency_s=0.25,
            limit=150,
            window_s=10,
            run_median_s=8,
            instance_limit=90,
            names=("align NA12878", "align NA19240", "align HG00514", "align HG00733"),
        ),
        words=("--wait", "--poll", "1s"),
    ),
    "with-failures": Run(
        scenario=Scenario(
            tasks=300,
            seed=4,
            latency_s=0.25,
            fault_share=0.05,
            run_median_s=8,
            failed_share=0.03,
            names=("align NA12878", "align NA19240", "align HG00514", "align HG00733"),
            special={Kind.RUNNING: 5, Kind.FORBIDDEN: 4, Kind.INVALID_4XX: 2, Kind.NOT_FOUND: 1},
        ),
        words=("--wait", "--poll", "1s"),
    ),
    "20000": Run(
        scenario=Scenario(
            tasks=19_950,
            seed=7,
            latency_s=0.02,
            limit=4000,
            window_s=20,
            special={Kind.RUNNING: 30, Kind.FORBIDDEN: 15, Kind.NOT_FOUND: 5},
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class PageShot:
    """Of which run's page the picture is, and how wide, how high and in which light it is taken."""

    name: str
    run: str
    height: int
    width: int = 1200
    scheme: Literal["light", "dark"] = "light"
    scale: float = 1

    @property
    def path(self) -> Path:
        """Where the picture is kept."""
        return HERE / f"page-{self.name}.png"


SHOTS = (
    PageShot(name="all-well", run="all-well", height=1500),
    PageShot(name="with-failures", run="with-failures", height=1880),
    PageShot(name="20000", run="20000", height=1500),
    PageShot(name="phone", run="with-failures", height=1250, width=360, scale=1.5),
    PageShot(name="dark", run="all-well", height=1500, scheme="dark"),
)


def take(shot: PageShot, page: Path, browser: Browser) -> bytes:
    """Return the picture of a page as a PNG of few colours."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": 800},
        device_scale_factor=shot.scale,
        color_scheme=shot.scheme,
    )
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-drawn]", state="attached")
    clip: FloatRect = {"x": 0, "y": 0, "width": shot.width, "height": shot.height}
    picture = tab.screenshot(full_page=True, clip=clip)
    context.close()
    return palette_png(picture, browser)


def main() -> None:
    """Take all, or those that are named."""
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder, _browsing() as browser:

        @cache
        def page_of(run: str) -> Path:
            return _page(RUNS[run], Path(folder) / run)

        for shot in wanted:
            shot.path.write_bytes(take(shot, page_of(shot.run), browser))
            print(f"{shot.path} ({shot.path.stat().st_size:,} bytes)")


def _page(run: Run, folder: Path) -> Path:
    """Carry out a run, and return the page it wrote."""
    folder.mkdir()
    with served(run.scenario) as simulator:
        write_ids(folder / "tasks.txt", simulator.task_ids)
        words = ("run", "tasks.txt", "--report", "report.html", "--yes", "--quiet", *run.words)
        subprocess.run(  # noqa: S603 - the launcher itself
            [sys.executable, "-m", "launcher", *words],
            cwd=folder,
            env=environment(simulator, str(folder)),
            timeout=TIMEOUT_S,
            check=False,  # some tasks are meant to go wrong
        )
    return folder / "report.html"


@contextmanager
def _browsing() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("pictures of pages take Chromium, which is not installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
