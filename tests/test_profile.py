"""What feedback does to a user's state."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.meaning import SHIPPED
from recsys.profile import UserState, state_from_events

DAY = 86_400_000
_numbers = count()


def act(kind: Kind, item: str | None = "p", time: int = 0, **more: object) -> StoredEvent:
    return StoredEvent(f"e{next(_numbers):05}", "ada", kind, time, item=item, **more)  # type: ignore[arg-type]


def state(*acts: StoredEvent) -> UserState:
    return state_from_events("ada", acts)


def value(*acts: StoredEvent, item: str = "p") -> float:
    return state(*acts).said().get(item, (0.0, 0))[0]


def test_a_like_is_for_and_a_dislike_against() -> None:
    assert value(act(Kind.LIKE)) > 0 > value(act(Kind.DISLIKE))


def test_the_later_judgement_counts() -> None:
    assert value(act(Kind.LIKE, time=1), act(Kind.DISLIKE, time=2)) < 0
    assert value(act(Kind.LIKE, time=2), act(Kind.DISLIKE, time=1)) > 0


def test_unsave_takes_a_save_back() -> None:
    undone = state(act(Kind.SAVE, time=1), act(Kind.UNSAVE, time=2))
    assert undone.said() == {}
    assert not undone.signals["p"].done


@pytest.mark.parametrize(("seconds", "done"), [(2.0, False), (90.0, True), (None, True)])
def test_only_a_real_read_finishes_a_paper(seconds: float | None, done: bool) -> None:
    assert state(act(Kind.READ, seconds=seconds)).signals["p"].done is done


def test_a_click_is_weaker_than_a_read_and_a_read_than_a_like() -> None:
    click, read, like = (value(act(kind)) for kind in (Kind.CLICK, Kind.READ, Kind.LIKE))
    assert 0 < click < read < like


def test_reading_more_of_a_paper_says_more_and_the_length_of_the_paper_counts() -> None:
    glance, long, returned = (
        state(act(Kind.READ, seconds=10.0)),
        state(act(Kind.READ, seconds=200.0)),
        state(act(Kind.READ, seconds=200.0), act(Kind.READ, time=2 * DAY, seconds=10.0)),
    )
    values = [one.said()["p"][0] for one in (glance, long, returned)]
    assert values == sorted(values)
    in_a_short_text = replace(SHIPPED, lengths={"p": 30.0})
    assert long.said(in_a_short_text)["p"][0] > long.said()["p"][0]
    assert value(act(Kind.READ, seconds=60.0, scroll=1.0)) > value(act(Kind.READ, seconds=60.0))


def test_a_paper_closed_at_once_speaks_mildly_against() -> None:
    assert -0.3 < value(act(Kind.CLICK), act(Kind.READ, seconds=2.0)) < 0


def test_a_click_far_down_says_more_than_one_at_the_top() -> None:
    top, deep = (act(Kind.CLICK, slate="s", position=place) for place in (0, 12))
    assert value(deep) > value(top)


def test_an_impression_alone_says_nothing() -> None:
    assert state(act(Kind.IMPRESSION, slate="s", position=0)).signals == {}


def test_what_was_passed_over_above_a_click_counts_a_little_against() -> None:
    shown = [act(Kind.IMPRESSION, item, slate="s", position=n) for n, item in enumerate("abcd")]
    clicked = state(*shown, act(Kind.CLICK, "c", slate="s", position=2))
    said = {item: value for item, (value, _) in clicked.said().items()}
    assert said.keys() == {"a", "b", "c"}
    assert -0.1 < said["a"] == said["b"] < 0 < said["c"]
    assert state(*shown, act(Kind.CLICK, "a", slate="s", position=0)).said().keys() == {"a"}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("kind", [Kind.HIDE, Kind.DISLIKE])
def test_a_reason_takes_the_blame_off_the_paper(kind: Kind, reason: Reason) -> None:
    given = state(act(kind, reason=reason))
    assert given.said().get("p", (0.0, 0))[0] >= 0
    assert bool(given.refusals) == (reason in (Reason.TOPIC, Reason.AUTHOR, Reason.TOO_OLD))


def test_not_now_keeps_a_paper_away_for_two_weeks() -> None:
    later = state(act(Kind.HIDE, time=5 * DAY, reason=Reason.NOT_NOW))
    assert later.snoozed(now=6 * DAY) == {"p"}
    assert later.snoozed(now=20 * DAY) == set()
    assert later.hidden == later.done == set()


def test_a_preference_lifts_one_paper_and_lowers_the_other() -> None:
    said = state(act(Kind.PREFER, "a", other="b")).said()
    assert said["a"][0] > 0 > said["b"][0]


def test_papers_called_alike_share_their_fate_and_papers_called_different_do_not() -> None:
    like = act(Kind.LIKE, "a")
    assert value(like, act(Kind.SIMILAR, "a", other="b"), item="b") > 0
    assert value(like, act(Kind.DIFFERENT, "b", other="a"), item="b") < 0
    assert state(act(Kind.SIMILAR, "a", other="b")).said() == {}


def test_newer_interests_weigh_more_and_old_ones_are_not_lost() -> None:
    weights = state(*(act(Kind.LIKE, item, time=n * 1_000) for n, item in enumerate("abcd"))).history()
    assert weights["a"] < weights["b"] < weights["c"] < weights["d"] == 1.0
    assert weights["a"] > 0.25


def test_what_was_passed_over_does_not_make_likes_old() -> None:
    shown = [act(Kind.IMPRESSION, item, time=5, slate="s", position=n) for n, item in enumerate("bcdef")]
    acts = [act(Kind.LIKE, "a"), *shown, act(Kind.CLICK, "f", time=6, slate="s", position=4)]
    assert state(*acts).history()["a"] == state(acts[0], acts[-1]).history()["a"]


def test_a_change_of_taste_lowers_what_was_before() -> None:
    likes = state(act(Kind.LIKE, "a", time=1), act(Kind.LIKE, "b", time=2))
    before, after = likes.history(), likes.history(changed_at=2)
    assert after["a"] < before["a"]
    assert after["b"] == before["b"]


def test_the_clock_plays_no_part() -> None:
    then = state(act(Kind.LIKE, "a", 0), act(Kind.LIKE, "b", 30 * DAY))
    later = state(act(Kind.LIKE, "a", 900 * DAY), act(Kind.LIKE, "b", 930 * DAY))
    assert then.history() == later.history()


def test_silent_acts_are_forgotten_sooner_than_judgements() -> None:
    acts = [act(Kind.LIKE, "a"), act(Kind.READ, "b"), act(Kind.LIKE, "c", time=90 * DAY)]
    said, left = state(*acts).said(), state(*acts).confidences()
    assert left["b"] / said["b"][0] < left["a"] / said["a"][0] < 1


def test_the_last_word_on_a_topic_counts_whatever_its_case() -> None:
    follow = act(Kind.FOLLOW, None, 1, topic="Robotics")
    mute = act(Kind.MUTE, None, 2, topic="robotics")
    assert state(follow).follows == ("Robotics",)
    assert (state(mute, follow).follows, state(mute, follow).mutes) == ((), ("robotics",))
    assert state(follow, mute, act(Kind.UNFOLLOW, None, 3, topic="ROBOTICS")).stances == ()


def test_an_undo_leaves_no_trace() -> None:
    like, mute = act(Kind.LIKE, "a", 1), act(Kind.MUTE, None, 2, topic="x")
    undos = [act(Kind.UNDO, None, 3, undoes=event.id) for event in (like, mute)]
    assert replace(state(like, mute, *undos), version=0) == UserState("ada", 0)


def test_an_undo_can_be_undone() -> None:
    like = act(Kind.LIKE, "a", 1)
    undo = act(Kind.UNDO, None, 2, undoes=like.id)
    again = act(Kind.UNDO, None, 3, undoes=undo.id)
    assert replace(state(like, undo, again), version=1) == state(like)


def test_undos_of_each_other_end() -> None:
    one = StoredEvent("u1", "ada", Kind.UNDO, 1, undoes="u2")
    two = StoredEvent("u2", "ada", Kind.UNDO, 1, undoes="u1")
    assert state(one, two).version == 2


def test_a_reset_forgets_all_but_the_settings() -> None:
    breadth = act(Kind.SET, None, 1, setting=Setting.BREADTH, value=2.0)
    before = [act(Kind.LIKE, "a", 1), act(Kind.HIDE, "b", 1), act(Kind.FOLLOW, None, 1, topic="x"), breadth]
    reset, after = act(Kind.RESET, None, 2), act(Kind.LIKE, "c", 3)
    assert replace(state(*before, reset, after), version=2) == state(breadth, after)


@pytest.mark.parametrize(("setting", "value"), [(Setting.PAUSED, 1.0), (Setting.LEARN_FROM_LIKES, 0.0)])
def test_a_switch_keeps_likes_out(setting: Setting, value: float) -> None:
    off = act(Kind.SET, None, 1, setting=setting, value=value)
    on = act(Kind.SET, None, 2, setting=setting, value=1 - value)
    like = act(Kind.LIKE, "a")
    assert state(like, off).history() == state(like, off).confidences() == {}
    assert state(like, off, on).history() == state(like).history()
