"""The small parts, each by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from service_under_test import eventually

from recsys.errors import UserError
from recsys.redis_server import PrivateRedis
from recsys.store import StoreError
from service.cached import Cached
from service.cursor import Filters, Place, read_cursor, read_row, write_cursor, write_row
from service.fusion import reciprocal_rank_fusion
from service.problems import Problem

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
filters = st.builds(Filters, st.none() | texts, st.none() | texts, st.booleans())
places = st.builds(Place, filters, st.lists(st.integers(0, 2**32 - 1), max_size=500).map(tuple))


@given(texts, places)
def test_a_cursor_says_what_was_written(user: str, place: Place) -> None:
    assert read_cursor(write_cursor(user, place), user) == place


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.hex()))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(Problem, match="start again without it"):
        read_cursor(text, "ada")
    with suppress(Problem):  # nine bytes that begin with ours are a row; no other error comes of any text
        read_row(text)


@given(st.integers(0, 2**63 - 1))
def test_a_row_cursor_says_what_was_written(row: int) -> None:
    assert read_row(write_row(row)) == row


@given(st.lists(st.permutations("abcdef"), min_size=1, max_size=3))
def test_what_leads_every_ranking_leads_the_fused_one(rankings: list[list[str]]) -> None:
    named = {str(n): ["best", *ranking] for n, ranking in enumerate(rankings)}
    fused = reciprocal_rank_fusion(named)
    assert fused[0].item == "best"
    assert fused[0].matched == tuple(named)
    assert [f.score for f in fused] == sorted((f.score for f in fused), reverse=True)


def test_a_stale_value_is_better_than_none() -> None:
    def fail() -> int:
        raise StoreError("dead")

    kept: Cached[str, int] = Cached(seconds=-1, most=2)
    with pytest.raises(StoreError):
        kept.get("a", fail)
    assert kept.get("a", lambda: 1) == 1
    assert kept.current("a") is None
    assert kept.get("a", fail) == 1
    assert kept.current("a") == 1  # the dead record is left alone for a while
    kept.get("b", lambda: 2)
    kept.get("c", lambda: 3)
    with pytest.raises(StoreError):  # the oldest went
        kept.get("a", fail)


@pytest.fixture
def sockets() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="recsys-") as folder:
        yield Path(folder)


def test_the_private_redis_is_private_and_keeps_nothing(sockets: Path) -> None:
    with PrivateRedis(sockets / "redis.sock") as server:
        assert server.alive()
        assert (sockets / "redis.sock").stat().st_mode & 0o777 == 0o700
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("port", "save", "appendonly", "maxmemory-policy") == {
                "port": "0",
                "save": "",
                "appendonly": "no",
                "maxmemory-policy": "noeviction",
            }
    assert not server.alive()
    assert server.pid is None


def test_the_private_redis_starts_again(sockets: Path) -> None:
    with PrivateRedis(sockets / "redis.sock") as server:
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: not server.alive())
        server.start()
        assert server.alive()
        assert server.pid != first


def test_the_private_redis_ends_with_its_parent(sockets: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from recsys.redis_server import PrivateRedis\n"
        "server = PrivateRedis(Path(sys.argv[1])); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(sockets / "redis.sock")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert int(parent.stdout.readline()) > 0
    client = redis.Redis(unix_socket_path=str(sockets / "redis.sock"))
    assert client.ping()
    parent.kill()
    parent.communicate()

    def gone() -> bool:
        try:
            client.ping()
        except redis.ConnectionError:
            return True
        return False

    assert eventually(gone)


def test_a_redis_that_cannot_start_says_why(sockets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.redis_server.find_server", lambda: Path("/bin/false"))
    monkeypatch.setattr("recsys.redis_server._START_WITHIN_S", 0.2)
    with pytest.raises(UserError, match="set REDIS_URL"):
        PrivateRedis(sockets / "redis.sock").start()
