"""`recsys users`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from recsys.commands.users import app
from recsys.errors import UserError
from recsys.events import Kind, StoredEvent
from recsys.home import Home
from recsys.papers import PaperRecord
from recsys.profile import state_from_events
from recsys.redis_server import PrivateRedis
from recsys.state import StateCache, connect, key_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    with home.open_store() as store:
        papers = [PaperRecord(id=f"p{n}", title=f"Paper {n}", topics=["cs.LG"]) for n in range(3)]
        store.papers.upsert(papers, "test")
        store.events.add([StoredEvent(f"e{n}", "ada", Kind.LIKE, n, f"p{n}") for n in range(3)], 9)
        store.events.add([StoredEvent("e9", "bob", Kind.MUTE, 9, topic="cs.LG")], 9)
    return home


def run(home: Home, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "--home", str(home.path)], input=answer)


def test_profile_says_what_is_believed(home: Home) -> None:
    told = run(home, "profile", "ada").output
    assert told.startswith("ada: 3 events, 3 of which count\n")
    assert "inferred  +1.00  You like cs.LG: all 3 papers you liked  (3 events)" in told
    assert "Your lists are personal" in told
    assert run(home, "profile", "nobody").output.startswith("nobody: 0 events")


def test_export_is_one_document(home: Home) -> None:
    document = json.loads(run(home, "export", "ada").output)
    assert [event["id"] for event in document["events"]] == ["e0", "e1", "e2"]


def test_reset_is_an_event_and_needs_somebody(home: Home) -> None:
    assert run(home, "reset", "ada").exit_code == 0
    with home.open_store() as store:
        events = store.events.of_user("ada")
    assert events[-1].kind is Kind.RESET
    assert not state_from_events("ada", events).signals
    assert isinstance(run(home, "reset", "nobody").exception, UserError)


def test_delete_asks_first_and_leaves_the_others(home: Home, tmp_path: Path) -> None:
    assert run(home, "delete", "ada", answer="n\n").exit_code == 1
    with home.open_store() as store, PrivateRedis(tmp_path / "redis.sock") as server:
        assert store.events.count() == 4
        StateCache(server.url, store).refresh("ada")
        done = run(home, "delete", "ada", "--yes", "--redis-url", server.url)
        assert done.output == "1 users, 3 events removed\n"
        assert connect(server.url).exists(key_of("ada")) == 0
        assert list(store.events.users()) == [("bob", 1)]


def test_delete_without_redis_still_removes(home: Home) -> None:
    assert run(home, "delete", "ada", answer="y\n").exit_code == 0
    with home.open_store() as store:
        assert list(store.events.users()) == [("bob", 1)]
