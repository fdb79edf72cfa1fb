"""What is believed of a reader, in words."""

from __future__ import annotations

from recsys.beliefs import Belief, beliefs
from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.papers import Paper
from recsys.profile import standing_events, state_from_events

PAPERS = {
    f"p{n}": Paper(
        n, f"p{n}", f"Paper {n}", "", authors=("Ann", f"Other {n}"), topics=("AI" if n % 2 else "ai",)
    )
    for n in range(6)
} | {"q": Paper(9, "q", "Paper q", "", topics=("bio",))}


def believed(*events: StoredEvent) -> dict[str, Belief]:
    state = state_from_events("ada", events)
    found = beliefs(state, standing_events(events), PAPERS, now=10)
    return {belief.text: belief for belief in found}


def act(n: int, kind: Kind, item: str, **more: object) -> StoredEvent:
    return StoredEvent(f"e{n}", "ada", kind, n, item=item, **more)  # type: ignore[arg-type]


def test_topics_are_summed_up_whatever_their_case_with_what_speaks_against() -> None:
    found = believed(
        act(1, Kind.LIKE, "p1"), act(2, Kind.SAVE, "p2"), act(3, Kind.READ, "q"), act(4, Kind.DISLIKE, "p3")
    )
    text = "You like AI: 2 of the 3 papers you liked, saved or read, though also the one paper you disliked"
    assert found[text].events == ("e4", "e2", "e1")
    assert 0 < (found[text].weight or 0) < 1


def test_an_author_takes_more_than_one_paper() -> None:
    one = believed(act(1, Kind.LIKE, "p1"))
    assert {belief.about for belief in one.values()} == {"topic"}
    two = believed(act(1, Kind.LIKE, "p1"), act(2, Kind.LIKE, "p2"))
    assert two["You like papers by Ann: both papers you liked"].count == 2


def test_nothing_is_inferred_from_acts_that_are_not_to_count() -> None:
    acts = act(1, Kind.LIKE, "p1"), StoredEvent("e2", "ada", Kind.FOLLOW, 2, topic="bio")
    learning = StoredEvent("e3", "ada", Kind.SET, 3, setting=Setting.LEARN_FROM_LIKES, value=0.0)
    assert list(believed(*acts, learning)) == ["You follow bio"]
    paused = StoredEvent("e3", "ada", Kind.SET, 3, setting=Setting.PAUSED, value=1.0)
    assert believed(*acts, paused) == believed(*acts)  # they will hold again
    assert believed(*acts, StoredEvent("e4", "ada", Kind.RESET, 4)) == {}


def test_a_paper_that_is_only_like_another_counts_with_the_event_that_said_so() -> None:
    found = believed(act(1, Kind.LIKE, "q"), act(2, Kind.SIMILAR, "q", other="p1"))
    likes = found["You like AI: one of the 2 papers you liked or compared with others"]
    assert likes.events == ("e2",)


def test_a_topic_refused_and_followed_since_is_not_refused() -> None:
    refused = act(1, Kind.HIDE, "q", reason=Reason.TOPIC), act(2, Kind.HIDE, "q", reason=Reason.TOPIC)
    text = "You want fewer papers of bio: you refused one paper for it"
    assert believed(*refused)[text].events == ("e2", "e1")
    assert text not in believed(*refused, StoredEvent("e3", "ada", Kind.FOLLOW, 3, topic="BIO"))
