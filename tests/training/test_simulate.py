"""The simulated readers: labelled, coherent, over several weeks, the same for the same seed."""

from __future__ import annotations

from collections import Counter

from recsys.demo import demo_papers
from recsys.events import Kind
from recsys.papers import Paper, identities
from training.simulate import READERS, WEEKS, simulate

NOW = 1_790_000_000_000
PAPERS = [
    Paper(row, identities(record)[0], record.title, record.abstract, (), tuple(record.topics))
    for row, record in enumerate(demo_papers())
]
EVENTS = list(simulate(PAPERS, NOW))


def test_the_catalogue_is_what_the_readme_says() -> None:
    assert len(PAPERS) >= 200
    assert len({paper.id for paper in PAPERS}) == len(PAPERS)
    for paper in PAPERS:
        assert 2 <= len([s for s in paper.abstract.split(". ") if s]) <= 6
        assert paper.topics


def test_every_reader_and_every_event_is_labelled() -> None:
    assert all(event.simulated and event.user.startswith("simulated-") for event in EVENTS)
    assert len({event.user for event in EVENTS}) == READERS


def test_over_several_weeks_with_every_common_kind_of_feedback() -> None:
    times = [event.time for event in EVENTS]
    weeks = (max(times) - min(times)) / (7 * 86_400_000)
    assert WEEKS - 1 < weeks <= WEEKS + 0.2
    kinds = Counter(event.kind for event in EVENTS)
    common = {Kind.IMPRESSION, Kind.CLICK, Kind.READ, Kind.SAVE, Kind.LIKE, Kind.DISLIKE, Kind.HIDE}
    assert common <= set(kinds)


def test_tastes_are_coherent() -> None:
    """The likes of a reader share topics far more often than those of two readers do."""
    topics = {paper.id: set(paper.topics) for paper in PAPERS}
    likes: dict[str, list[str]] = {}
    for event in EVENTS:
        if event.kind in (Kind.LIKE, Kind.SAVE) and event.item:
            likes.setdefault(event.user, []).append(event.item)
    everyone = [item for items in likes.values() for item in items]

    def shared(pairs: list[tuple[str, str]]) -> float:
        return sum(bool(topics[a] & topics[b]) for a, b in pairs) / len(pairs)

    own = [(a, b) for items in likes.values() for n, a in enumerate(items) for b in items[:n]]
    any_two = [(a, b) for n, a in enumerate(everyone) for b in everyone[:n]]
    assert shared(own) > 1.5 * shared(any_two)


def test_a_seed_gives_the_same_readers() -> None:
    assert list(simulate(PAPERS, NOW)) == EVENTS
    assert list(simulate(PAPERS, NOW, seed=1)) != EVENTS
