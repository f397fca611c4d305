"""What a machine may refuse: bytes, rights, files; taken away for a while, and given back."""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from launcher.adapters.signals import EXIT_CODES

NOBODY = 65534
_LOOK_S = 0.005


@contextmanager
def limited(what: int, most: int) -> Iterator[None]:
    """Let this process have at most so much of `what`, an `RLIMIT_…`."""
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Let no file grow beyond that, as on a disk that is full."""
    with limited(resource.RLIMIT_FSIZE, size_bytes):
        yield


@contextmanager
def not_as_root() -> Iterator[None]:
    """Run the body as somebody else, where the tests run as root: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Give signals back afterwards: a process of a command keeps its own to the end."""
    before = {number: signal.getsignal(number) for number in EXIT_CODES}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def once(condition: Callable[[], object], deed: Callable[[], object]) -> Iterator[None]:
    """Do `deed` as soon as `condition` holds while the body runs; it has to come to that."""
    over, done = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            if condition():
                deed()
                done.set()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
    assert done.is_set(), "what was waited for never came"
