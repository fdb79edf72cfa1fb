"""A user's state is a function of the set of their events."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from recsys.events import Kind, StoredEvent
from recsys.profile import UserState, state_from_events

_ITEM_KINDS = [kind for kind in Kind if kind not in (Kind.FOLLOW, Kind.MUTE)]


@st.composite
def _events(draw: st.DrawFn) -> list[StoredEvent]:
    events = []
    for number in range(draw(st.integers(0, 25))):
        topical = draw(st.booleans()) and draw(st.booleans())
        kind = draw(st.sampled_from([Kind.FOLLOW, Kind.MUTE] if topical else _ITEM_KINDS))
        events.append(
            StoredEvent(
                id=f"e{number}",
                user="ada",
                kind=kind,
                time=draw(st.integers(0, 10)) * 86_400_000,
                item=None if topical else draw(st.sampled_from("abcd")),
                topic=draw(st.sampled_from("xy")) if topical else None,
                seconds=draw(st.sampled_from([None, 1.0, 60.0, 600.0])) if kind is Kind.READ else None,
            )
        )
    return events


@given(_events(), st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(events: list[StoredEvent], chance: random.Random) -> None:
    again = events + chance.sample(events, len(events) // 2)
    chance.shuffle(again)
    assert state_from_events("ada", again).to_bytes() == state_from_events("ada", events).to_bytes()


@given(_events())
def test_bytes_hold_the_whole_state(events: list[StoredEvent]) -> None:
    state = state_from_events("ada", events)
    assert UserState.from_bytes(state.to_bytes()) == state
    assert state.version == len(events)


@given(_events())
def test_a_hidden_paper_stays_hidden_whatever_else_happens(events: list[StoredEvent]) -> None:
    hide = StoredEvent("h", "ada", Kind.HIDE, 3 * 86_400_000, item="a")
    assert "a" in state_from_events("ada", [*events, hide]).hidden


@given(_events())
def test_weights_keep_the_sign_and_never_exceed_the_confidence(events: list[StoredEvent]) -> None:
    state = state_from_events("ada", events)
    history, confidences = state.history(), state.confidences()
    assert history.keys() == confidences.keys()
    for item, weight in history.items():
        assert 0 < weight / confidences[item] <= 1
