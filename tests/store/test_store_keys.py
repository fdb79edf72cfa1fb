"""API keys, in the record and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from typer.testing import CliRunner

from recsys.commands.keys import app
from recsys.errors import UserError
from recsys.home import Home
from recsys.store import Store
from recsys.store.schema import keys


def test_a_key_works_until_it_is_revoked(store: Store) -> None:
    key = store.keys.create("reader")
    info = store.keys.verify(key)
    assert info is not None
    assert key.startswith(f"rk_{info.id}_")
    assert (len(info.id), info.name, info.revoked) == (8, "reader", None)
    assert store.keys.list() == [info]
    assert store.keys.count() == 1
    assert store.keys.revoke(info.id)
    assert store.keys.verify(key) is None
    assert not store.keys.revoke(info.id)
    assert not store.keys.revoke("00000000")
    assert store.keys.count() == 0
    [revoked] = store.keys.list()
    assert revoked.revoked is not None


def test_each_key_opens_as_itself(store: Store) -> None:
    made = {name: store.keys.create(name) for name in ("ann", "bob")}
    for name, key in made.items():
        info = store.keys.verify(key)
        assert info is not None
        assert info.name == name
    mixed = made["ann"][:12] + made["bob"][12:]
    assert store.keys.verify(mixed) is None


def test_the_secret_is_not_in_the_record(store: Store) -> None:
    secret = store.keys.create("ann").split("_", 2)[2]
    with store.database.reading() as connection:
        [row] = connection.execute(select(keys))
    assert not any(secret in str(value) for value in row)


@given(noise=st.text(), change=st.integers(0, 60))
@settings(settings.get_profile("record"))
def test_nothing_else_is_a_key(store: Store, noise: str, change: int) -> None:
    key = store.keys.create("ann")
    altered = key[:change] + noise + key[change + 1 :]
    for candidate in (noise, f"rk_{noise}", altered, key[:-1], key + "\ud800", key.replace("rk", "kr")):
        assert (store.keys.verify(candidate) is not None) == (candidate == key)


def test_the_commands(tmp_path: Path, store_url: str) -> None:
    options = ["--home", str(tmp_path / "home"), "--database-url", store_url]
    run = CliRunner().invoke
    made = run(app, ["create", " my reader ", *options])
    assert made.exit_code == 0
    key = made.stdout.strip()
    with Home(tmp_path / "home").open_store(store_url) as store:
        info = store.keys.verify(key)
    assert info is not None
    assert info.name == "my reader"
    assert f"{info.id} " in run(app, ["list", *options]).stdout
    assert run(app, ["revoke", info.id, *options]).exit_code == 0
    listed = run(app, ["list", *options]).stdout
    assert "revoked" in listed
    assert key not in listed
    again = run(app, ["revoke", info.id, *options])
    assert isinstance(again.exception, UserError)
    assert info.id in str(again.exception)
    assert isinstance(run(app, ["create", "  ", *options]).exception, UserError)


def test_the_home_keeps_the_record_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert CliRunner().invoke(app, ["create", "ann"]).exit_code == 0
    assert (tmp_path / "home" / "record.db").exists()
