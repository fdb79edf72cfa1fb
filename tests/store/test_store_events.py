"""Events: each counted once, in any order, from any number of writers."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord, title_hash
from recsys.slates import Slate
from recsys.store import Outcome, Store

PROFILE = settings.get_profile("record")
A, R, C, U = Outcome.ACCEPTED, Outcome.REPEATED, Outcome.CONFLICT, Outcome.UNKNOWN_ITEM
SAVE = StoredEvent("e1", "ann", Kind.SAVE, 1_000, "p:1", slate="s1", position=3)


def in_order(events: list[StoredEvent]) -> list[StoredEvent]:
    return sorted(events, key=lambda event: (event.time, event.id))


@pytest.mark.usefixtures("five_papers")
def test_an_event_comes_back_as_it_went_in(store: Store) -> None:
    read = StoredEvent("e2", "ann", Kind.READ, 900, "p:2", seconds=1.1, simulated=True)
    follow = StoredEvent("e0", "ann", Kind.FOLLOW, 900, topic="cs.LG")
    assert store.events.add([SAVE, read, follow], received=2_000) == [A, A, A]
    assert store.events.of_user("ann") == [follow, read, SAVE]
    assert store.events.stamp("ann").events == 3
    assert store.events.of_user("bob") == []
    assert store.events.stamp("bob").events == 0


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, R),
        ({"simulated": True}, R),
        ({"item": f"title:{title_hash('Paper p:1')}"}, R),  # another name of the same paper
        ({"user": "bob"}, C),
        ({"kind": Kind.LIKE}, C),
        ({"item": "p:2"}, C),
        ({"topic": "t"}, C),
        ({"slate": "s2"}, C),
        ({"position": 4}, C),
        ({"seconds": 1.0}, C),
        ({"time": 1_001}, C),
        ({"item": "p:none"}, U),
    ],
)
@pytest.mark.usefixtures("five_papers")
def test_an_id_that_is_there_already(store: Store, changes: dict[str, object], outcome: Outcome) -> None:
    assert store.events.add([SAVE], received=2_000) == [A]
    again = replace(SAVE, **changes)  # type: ignore[arg-type]
    assert store.events.add([again], received=3_000) == [outcome]
    assert store.events.of_user("ann") == [SAVE]
    assert list(store.events.users()) == [("ann", 1)]


@pytest.mark.usefixtures("five_papers")
def test_an_event_without_a_time_repeats_whenever_it_comes(store: Store) -> None:
    later = replace(SAVE, time=5_000)
    assert store.events.add([SAVE], received=1_000, timeless={"e1"}) == [A]
    assert store.events.add([later], received=5_000, timeless={"e1"}) == [R]
    assert store.events.add([later], received=5_000) == [C]
    assert store.events.of_user("ann") == [SAVE]


@pytest.mark.usefixtures("five_papers")
def test_one_call_may_hold_an_id_twice(store: Store) -> None:
    other = replace(SAVE, kind=Kind.LIKE)
    unknown = replace(SAVE, id="e9", user="eve", item="nothing")
    assert store.events.add([SAVE, SAVE, other, unknown, unknown], received=2_000) == [A, R, C, U, U]
    assert list(store.events.users()) == [("ann", 1)]
    assert not store.events.user_exists("eve")
    assert store.events.add([], received=2_000) == []


@pytest.mark.usefixtures("five_papers")
def test_text_that_sql_cannot_hold(store: Store) -> None:
    odd = StoredEvent("e1", "ann", Kind.FOLLOW, 1, topic="a\0b\ud800")
    assert store.events.add([odd], received=1) == [A]
    assert store.events.add([odd], received=1) == [R]
    assert store.events.add([replace(odd, id="e2", topic=None, item="p:\0")], received=1) == [U]
    assert store.events.of_user("ann\0") == []


def test_events_are_stored_under_the_canonical_id(store: Store) -> None:
    store.papers.upsert([PaperRecord(title="T", arxiv="2405.00001", doi="10.1000/x")], "test")
    store.events.add([replace(SAVE, item="doi:10.1000/x")], received=2_000)
    assert [event.item for event in store.events.all()] == ["arxiv:2405.00001"]


numbers = st.integers(0, 4)
histories = st.lists(
    st.builds(
        lambda user, kind, item, time: (f"u{user}", kind, f"p:{item}", time),
        numbers,
        st.sampled_from([Kind.SAVE, Kind.CLICK, Kind.IMPRESSION]),
        numbers,
        st.integers(0, 20),
    ),
    max_size=20,
)


@given(acts=histories, random=st.randoms(use_true_random=False), size=st.integers(1, 20))
@settings(PROFILE)
def test_any_order_with_any_repeats_is_the_same_history(
    emptied: Callable[[], Store], acts: list[tuple[str, Kind, str, int]], random: random.Random, size: int
) -> None:
    store = emptied()
    store.papers.upsert([PaperRecord(id=f"p:{n}", title=f"Paper {n}") for n in range(5)], "test")
    events = [StoredEvent(f"e{n}", user, kind, time, item) for n, (user, kind, item, time) in enumerate(acts)]
    sent = random.sample(events, len(events)) + (random.choices(events, k=5) if events else [])
    outcomes = []
    for start in range(0, len(sent), size):
        outcomes += store.events.add(sent[start : start + size], received=start)
    assert outcomes.count(A) == len(events)
    assert set(outcomes) <= {A, R}
    assert list(store.events.all(chunk=size)) == in_order(events)
    for user in {event.user for event in events}:
        theirs = [event for event in events if event.user == user]
        assert store.events.of_user(user) == in_order(theirs)
        assert store.events.stamp(user).events == len(theirs)
    assert list(store.events.users()) == sorted(Counter(event.user for event in events).items())
    assert store.events.count() == len(events)
    assert store.events.latest() == max((event.time for event in events), default=None)


@pytest.mark.usefixtures("five_papers")
def test_threads_that_add_the_same_events_count_each_once(store: Store) -> None:
    events = [StoredEvent(f"e{n}", f"u{n % 7}", Kind.SAVE, n, f"p:{n % 5}") for n in range(200)]
    outcomes: list[Outcome] = []

    def send(seed: int) -> None:
        shuffled = random.Random(seed).sample(events, len(events))
        for start in range(0, len(shuffled), 20):
            outcomes.extend(store.events.add(shuffled[start : start + 20], received=seed))

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(A), outcomes.count(R)) == (200, 1_000)
    assert list(store.events.all()) == in_order(events)
    assert sum(number for _, number in store.events.users()) == 200


@pytest.mark.usefixtures("five_papers")
def test_a_failed_batch_leaves_nothing(store: Store) -> None:
    bad = replace(SAVE, id="e2", kind="no such kind", time="no time")  # type: ignore[arg-type]
    if not store.database.is_postgresql:
        bad = replace(SAVE, id="e2", time=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"time"):
        store.events.add([SAVE, bad], received=1)
    assert store.events.count() == 0
    assert not store.events.user_exists("ann")


@pytest.mark.usefixtures("five_papers")
def test_the_tally_counts_users_not_events(store: Store) -> None:
    acts = [("ann", Kind.SAVE, 10), ("ann", Kind.SAVE, 11), ("bob", Kind.SAVE, 12), ("bob", Kind.CLICK, 12)]
    events = [StoredEvent(f"e{n}", user, kind, time, "p:1") for n, (user, kind, time) in enumerate(acts)]
    events.append(StoredEvent("old", "eve", Kind.SAVE, 9, "p:2"))
    events.append(StoredEvent("follow", "eve", Kind.FOLLOW, 12, topic="t"))
    store.events.add(events, received=20)
    kinds = [Kind.SAVE, Kind.CLICK, Kind.FOLLOW]
    assert store.events.tally(10, kinds) == [("p:1", "click", 1), ("p:1", "save", 2)]
    assert store.events.tally(11, [Kind.SAVE]) == [("p:1", "save", 2)]
    assert store.events.tally(0, []) == []


@pytest.mark.usefixtures("five_papers")
def test_an_event_whose_slate_was_lost_is_marked(store: Store) -> None:
    store.slates.add([Slate("kept", "ann", 1, "policy", None, ())])
    for number, slate in enumerate(["kept", "lost", None, "late"]):
        store.events.add([replace(SAVE, id=f"e{number}", slate=slate)], received=number)
    assert store.events.mark_lost_slates(before=3) == 1
    assert store.events.mark_lost_slates(before=3) == 0
    assert store.events.mark_lost_slates(before=4) == 1
    assert store.events.count() == 4


@pytest.mark.usefixtures("five_papers")
def test_a_user_is_simulated_while_all_their_events_are(store: Store) -> None:
    sent = [("sim", True), ("mixed", True), ("real", False), ("mixed", False), ("mixed", True)]
    for number, (user, simulated) in enumerate(sent):
        store.events.add([replace(SAVE, id=f"e{number}", user=user, simulated=simulated)], received=1)
    assert store.events.simulated_users() == {"sim"}
    assert store.events.user_exists("real")
