"""The connection to the record: SQLite in a file, or PostgreSQL by its address."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)

from recsys.errors import UserError

_BUSY_SECONDS = 10
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_MOST_VALUES = 5_000  # in one IN list; SQLite takes 32,766 parameters, PostgreSQL 65,535

T = TypeVar("T")


class StoreError(UserError):
    """The record can't be opened, read or written; nothing was kept that was not acknowledged."""


class Database:
    """One engine with a reading and a writing side; safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # A read is one statement, so it needs no transaction (and on PostgreSQL no round trips for one).
        self._readers = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writers = engine.execution_options(writes=True)
        # SQLite has one writer at a time: our threads queue here rather than poll the file's lock.
        self._turn: AbstractContextManager[Any] = nullcontext() if self.is_postgresql else threading.Lock()

    @property
    def is_postgresql(self) -> bool:
        """Whether the record is in PostgreSQL, otherwise in SQLite."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from; each statement sees all that was committed before it.

        Raises:
            StoreError: the record can't be reached.
        """
        with self._explained(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed, and on disk, when the block ends; rolled back when it raises.

        Raises:
            StoreError: the record can't be written; nothing of the block was kept.
        """
        with self._explained(), self._turn, self._writers.begin() as connection:
            yield connection

    @contextmanager
    def writing_alone(self, purpose: int) -> Iterator[Connection]:
        """As `writing`, while no other process is in a block with the same `purpose` (a number of ours)."""
        with self.writing() as connection:
            if self.is_postgresql:  # on SQLite every writing transaction is alone
                connection.execute(text("SELECT pg_advisory_xact_lock(:purpose)"), {"purpose": purpose})
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError, TimeoutError) as error:
            raise _explain(self.engine.url, error) from error
        except DatabaseError as error:
            if type(error) is not DatabaseError:  # a subclass speaks of the data, not of the database
                raise
            raise _explain(self.engine.url, error) from error  # "file is not a database"


def connect(address: str) -> Database:
    """The record at `sqlite:////absolute/path.db` or `postgresql://user:password@host/database`.

    Raises:
        StoreError: the address is malformed or nothing answers there; the message never holds the password.
    """
    url = _parse(address)
    engine = create_engine(url, json_serializer=_to_json, **_options(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        engine.dispose()
        raise _explain(url, error) from error
    return Database(engine)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say `on_conflict_do_...`, which each dialect spells by itself."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def chunks(values: Iterable[T], size: int = _MOST_VALUES) -> Iterator[list[T]]:
    """The values in lists of at most `size`.

    >>> list(chunks("abc", 2))
    [['a', 'b'], ['c']]
    """
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def _parse(address: str) -> URL:
    advice = "use sqlite:////absolute/path.db or postgresql://user:password@host/database"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"the address of the record is malformed: {advice}") from error
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise StoreError(f"the record can't be kept in {url.drivername!r}: {advice}")
    if url.database in (None, "", ":memory:"):
        raise StoreError(f"the record would not outlive the process: name a file, {advice}")
    return url


def _options(url: URL) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {"connect_args": {"timeout": _BUSY_SECONDS}}
    return {"connect_args": {"connect_timeout": _BUSY_SECONDS}, "pool_pre_ping": True, "pool_size": 10}


# As written, not as \u escapes, so that the keyword index reads names; never NaN, which isn't JSON.
_to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    """Switch a new file to WAL; SQLite does not wait for another process that is doing the same, so we do."""
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first may not get it later."""
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _explain(url: URL, error: SQLAlchemyError) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    reason = str(cause).strip().split("\n")[0]
    mend = (
        "check that the server runs and DATABASE_URL is right"
        if url.drivername.startswith("postgresql")
        else "check that the folder exists, is ours to write and has room"
    )
    return StoreError(
        f"the record at {url.render_as_string(hide_password=True)} can't be used: {reason}: {mend}"
    )
