"""A user's state is a function of the set of their events."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from recsys.events import SETTINGS, Kind, Reason, Setting, StoredEvent
from recsys.profile import UserState, state_from_events

DAY = 86_400_000
_PLAIN = [Kind.IMPRESSION, Kind.CLICK, Kind.READ, Kind.SAVE, Kind.UNSAVE, Kind.LIKE, Kind.SEED]
_BLAMING = [Kind.DISLIKE, Kind.HIDE]
_OF_TWO = [Kind.PREFER, Kind.SIMILAR, Kind.DIFFERENT]
_TARGETED = [Kind.FOLLOW, Kind.MUTE, Kind.UNFOLLOW]


@st.composite
def event(draw: st.DrawFn, number: int, undoable: int) -> StoredEvent:
    kind = draw(
        st.sampled_from([*_PLAIN, *_BLAMING, *_OF_TWO, *_TARGETED, Kind.UNDO, Kind.SET, Kind.RESET, *_PLAIN])
    )
    fields: dict[str, object] = {}
    if kind in (*_PLAIN, *_BLAMING, *_OF_TWO):
        fields["item"] = draw(st.sampled_from("abcd"))
        fields["slate"] = draw(st.sampled_from([None, "s", "t"]))
        fields["position"] = draw(st.integers(0, 12))
    if kind in _OF_TWO:
        fields["other"] = draw(st.sampled_from("efg"))
    if kind in _BLAMING:
        fields["reason"] = draw(st.sampled_from([None, *Reason]))
    if kind in _TARGETED:
        fields[draw(st.sampled_from(["topic", "author", "venue", "text"]))] = draw(st.sampled_from("xyX"))
    if kind is Kind.READ:
        fields["seconds"] = draw(st.sampled_from([None, 1.0, 60.0, 600.0]))
        fields["scroll"] = draw(st.sampled_from([None, 0.5, 1.0]))
    if kind is Kind.UNDO:
        fields["undoes"] = f"e{draw(st.integers(0, undoable))}"
    if kind is Kind.SET:
        setting = draw(st.sampled_from(list(Setting)))
        fields |= {"setting": setting, "value": draw(st.sampled_from([0.0, SETTINGS[setting].most]))}
    time = draw(st.integers(0, 10)) * DAY
    return StoredEvent(f"e{number}", "ada", kind, time, **fields)  # type: ignore[arg-type]


@st.composite
def histories(draw: st.DrawFn) -> list[StoredEvent]:
    size = draw(st.integers(0, 25))
    return [draw(event(number, size)) for number in range(size)]


@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(events: list[StoredEvent], chance: random.Random) -> None:
    again = events + chance.sample(events, len(events) // 2)
    chance.shuffle(again)
    assert state_from_events("ada", again).to_bytes() == state_from_events("ada", events).to_bytes()


@given(histories())
def test_bytes_hold_the_whole_state(events: list[StoredEvent]) -> None:
    state = state_from_events("ada", events)
    assert UserState.from_bytes(state.to_bytes()) == state
    assert state.version == len(events)


@given(histories(), st.data())
def test_an_undone_event_might_never_have_been(events: list[StoredEvent], data: st.DataObject) -> None:
    added = data.draw(event(99, 0).filter(lambda e: e.kind is not Kind.UNDO))
    undo = StoredEvent("undo", "ada", Kind.UNDO, 11 * DAY, undoes=added.id)
    undone = state_from_events("ada", [*events, added, undo])
    assert replace(undone, version=len(events)) == state_from_events("ada", events)


@given(histories())
def test_weights_keep_the_sign_and_never_exceed_the_confidence(events: list[StoredEvent]) -> None:
    state = state_from_events("ada", events)
    history, confidences = state.history(), state.confidences()
    assert history.keys() == confidences.keys()
    for item, weight in history.items():
        assert 0 < weight / confidences[item] <= 1
        assert abs(weight) <= 3
