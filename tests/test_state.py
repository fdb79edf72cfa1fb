"""Two workers, one Redis: whatever happens to either, an acknowledged event is in the next answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.profile import UserState
from recsys.redis_server import PrivateRedis
from recsys.state import StateCache, connect, differing, key_of, rebuild
from recsys.store import Store


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'record.db'}") as store:
        store.migrate()
        store.papers.upsert([PaperRecord(id=f"p:{n}", title=f"P {n}") for n in range(9)], "test")
        yield store


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateRedis]:
    with PrivateRedis(tmp_path / "redis.sock") as running:
        yield running


def _like(store: Store, n: int) -> None:
    store.events.add([StoredEvent(f"e{n}", "ada", Kind.LIKE, n, item=f"p:{n % 9}")], n)


def test_a_worker_that_missed_redis_does_not_make_another_answer_the_old_state(
    record: Store, server: PrivateRedis, tmp_path: Path
) -> None:
    one, cut_off = StateCache(server.url, record), StateCache(f"unix://{tmp_path / 'nowhere'}", record)
    for n in range(5):
        _like(record, n)
        refreshed = (one, cut_off)[n % 2].refresh("ada")
        assert refreshed.from_redis is (n % 2 == 0)
        for worker in (one, cut_off):
            assert len(worker.get("ada").state.signals) == n + 1


def test_an_old_snapshot_is_not_believed(record: Store, server: PrivateRedis) -> None:
    cache, client = StateCache(server.url, record), connect(server.url)
    _like(record, 0)
    cache.refresh("ada")
    old = client.hgetall(key_of("ada"))
    _like(record, 1)
    cache.refresh("ada")
    client.hset(key_of("ada"), mapping=old)
    assert cache.get("ada").state.version == 2
    assert differing(client, record) == []


def test_the_older_of_two_writers_does_not_win(record: Store, server: PrivateRedis) -> None:
    cache, client = StateCache(server.url, record), connect(server.url)
    _like(record, 0)
    _like(record, 1)
    cache.refresh("ada")
    newer = client.hgetall(key_of("ada"))
    late = StateCache(server.url, record)
    late._put(keys=[key_of("ada")], args=[newer[b"born"], 1, b"of an older reading"])
    assert client.hgetall(key_of("ada")) == newer


def test_a_reader_who_was_erased_comes_back_as_another(record: Store, server: PrivateRedis) -> None:
    cache, client = StateCache(server.url, record), connect(server.url)
    for number in range(3):
        _like(record, number)
    cache.refresh("ada")
    old = client.hgetall(key_of("ada"))
    assert record.erase("ada").items() >= {"users": 1, "events": 3, "slates": 0}.items()
    client.hset(key_of("ada"), mapping=old)  # as if Redis had been away when it was to forget
    assert cache.get("ada").state == UserState("ada", 0)
    for number in range(12, 15):
        _like(record, number)
    assert cache.get("ada").state.version == 3
    assert cache.get("ada").state.signals.keys() != UserState.from_bytes(old[b"state"]).signals.keys()
    cache.forget("ada")
    assert not client.exists(key_of("ada"))


def test_rebuilding_drops_what_the_record_does_not_know(record: Store, server: PrivateRedis) -> None:
    client = connect(server.url)
    _like(record, 0)
    client.hset(key_of("ghost"), mapping={"version": 3, "state": b"{}"})
    client.hset(key_of("ada"), mapping={"born": 2**52, "version": 77, "state": b"{}"})
    assert differing(client, record) == ["ada"]
    assert sum(rebuild(client, record)) == 1
    assert differing(client, record) == []
    assert not client.exists(key_of("ghost"))


def test_made_up_users_leave_nothing_in_redis(record: Store, server: PrivateRedis) -> None:
    cache = StateCache(server.url, record)
    found = cache.get("nobody")
    assert found.from_redis
    assert found.state.signals == {}
    assert connect(server.url).dbsize() == 0
