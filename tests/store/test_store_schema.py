"""The migrations lead to the schema, however many processes run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from recsys.store import Store, StoreError
from recsys.store.schema import in_metadata, metadata

MIGRATE = "import sys; from recsys.store import Store\nwith Store.open(sys.argv[1]) as store: store.migrate()"


def test_head_is_the_metadata(store: Store) -> None:
    options = {
        "compare_type": True,
        "include_name": lambda name, _kind, _parents: in_metadata(name),
        "include_object": lambda _object, name, _kind, _reflected, _other: in_metadata(name),
    }
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.keys.create("before")
    store.migrate()
    assert store.keys.count() == 1


def test_processes_migrate_at_once(store_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, store_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    with Store.open(store_url) as store:
        assert store.papers.count() == 0


def test_a_record_of_a_newer_version_is_refused(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="update recsys"):
        store.migrate()


def test_sqlite_is_durable_and_checks_references(store: Store) -> None:
    if store.database.is_postgresql:
        return
    with store.database.reading() as connection:
        read = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert read == ["wal", 2, 1, 10_000]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "malformed"),
        ("mysql://u:secret@localhost/x", "can't be kept in 'mysql'"),
        ("sqlite://", "name a file"),
        ("sqlite:////nowhere/at/all/record.db", "unable to open database file"),
        ("postgresql://u:secret@127.0.0.1:1/x", "check that the server runs"),
        ("postgresql://u:secret@127.0.0.1:port/x", "malformed"),
    ],
)
def test_addresses_that_do_not_work(address: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        Store.open(address)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_text("This is a diary, not a database. " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path / 'record.db'}")


def test_a_record_that_is_gone(store: Store) -> None:
    assert store.ping()
    if not store.database.is_postgresql:
        return
    url = store.database.engine.url
    with (
        Store.open(url.set(database="postgres").render_as_string(hide_password=False)) as other,
        other.database.reading() as connection,
    ):
        connection.execute(text(f"DROP DATABASE {url.database} WITH (FORCE)"))
    assert not store.ping()
    with pytest.raises(StoreError, match="check that the server runs"):
        store.keys.list()
