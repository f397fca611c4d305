"""`--notify-file`: people are told by a message when a run ends otherwise than the one before."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call
from launcher.adapters.apprise import send, unknown
from launcher.adapters.notices import Addresses
from launcher.core.notice import Notice
from launcher.simulator import Kind, Scenario
from support.served import served

QUICK = ("--journal", "j.db", "--settle", "0.05s", "--report", "out.json", "--quiet")
NOTIFY = ("--notify-file", "addresses")
pytestmark = pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # Apprise's
SECRET = "s3cr3t-in-an-address"


class Inbox:
    """A server on this machine that keeps the messages it is sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.status = 200
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.messages.append(json.loads(text))
                self.send_response(inbox.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"json://127.0.0.1:{self.server.server_port}/{SECRET}"


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    """Serve an inbox, whose address is in the file `addresses`."""
    opened = Inbox()
    thread = threading.Thread(target=opened.server.serve_forever, args=(0.01,))
    thread.start()
    (tmp_path / "addresses").write_text(f"# who wants to know\n\n{opened.address}\n")
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
    thread.join(10)


@pytest.fixture
def mixed(call: Call, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Serve two drafts that start and one that is refused; their ids."""
    del call
    with served(Scenario(tasks=2, special={Kind.NO_EXECUTE: 1})) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("\n".join(simulator.task_ids))
        yield [*simulator.task_ids]


def test_the_first_bad_run_is_told_and_then_only_what_changes(
    call: Call, inbox: Inbox, mixed: list[str]
) -> None:
    codes = [call("run", "tasks.txt", *QUICK, *NOTIFY).exit_code for _ in range(2)]
    Path("tasks.txt").write_text("\n".join(mixed[:2]))
    codes += [call("run", "tasks.txt", *QUICK, *NOTIFY).exit_code for _ in range(2)]
    codes.append(call("run", "--task", mixed[0], *QUICK, *NOTIFY).exit_code)

    assert codes == [1, 1, 0, 0, 0]
    assert [message["title"] for message in inbox.messages] == [
        "launcher: a run ended with exit code 1",
        "launcher: a run ended with exit code 0",
    ]
    first, second = (message["message"] for message in inbox.messages)
    assert "of tasks.txt on" in first
    assert "3 tasks: 2 launched, 1 rejected." in first
    assert re.search(r"More: launcher report \S+ --journal \S+/j\.db", first)
    assert "The run before it" in second


def test_of_many_projects_the_first_may_show_nothing(
    call: Call, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = "RFranklin/one", "RFranklin/two"
    projects = ("--project", one, "--project", two, "--name", "call*", "--limit", "1")
    scenario = Scenario(tasks=8, projects=(one, two), names=("align", "call"))
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        codes = [call("run", *projects, *QUICK, *NOTIFY).exit_code for _ in range(2)]

    assert codes == [4, 4]
    assert len(inbox.messages) == 1


def test_a_tick_tells_its_news_and_nothing_else(call: Call, inbox: Inbox, mixed: list[str]) -> None:
    del mixed
    codes = [call("run", "tasks.txt", "--once", *QUICK, *NOTIFY).exit_code for _ in range(3)]

    assert codes == [1, 0, 0]
    (message,) = inbox.messages
    assert message["title"] == "launcher: a tick ended with exit code 1"
    assert "New: 1 rejected" in message["message"]


def test_no_address_is_seen_anywhere(
    call: Call, inbox: Inbox, mixed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del mixed
    inbox.status = 500
    monkeypatch.setenv("LAUNCHER_NOTIFY_FILE", "addresses")
    said = call("run", "tasks.txt", *QUICK[:-1], "--verbose", "--events", "e.jsonl")
    shown = call("config", "show")

    assert said.exit_code == 1
    assert said.words.count("a message could not be sent") == 1
    assert "lines=[3]" in said.words
    assert len(inbox.messages) == 1
    everything = said.words + said.out + shown.out + shown.words
    everything += "".join(
        path.read_bytes().decode("latin-1")
        for path in Path().iterdir()
        if path.is_file() and path.name != "addresses"
    )
    assert SECRET not in everything


def test_an_address_that_nobody_serves_is_one_warning_and_the_others_are_told(
    call: Call, inbox: Inbox, mixed: list[str]
) -> None:
    del mixed
    Path("addresses").write_text(f"json://127.0.0.1:9/{SECRET}\n{inbox.address}\n")
    said = call("run", "tasks.txt", *QUICK, *NOTIFY)

    warnings = [line for line in said.words.splitlines() if "WARNING" in line]
    assert said.exit_code == 1
    assert len(inbox.messages) == 1
    assert len(warnings) == 1
    assert "lines=[1]" in warnings[0]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot read the addresses in addresses: No such file"),
        (b"\xff\xfe\x00", "cannot read the addresses in addresses: it is no text"),
        (b"# none\n", "addresses holds no address to notify"),
        (f"json://localhost\nzzz://{SECRET}@host\n".encode(), "addresses:2 is no address that"),
    ],
)
def test_a_file_that_is_none_is_refused_before_anything_is_sent(
    call: Call, mixed: list[str], content: bytes | None, why: str
) -> None:
    del mixed
    if content is not None:
        Path("addresses").write_bytes(content)

    said = call("run", "tasks.txt", *QUICK, *NOTIFY)

    assert (said.exit_code, why in said.words) == (2, True), said
    assert SECRET not in said.words
    assert not Path("j.db").exists()


def test_who_lets_us_wait_is_waited_for_as_long_as_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    go_on = threading.Event()
    addresses = Addresses(
        path=tmp_path, lines=[1], addresses=["x"], send=lambda _, __: go_on.wait(10)
    )

    addresses.tell(Notice(title="t", body="b"), limit_s=0.01)
    go_on.set()

    assert [vars(record)["why"] for record in caplog.records] == ["not done within 0.01 s"]


def test_what_the_library_says_of_addresses_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = send(f"json://127.0.0.1:9/{SECRET}", Notice(title="t", body="b"))
    wrong = unknown([f"zzz://{SECRET}@host", f"slack://{SECRET}"])

    assert (told, wrong) == (False, [0, 1])
    assert not caplog.records


def test_well_known_services_are_known() -> None:
    assert unknown(["slack://a/b/c", "no address", "mailto://me:pass@example.org"]) == [1]
