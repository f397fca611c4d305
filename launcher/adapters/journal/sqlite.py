"""SQLite: opened for durable writing or for reading, and its errors in our words."""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from launcher.adapters.journal.files import (
    ANY,
    Identity,
    check_same,
    check_writable,
    identity_of,
    is_frozen,
    make_private,
)
from launcher.adapters.journal.network import KeepsLocks, OnNetwork
from launcher.adapters.journal.schema import STEPS, Step, bring_forward, version_of
from launcher.core.errors import StorageError

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30.0
"""How long a commit waits for another run's; theirs take milliseconds."""

_SWITCH_PAUSE_S = 0.02
_PRIMARY = 0xFF  # of an extended error code
_FULL_FSYNC = ("fullfsync=1", "checkpoint_fullfsync=1")
_ELSEWHERE = "or name another file with --journal PATH"
_DAMAGED = (
    "it is damaged and was left as it is: keep it for a repair "
    f"(`sqlite3 FILE .recover`), {_ELSEWHERE}"
)
_ADVICE = {
    sqlite3.SQLITE_ERROR: _DAMAGED,  # of statements that are right: a table is not there
    sqlite3.SQLITE_NOTADB: "it is no journal of the launcher; name another file with "
    "--journal PATH",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: f"make room on that disk, {_ELSEWHERE}",
    sqlite3.SQLITE_IOERR: f"see whether that disk is full or failing, {_ELSEWHERE}",
    sqlite3.SQLITE_BUSY: f"see which program holds it, {_ELSEWHERE}",
    sqlite3.SQLITE_READONLY: f"allow writing to it and to its folder, {_ELSEWHERE}",
}


def _reason(error: Exception) -> tuple[str, str]:
    """Return what went wrong, and what to do."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(origin, "sqlite_errorcode", 0) & _PRIMARY
    if isinstance(origin, UnicodeDecodeError) or "decode to UTF-8" in str(origin):
        return "it holds text that is none", _DAMAGED
    what = origin.strerror if isinstance(origin, OSError) and origin.strerror else str(origin)
    return what, _ADVICE.get(code, f"see that its folder is there and writable, {_ELSEWHERE}")


@contextmanager
def translated(path: Path, *, cannot: str) -> Iterator[None]:
    """Turn what the disk and SQLite raise into `StorageError`; `cannot` is a verb."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeDecodeError) as error:
        what, advice = _reason(error)
        raise StorageError(f"cannot {cannot} the journal {path}: {what}; {advice}") from error


def _engine(path: Path, *pragmas: str) -> Engine:
    """Return an engine without a pool whose connections never create the file."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(path))}?mode=rw{'&immutable=1' * is_frozen(path)}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
        )
        try:
            for pragma in pragmas:
                _set(connection, pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """Set it; again for a while when busy: two runs that switch the journal mode refuse at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(_SWITCH_PAUSE_S)
        else:
            return


def reading(path: Path) -> Engine:
    """Return an engine that reads; no transaction outlasts a statement, so no writer waits.

    Not `mode=ro`: that cannot undo what a killed writer left half done.
    """
    return _engine(path, "query_only=1")


@contextmanager
def writing(
    path: Path,
    *,
    on_network: OnNetwork,
    keeps_locks: KeepsLocks,
    steps: Sequence[Step] = STEPS,
) -> Iterator[Connection]:
    """Yield a connection whose commits are durable, to a journal of the newest schema."""
    with translated(path, cannot="open"):
        make_private(path)
        with reading(path).connect() as first:  # before anything changes in a foreign file
            version_of(first, path=path, steps=steps)
        network = on_network(path)
        mode = "wal" if network is None else "truncate"
        engine = _engine(path, "synchronous=FULL", *_FULL_FSYNC, f"journal_mode={mode}")
        own = identity_of(path) if network is None else ANY
        event.listen(engine, "begin", partial(_begin_in, path, own))
        connection = engine.connect()
    with connection:
        with translated(path, cannot="open"), connection.begin():
            _check_mode(connection, mode)
            if network is not None:
                _check_locks(path, network=network, keeps_locks=keeps_locks)
        with translated(path, cannot="open"):
            bring_forward(connection, path=path, steps=steps)
        yield connection


def check_journal(path: Path) -> None:
    """Refuse a journal that could not be written or made; nothing is made or changed.

    Raises:
        StorageError: why, and what to do.
    """
    with translated(path, cannot="write"):
        check_writable(path)


def locks_hold(path: Path, *, keeps_locks: KeepsLocks) -> bool:
    """Say whether another process is refused the journal's write lock while it is ours.

    Nothing is written. Another run's commits wait meanwhile.
    """
    with translated(path, cannot="lock"):
        engine = _engine(path)
        event.listen(engine, "begin", _begin)
        with engine.connect() as connection, connection.begin() as ours:
            keeps = keeps_locks(path)
            ours.rollback()
    return keeps


def _begin_in(path: Path, own: Identity | None, connection: Connection) -> None:
    """Begin where the file is still the one that was opened."""
    check_same(path, own)
    _begin(connection)


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first could not wait for it later."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_mode(connection: Connection, mode: str) -> None:
    now = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if now != mode:
        raise OSError(f"its file system allows journal_mode={now} only, not {mode}")


def _check_locks(path: Path, *, network: str, keeps_locks: KeepsLocks) -> None:
    """Refuse a file system that grants two handles the write lock; the caller holds it now."""
    if not keeps_locks(path):
        raise StorageError(
            f"the journal {path} is on a network file system ({network}) that does not keep locks, "
            "so two runs could spoil it: name a file on a local disk with --journal PATH"
        )
    log.warning(
        "the journal is on a network file system: slower, and as safe as the locks there; "
        "a file on a local disk is better (--journal PATH)",
        extra={"path": str(path), "file_system": network},
    )
