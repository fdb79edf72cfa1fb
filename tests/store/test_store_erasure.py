"""What the record holds of a reader: told completely, removed completely, on both databases."""

from __future__ import annotations

import hashlib
import threading

import numpy as np
import pytest

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.slates import Slate, SlateItem
from recsys.store import Scope, Store, Subscription
from recsys.store.erasure import HELD
from recsys.store.schema import metadata


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_table_that_names_readers_is_on_the_list() -> None:
    naming = {table.name for table in metadata.tables.values() if "user" in table.c or table.name == "users"}
    assert {held.table.name for held in HELD} == naming


@pytest.mark.usefixtures("five_papers")
def test_only_the_reader_is_erased_and_only_once(store: Store) -> None:
    store.events.add(
        [StoredEvent(f"{u}{n}", u, Kind.LIKE, n, f"p:{n}") for u in ("ann", "bob") for n in range(3)], 9
    )
    store.slates.add([Slate(f"{u}{n}", u, n, "x", None, ()) for u in ("ann", "bob") for n in range(2)])
    token, _ = store.tokens.create("ann", Scope.FEED)
    store.hub.put(Subscription(token.id, "recommended.atom", "http://x/", "http://y", None, "", 9, 9))
    store.searches.save("ann", "halos")
    counts = {"users": 1, "events": 3, "slates": 2, "user_tokens": 1, "saved_searches": 1}
    assert store.erase("ann").items() >= counts.items()
    assert not any(store.erase("ann").values())
    assert store.hub.due(9, 9) == []
    assert list(store.events.users()) == [("bob", 3)]
    assert store.slates.count() == 2
    assert not any(list(rows) for rows in store.held("ann").values())


@pytest.mark.usefixtures("five_papers")
def test_all_of_a_reader_is_told_in_order(store: Store) -> None:
    items = (SlateItem("p:1", 0, 0.25, 1.0),)
    store.slates.add([Slate(f"s{n}", "ann", n % 3, "x", "b", items) for n in range(2_300)])
    follow = StoredEvent("e2", "ann", Kind.FOLLOW, 5, text="halos")
    store.events.add([follow, StoredEvent("e1", "ann", Kind.LIKE, 5, "p:1", slate="s1", position=0)], 7)
    _, token = store.tokens.create("ann", Scope.FEED, "phone")
    held = {table: list(rows) for table, rows in store.held("ann").items()}
    assert [row["name"] for row in held["user_tokens"]] == ["phone"]
    assert "secret_hash" not in held["user_tokens"][0]
    assert token not in str(held)
    assert [row["id"] for row in held["events"]] == ["e1", "e2"]
    assert held["events"][1]["text"] == "halos"
    assert held["events"][1]["received"] == 7
    assert "seq" not in held["events"][0]
    told = [(row["time"], row["id"]) for row in held["slates"]]
    assert told == sorted((n % 3, f"s{n}") for n in range(2_300))
    assert held["slates"][0]["items"][0][:4] == ["p:1", 0, 0.25, 1.0]
    assert held["users"] == [{"id": "ann", "created": 7, "simulated": False, "events": 2}]


def test_vectors_of_their_words_go_and_those_of_papers_stay(store: Store) -> None:
    store.papers.upsert([PaperRecord(id="p:1", title="halos")], "test")  # its text is just that
    texts = ("halos", "stellar dust")
    store.events.add([StoredEvent(f"e{n}", "ann", Kind.FOLLOW, n, text=t) for n, t in enumerate(texts)], 9)
    vector = np.ones(3, dtype=np.float32)
    store.embeddings.put_many({digest(text): vector for text in texts}, "model")
    store.erase("ann")
    assert set(store.embeddings.get_many([digest(text) for text in texts], "model")) == {digest("halos")}


@pytest.mark.usefixtures("five_papers")
def test_events_that_arrive_meanwhile_leave_no_reader_in_halves(store: Store) -> None:
    """Whatever comes first, what is left is counted right and belongs to a reader who is there."""

    def write(worker: int) -> None:
        for n in range(30):
            store.events.add([StoredEvent(f"{worker}:{n}", "ann", Kind.LIKE, n, "p:1")], n)

    def erase() -> None:
        for _ in range(20):
            store.erase("ann")

    errors: list[BaseException] = []

    def guarded(work: object, *args: object) -> None:
        try:
            work(*args)  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(write, worker)) for worker in range(3)]
    threads.append(threading.Thread(target=guarded, args=(erase,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.events.stamp("ann").events == len(store.events.of_user("ann")) == store.events.count()
