"""What each kind of feedback does to the lists that follow, end to end over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from service_under_test import Service, publish, started

from recsys.home import Home
from recsys.papers import PaperRecord

TOPICS = ("vision", "robots", "genes", "stars", "markets", "proofs")
_PAPERS = 240


def wide_catalogue() -> list[PaperRecord]:
    """240 papers of six topics, each with words, authors and venues of its own; w000, w001, ..."""
    rng = np.random.default_rng(3)
    records = []
    for number in range(_PAPERS):
        topic = TOPICS[number % len(TOPICS)]
        words = [f"{topic}{word}" for word in rng.integers(0, 30, size=14)]
        records.append(
            PaperRecord(
                id=f"w{number:03}",
                title=f"{' '.join(words[:4])} {number}",
                abstract=" ".join(words[4:]),
                topics=[topic],
                authors=[f"{topic.title()} Author {number % 5}"],
                venue=f"Journal of {topic}" if number % 2 else f"Conference on {topic}",
                published=f"{2005 + int(rng.integers(0, 20))}-0{1 + number % 9}-15",
            )
        )
    return records


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = Home(tmp_path_factory.mktemp("wide"))
    with home.open_store() as store:
        store.papers.upsert(wide_catalogue(), source="test")
        publish(home.bundles, store.papers.all())
    with started(home.path, tmp_path_factory.mktemp("served") / "home") as service:
        yield service


def papers_of(topic: str) -> list[str]:
    return [f"w{number:03}" for number in range(TOPICS.index(topic), _PAPERS, len(TOPICS))]


def reader_of(service: Service, liked: dict[str, int]) -> str:
    """A new reader who likes so many papers of these topics."""
    user = uuid4().hex
    for topic, number in liked.items():
        for paper in papers_of(topic)[:number]:
            service.send(user, "like", paper)
    return user


def shown(service: Service, user: str, responses: int = 10, **params: Any) -> list[dict[str, Any]]:
    """The papers of the next responses."""
    return [item["paper"] for _ in range(responses) for item in service.recommend(user, **params)["items"]]


def by_topic(papers: list[dict[str, Any]]) -> Counter[str]:
    return Counter(paper["topics"][0] for paper in papers)


def ranked(service: Service, user: str, **params: Any) -> list[tuple[str, float]]:
    """The list as it is without draws, with its scores."""
    items = service.recommend(user, exploration="off", **{"limit": 50, **params})["items"]
    return [(item["paper"]["id"], item["score"]) for item in items]


READERS: dict[str, dict[str, int]] = {
    "of one topic": {"vision": 5},
    "of another": {"markets": 8},
    "of two": {"robots": 4, "stars": 4},
    "of three": {"genes": 3, "proofs": 3, "vision": 3},
    "with one paper": {"stars": 1},
    "new": {},
}


@pytest.mark.parametrize("reader", READERS)
def test_refusing_a_topic_lowers_just_that_topic(wide: Service, reader: str) -> None:
    same = reader_of(wide, READERS[reader])
    before, undrawn = by_topic(shown(wide, same)), by_topic(shown(wide, same, exploration="off"))
    for topic in [topic for topic, number in before.items() if number >= 10]:
        user = reader_of(wide, READERS[reader])
        paper = next(p for p in shown(wide, user) if topic in p["topics"])
        wide.send(user, "hide", paper["id"], reason="topic")
        after, left = by_topic(shown(wide, user)), by_topic(shown(wide, user, exploration="off"))
        assert after[topic] <= 0.2 * before[topic]
        assert left[topic] <= 0.2 * undrawn[topic]
        assert after.total() - after[topic] >= 0.9 * (before.total() - before[topic])
        for other in undrawn.keys() - {topic}:  # of each by itself where no place is drawn
            assert left[other] >= 0.9 * undrawn[other]


@pytest.mark.parametrize("reader", READERS)
def test_a_plain_hide_buries_no_field(wide: Service, reader: str) -> None:
    before = by_topic(shown(wide, reader_of(wide, READERS[reader])))
    for topic in [topic for topic, number in before.items() if number >= 30]:
        user = reader_of(wide, READERS[reader])
        paper = next(p for p in shown(wide, user) if topic in p["topics"])
        wide.send(user, "hide", paper["id"])
        assert by_topic(shown(wide, user))[topic] > 0.7 * before[topic] - 2  # likewise


def test_refusing_an_author_lowers_just_that_author(wide: Service) -> None:
    user = reader_of(wide, {"genes": 5})
    before = shown(wide, user, 1, limit=30, exploration="off")
    author = before[0]["authors"][0]
    wide.send(user, "dislike", before[0]["id"], reason="author")
    after = shown(wide, user, 1, limit=30, exploration="off")
    assert sum(author in p["authors"] for p in before) >= 5
    assert sum(author in p["authors"] for p in after) <= 1
    others = [p["id"] for p in before if author not in p["authors"] and "genes" in p["topics"]]
    kept = {p["id"] for p in after}
    assert sum(id in kept for id in others) >= 0.9 * len(others)


def test_too_old_favours_newer_papers_and_nothing_else(wide: Service) -> None:
    user = reader_of(wide, {"stars": 5})
    before = shown(wide, user, 1, limit=20, exploration="off")
    oldest = min(before, key=lambda p: p["published"])
    wide.send(user, "hide", oldest["id"], reason="too-old")
    after = shown(wide, user, 1, limit=20, exploration="off")
    left = [p for p in before if p is not oldest]
    years = [np.mean([int(p["published"][:4]) for p in papers]) for papers in (left, after)]
    assert years[1] > years[0] + 0.5
    assert by_topic(after)["stars"] >= 0.9 * by_topic(before)["stars"]


def test_not_now_moves_one_paper_out_of_the_way(wide: Service) -> None:
    user = reader_of(wide, {"proofs": 3})
    before = ranked(wide, user, limit=100)
    wide.send(user, "hide", before[2][0], reason="not-now")
    after = dict(ranked(wide, user, limit=100))
    assert before[2][0] not in after
    assert {id: score for id, score in before if id in after}.items() <= after.items()  # scores unmoved
    assert len(after.keys() & dict(before).keys()) >= 97


def test_already_known_papers_go_and_their_field_stays(wide: Service) -> None:
    user = reader_of(wide, {"robots": 3})
    before = shown(wide, user, 1, exploration="off")
    wide.send(user, "hide", before[0]["id"], reason="already-know")
    after = shown(wide, user, 1, exploration="off")
    assert before[0]["id"] not in {p["id"] for p in after}
    assert by_topic(after)["robots"] >= by_topic(before)["robots"]


def test_low_quality_is_held_against_the_paper_only(wide: Service) -> None:
    user = reader_of(wide, {"robots": 3})
    before = ranked(wide, user, limit=100)
    wide.send(user, "hide", before[0][0], reason="low-quality")
    after = dict(ranked(wide, user, limit=100))
    assert before[0][0] not in after
    assert {id: score for id, score in before if id in after}.items() <= after.items()


FIRST = "the first paper of the reader's list"
ACTS: dict[str, dict[str, Any]] = {
    "click": {"item": FIRST},
    "read": {"item": FIRST, "seconds": 200, "scroll": 0.9},
    "save": {"item": FIRST},
    "like": {"item": FIRST},
    "dislike": {"item": FIRST},
    "hide": {"item": FIRST},
    "hide topic": {"item": FIRST, "reason": "topic"},
    "hide topic named": {"item": FIRST, "reason": "topic", "topic": "vision"},
    "hide author": {"item": FIRST, "reason": "author"},
    "hide too-old": {"item": FIRST, "reason": "too-old"},
    "hide not-now": {"item": FIRST, "reason": "not-now"},
    "hide already-know": {"item": FIRST, "reason": "already-know"},
    "dislike low-quality": {"item": FIRST, "reason": "low-quality"},
    "seed": {"item": FIRST},
    "prefer": {"item": FIRST, "other": "w000"},
    "similar": {"item": FIRST, "other": "w000"},
    "different": {"item": FIRST, "other": "w000"},
    "follow topic": {"topic": "robots"},
    "follow author": {"author": "robots author 1"},
    "follow venue": {"venue": "Journal of robots"},
    "follow text": {"text": "robots3 robots4 robots5"},
    "mute topic": {"topic": "vision"},
    "mute author": {"author": "Vision Author 0"},
    "mute venue": {"venue": "Conference on vision"},
    "mute text": {"text": "vision3 vision4 vision5"},
    "unfollow": {"topic": "stars"},
    "set paused": {"setting": "paused", "value": 1},
    "set learn": {"setting": "learn-from-likes", "value": 0},
    "set freshness": {"setting": "freshness", "value": 0.8},
    "reset": {},
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_shows_at_once_and_its_undo_gives_the_very_list_back(wide: Service, act: str) -> None:
    user = reader_of(wide, {"vision": 3, "genes": 1})
    wide.send(user, "follow", topic="stars")
    before = ranked(wide, user)
    fields = {name: before[0][0] if value is FIRST else value for name, value in ACTS[act].items()}
    sent = wide.send(user, act.split()[0], **fields)["accepted"][0]
    assert ranked(wide, user) != before
    wide.send(user, "undo", undoes=sent)
    assert ranked(wide, user) == before


def test_an_undo_can_be_undone(wide: Service) -> None:
    user = reader_of(wide, {"vision": 3})
    before = ranked(wide, user)
    muted = wide.send(user, "mute", topic="vision")["accepted"][0]
    after = ranked(wide, user)
    undone = wide.send(user, "undo", undoes=muted)["accepted"][0]
    assert ranked(wide, user) == before
    wide.send(user, "undo", undoes=undone)
    assert ranked(wide, user) == after


@pytest.mark.parametrize("aspect", ["topic", "author", "venue", "text"])
def test_a_follow_moves_the_list_towards_it_and_a_mute_away(wide: Service, aspect: str) -> None:
    name = {
        "topic": "markets",
        "author": "markets author 2",
        "venue": "conference on markets",
        "text": "markets1 markets2 markets3 markets4",
    }[aspect]
    user = reader_of(wide, {"vision": 2})
    before = by_topic(shown(wide, user, 1, limit=30, exploration="off"))["markets"]
    wide.send(user, "follow", **{aspect: name})
    followed = shown(wide, user, 1, limit=30, exploration="off")
    assert by_topic(followed)["markets"] > before
    wide.send(user, "mute", **{aspect: name})
    muted = shown(wide, user, 1, limit=100, exploration="off")
    if aspect != "text":
        held = {"topic": "topics", "author": "authors"}.get(aspect)
        names = [n.casefold() for p in muted for n in (p[held] if held else [p["venue"]])]
        assert name not in names
    assert by_topic(muted[:30])["markets"] <= before


def test_paused_or_not_learning_the_list_is_a_newcomer_s(wide: Service) -> None:
    nobody = ranked(wide, uuid4().hex)
    for name, value in (("paused", 1), ("learn-from-likes", 0)):
        user = reader_of(wide, {"vision": 3})
        own = ranked(wide, user, repeat=True)
        wide.send(user, "set", setting=name, value=value)
        assert ranked(wide, user, repeat=True) == nobody
        wide.send(user, "set", setting=name, value=1 - value)
        assert ranked(wide, user, repeat=True) == own


def test_without_exploration_nothing_is_drawn(wide: Service) -> None:
    user = reader_of(wide, {"vision": 3})
    wide.send(user, "set", setting="exploration", value=0)
    answers = [wide.recommend(user, limit=20) for _ in range(5)]
    assert {answer["policy"] for answer in answers} == {"greedy"}
    assert len({tuple(item["paper"]["id"] for item in answer["items"]) for answer in answers}) == 1


def test_a_reset_makes_a_newcomer_who_keeps_their_settings(wide: Service) -> None:
    user = reader_of(wide, {"vision": 3})
    wide.send(user, "follow", topic="genes")
    wide.send(user, "set", setting="freshness", value=0.5)
    wide.send(user, "reset")
    fresh = uuid4().hex
    wide.send(fresh, "set", setting="freshness", value=0.5)
    assert ranked(wide, user) == ranked(wide, fresh)


def test_a_preference_and_a_likeness_carry_over(wide: Service) -> None:
    scores = {}
    for kind in ("prefer", "similar", "different"):
        user = reader_of(wide, {"vision": 3})
        before = dict(ranked(wide, user, limit=100))
        liked, other = ("w001", "w002") if kind == "prefer" else ("w000", "w001")
        wide.send(user, kind, liked, other=other)
        after = dict(ranked(wide, user, limit=100))
        robots = [id for id in papers_of("robots") if id in before and id in after]
        scores[kind] = np.mean([after[id] - before[id] for id in robots]) if robots else 0.0
    assert scores["prefer"] > 0  # w001 is of robots
    assert scores["similar"] > 0
    assert scores["different"] < 0
