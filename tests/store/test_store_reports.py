"""Sums over periods, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.slates import Slate, SlateItem
from recsys.store import Store
from recsys.store.reports import DAY_MS, PerDay

PAPERS = [f"p:{number}" for number in range(5)]


def event(id: str, kind: Kind, day: int = 1, user: str = "ann", **more: Any) -> StoredEvent:
    more.setdefault("item", None if kind is Kind.UNDO else PAPERS[0])
    return StoredEvent(id, user, kind, day * DAY_MS + 5, **more)


def slate(id: str, day: int = 1, policy: str = "greedy", places: int = 3, user: str = "ann") -> Slate:
    items = tuple(SlateItem(PAPERS[n], n, 1.0 - n, 1.0, True) for n in range(places))
    return Slate(id, user, day * DAY_MS, policy, "b", items)


def test_events_and_slates_by_day(store: Store, five_papers: list[str]) -> None:
    store.events.add(
        [
            event("a", Kind.LIKE),
            event("b", Kind.LIKE, user="bob"),
            event("c", Kind.SAVE),
            event("d", Kind.LIKE, 3),
        ],
        received=9,
    )
    store.slates.add([slate("s"), slate("t", policy="thompson"), slate("u", 4)])
    assert store.reports.events_per_day(0) == [
        PerDay(1, "like", 2),
        PerDay(1, "save", 1),
        PerDay(3, "like", 1),
    ]
    assert store.reports.events_per_day(2 * DAY_MS) == [PerDay(3, "like", 1)]
    assert store.reports.slates_per_day(0) == [
        PerDay(1, "greedy", 1),
        PerDay(1, "thompson", 1),
        PerDay(4, "greedy", 1),
    ]


def test_readers(store: Store, five_papers: list[str]) -> None:
    assert store.reports.readers() == (0, 0)
    store.events.add(
        [
            event("a", Kind.LIKE),
            event("b", Kind.LIKE, user="robot", simulated=True),
            event("c", Kind.LIKE, user="bob"),
            event("d", Kind.SAVE, user="bob"),
        ],
        received=9,
    )
    assert store.reports.readers() == (3, 1)
    assert store.reports.active_readers(0, 9) == ["bob", "ann"]
    assert store.reports.active_readers(0, 1) == ["bob"]
    assert store.reports.active_readers(2 * DAY_MS, 9) == []


def test_topics_of_what_joined(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (week, topics) in enumerate([(0, ["a", "b"]), (0, ["a"]), (2, ["b"]), (2, [])]):
        monkeypatch.setattr("recsys.store.papers.now_ms", lambda week=week: (week * 7 + 3) * DAY_MS)
        store.papers.upsert([PaperRecord(id=f"x:{number}", title=f"Paper {number}", topics=topics)], "test")
    assert store.reports.papers_per_week(0) == [PerDay(0, "a", 2), PerDay(0, "b", 1), PerDay(14, "b", 1)]
    assert store.reports.papers_per_week(7 * DAY_MS) == [PerDay(14, "b", 1)]


@pytest.mark.parametrize(
    ("acts", "reward"),
    [
        ([Kind.CLICK], 0.3),
        ([Kind.CLICK, Kind.READ, Kind.LIKE], 1.0),  # the strongest, not the sum
        ([Kind.SAVE, Kind.DISLIKE], -0.7),  # a refusal outweighs all
        ([Kind.HIDE], -0.3),
        ([Kind.IMPRESSION], 0.0),
    ],
)
def test_what_a_shown_paper_earned(
    store: Store, five_papers: list[str], acts: list[Kind], reward: float
) -> None:
    store.slates.add([slate("s"), slate("t", 1, "thompson", places=2)])
    store.events.add([event(kind, kind, slate="s", position=0) for kind in acts], received=9)
    store.events.add([event("elsewhere", Kind.LIKE)], received=9)  # of no slate
    greedy, thompson = store.reports.earned(0)
    assert (greedy.day, greedy.policy, greedy.slates, greedy.places) == (1, "greedy", 1, 3)
    assert greedy.r == pytest.approx(reward)
    assert greedy.rr == pytest.approx(reward**2)
    assert (greedy.rn, greedy.nn) == (pytest.approx(3 * reward), 9)
    assert (thompson.policy, thompson.r, thompson.nn) == ("thompson", 0, 4)
    earned = {judged.slate.id: dict(judged.rewards) for judged in store.reports.judged(0, 9)}
    assert earned == {"s": {PAPERS[0]: pytest.approx(reward)} if reward else {}, "t": {}}


def test_a_quick_close_and_what_was_undone_earn_nothing(store: Store, five_papers: list[str]) -> None:
    store.slates.add([slate("s")])
    store.events.add(
        [
            event("quick", Kind.READ, seconds=2, slate="s", item=PAPERS[0]),
            event("read", Kind.READ, seconds=200, slate="s", item=PAPERS[1]),
            event("like", Kind.LIKE, slate="s", item=PAPERS[2]),
            event("undo", Kind.UNDO, undoes="like"),
            event("other's", Kind.UNDO, undoes="read", user="bob"),
        ],
        received=9,
    )
    (judged,) = store.reports.judged(0, 9)
    assert dict(judged.rewards) == {PAPERS[1]: pytest.approx(0.6)}
    store.events.add([event("redo", Kind.UNDO, undoes="undo")], received=9)
    (judged,) = store.reports.judged(0, 9)
    assert judged.rewards[PAPERS[2]] == pytest.approx(1.0)


def test_the_newest_slates_only(store: Store) -> None:
    store.slates.add([slate(f"s{day}", day) for day in range(6)])
    assert [judged.slate.id for judged in store.reports.judged(0, 2)] == ["s5", "s4"]
    assert [judged.slate for judged in store.reports.judged(5 * DAY_MS, 9)] == [slate("s5", 5)]
    assert store.reports.judged(9 * DAY_MS, 9) == []
    store.slates.add([slate("other", 7, "team-draft/b_1")])
    assert [judged.slate.id for judged in store.reports.judged(0, 9, "team-draft/")] == ["other"]
    assert store.reports.judged(0, 9, "team_draft") == []  # an underscore is no wildcard


acts = st.tuples(st.integers(0, 3), st.sampled_from([Kind.CLICK, Kind.LIKE, Kind.HIDE, Kind.SAVE]))


@given(acts=st.lists(acts, max_size=12), slates=st.integers(1, 3))
@settings(settings.get_profile("record"), max_examples=15)
def test_both_ways_of_adding_up_agree(
    emptied: Callable[[], Store], acts: list[tuple[int, Kind]], slates: int
) -> None:
    """The sums made in SQL are those of the slates one by one."""
    store = emptied()
    store.papers.upsert([PaperRecord(id=id, title=f"Paper {id}") for id in PAPERS], "test")
    store.slates.add([slate(f"s{n}", day=n % 2, places=4) for n in range(slates)])
    store.events.add(
        [
            event(f"e{n}", kind, 3, item=PAPERS[place], slate=f"s{n % slates}")
            for n, (place, kind) in enumerate(acts)
        ],
        received=9,
    )
    one_by_one = store.reports.judged(0, 99)
    for earned in store.reports.earned(0):
        mine = [sum(j.rewards.values()) for j in one_by_one if j.slate.time // DAY_MS == earned.day]
        assert (earned.slates, earned.places) == (len(mine), 4 * len(mine))
        assert earned.r == pytest.approx(sum(mine), abs=1e-6)
        assert earned.rr == pytest.approx(sum(r * r for r in mine), abs=1e-6)


def test_the_size_is_that_of_the_database(store: Store) -> None:
    before = store.reports.size()
    assert before > 10_000
    store.papers.upsert(
        [PaperRecord(id=f"x:{n}", title=f"Paper {n}", abstract="word " * 500) for n in range(200)], "test"
    )
    assert store.reports.size() > before + 100_000
