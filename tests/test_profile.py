"""What feedback does to a user's state."""

from __future__ import annotations

import pytest

from recsys.events import Kind, StoredEvent
from recsys.profile import state_from_events

DAY = 86_400_000


def _act(kind: Kind, item: str = "p", time: int = 0, seconds: float | None = None) -> StoredEvent:
    return StoredEvent(f"{kind}-{item}-{time}", "ada", kind, time, item=item, seconds=seconds)


def _signal(*acts: StoredEvent):
    return state_from_events("ada", acts).signals["p"]


def test_a_like_is_for_and_a_dislike_against() -> None:
    assert _signal(_act(Kind.LIKE)).value > 0 > _signal(_act(Kind.DISLIKE)).value


def test_the_later_judgement_counts() -> None:
    assert _signal(_act(Kind.LIKE, time=1), _act(Kind.DISLIKE, time=2)).value < 0
    assert _signal(_act(Kind.LIKE, time=2), _act(Kind.DISLIKE, time=1)).value > 0


def test_unsave_takes_a_save_back() -> None:
    undone = _signal(_act(Kind.SAVE, time=1), _act(Kind.UNSAVE, time=2))
    assert undone.value == 0
    assert not undone.done


@pytest.mark.parametrize(("seconds", "done"), [(2.0, False), (90.0, True), (None, True)])
def test_only_a_real_read_finishes_a_paper(seconds: float | None, done: bool) -> None:
    assert _signal(_act(Kind.READ, seconds=seconds)).done is done


def test_a_click_is_weaker_than_a_read_and_a_read_than_a_like() -> None:
    click, read, like = (_signal(_act(kind)).value for kind in (Kind.CLICK, Kind.READ, Kind.LIKE))
    assert 0 < click < read < like


def test_an_impression_says_nothing_yet() -> None:
    assert state_from_events("ada", [_act(Kind.IMPRESSION)]).signals == {}


def test_newer_interests_weigh_more_and_old_ones_are_not_lost() -> None:
    acts = [_act(Kind.LIKE, item, time=n * 1_000) for n, item in enumerate("abcd")]
    weights = state_from_events("ada", acts).history()
    assert weights["a"] < weights["b"] < weights["c"] < weights["d"] == 1.0
    assert weights["a"] > 0.25


def test_the_clock_plays_no_part() -> None:
    then = state_from_events("ada", [_act(Kind.LIKE, "a", 0), _act(Kind.LIKE, "b", 30 * DAY)])
    later = state_from_events("ada", [_act(Kind.LIKE, "a", 900 * DAY), _act(Kind.LIKE, "b", 930 * DAY)])
    assert then.history() == later.history()


def test_the_last_word_on_a_topic_counts() -> None:
    follow = StoredEvent("1", "ada", Kind.FOLLOW, 1, topic="Robotics")
    mute = StoredEvent("2", "ada", Kind.MUTE, 2, topic="Robotics")
    assert state_from_events("ada", [follow]).follows == ("Robotics",)
    both = state_from_events("ada", [mute, follow])
    assert (both.follows, both.mutes) == ((), ("Robotics",))
