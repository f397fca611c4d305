"""A real browser for pages: Chromium without a network of its own, and what it complained of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    sync_playwright,
)

ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LIMIT_MS = 30_000


def chromium() -> str | None:
    """Return where the browser is; None: there is none."""
    return shutil.which("chromium")


@contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    """Start the browser, and end it when the body is left."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page in the browser, what it asked for, and what was said in its console or by alerts."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note_dialog(self, dialog: Dialog) -> None:
        """Note that the page asked something, and close it."""
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def drawn(self) -> "Opened":
        """Wait until the pictures are drawn."""
        self.page.wait_for_selector("html[data-drawn]", state="attached", timeout=LIMIT_MS)
        return self

    def ids(self) -> list[str]:
        """Return the ids of the rows that are shown, in their order."""
        return self.page.locator("#table tbody .id").all_inner_texts()

    def mark_ms(self, name: str) -> float:
        """Return when the page had come so far, after it was asked for."""
        marks = "name => performance.getEntriesByName(name)[0].startTime"
        return float(self.page.evaluate(marks, name))


def open_page(context: BrowserContext, path: Path) -> Opened:
    """Open a file in a tab of its own."""
    page = context.new_page()
    page.set_default_timeout(LIMIT_MS)
    opened = Opened(page=page, address=path.as_uri())
    page.on("request", lambda request: opened.requests.append(request.url))
    page.on("console", lambda message: opened.complaints.append(_said(message)))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("dialog", opened.note_dialog)
    page.goto(opened.address)
    return opened


def _said(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"
