"""How varied lists are: by what a reader chose, refused and set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from service_under_test import catalogue, publish

from recsys.breadth import average_text, breadth_of, mean_distance
from recsys.bundle import load_bundle
from recsys.diversify import greedy_dpp
from recsys.events import Kind, Reason, Setting, StoredEvent
from recsys.home import Home
from recsys.profile import UserState, state_from_events
from recsys.rank import Query, Ranker, Ranking

N = 80
ROWS = {f"p{row}": row for row in range(N)}


def _fields() -> np.ndarray:
    """80 papers of four fields: rows 0-19, 20-39, 40-59 and 60-79."""
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(4, 16), N // 4, axis=0) + rng.normal(0, 0.12, (N, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


FIELDS = _fields()
AVERAGE = average_text(FIELDS)
NARROW, BROAD = range(10), range(0, N, 8)


def _breadth(liked: range, events: list[StoredEvent] | None = None, value: float | None = None) -> float:
    """Of a reader who chose some rows."""
    state = state_from_events("ada", events or [])
    if value is not None:
        state = UserState("ada", 1, state.signals, settings={Setting.BREADTH: value})
    shape, columns = (1, N), list(liked)
    ones = np.ones(len(columns), dtype=np.float32)
    history = sparse.csr_matrix((ones, ([0] * len(columns), columns)), shape=shape)
    return breadth_of(state, history, ROWS, FIELDS, AVERAGE)


def _hide(row: int, reason: Reason = Reason.TOPIC) -> StoredEvent:
    return StoredEvent(f"hide {row}", "ada", Kind.HIDE, 1_000, f"p{row}", reason=reason)


def _passed_over(*rows: int) -> list[StoredEvent]:
    """Seen, while one further down the list was opened."""
    seen = [
        StoredEvent(f"seen {row}", "ada", Kind.IMPRESSION, 1_000, f"p{row}", slate="s", position=n)
        for n, row in enumerate(rows)
    ]
    return [*seen, StoredEvent("open", "ada", Kind.CLICK, 1_001, "p79", slate="s", position=len(rows))]


def spread_of(vectors: np.ndarray) -> float:
    """The mean distance of any two of them, by its definition."""
    return float(1 - (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)].mean())


def test_distances() -> None:
    evenly = np.full(N, 1 / N)
    assert mean_distance(evenly, AVERAGE) == pytest.approx(spread_of(FIELDS), abs=1e-6)
    weights = np.random.default_rng(0).dirichlet(np.ones(N))
    both = np.outer(weights, weights)
    np.fill_diagonal(both, 0)
    by_definition = (both * (1 - FIELDS.astype(float) @ FIELDS.T)).sum() / both.sum()
    assert mean_distance(weights, weights @ FIELDS) == pytest.approx(by_definition, abs=1e-6)
    padded = np.vstack([FIELDS, np.zeros((5, 16), dtype=np.float32)])
    assert average_text(padded) == pytest.approx(AVERAGE)


def test_a_broad_reader_gets_a_broader_list_than_a_narrow_one() -> None:
    narrow, broad = _breadth(NARROW), _breadth(BROAD)
    assert 0 < narrow < 0.7 * broad
    relevance = np.where(np.arange(N) < 20, 1.0, 0.9).astype(np.float32)
    relevance -= np.random.default_rng(1).uniform(0, 0.8, N).astype(np.float32)

    def distance(strength: float) -> float:
        return spread_of(FIELDS[greedy_dpp(relevance, FIELDS, 10, strength)])

    assert distance(narrow) < distance(broad)


def test_two_papers_do_not_make_a_narrow_reader() -> None:
    assert _breadth(range(2)) > _breadth(range(20))


def test_refusals_beyond_one_s_field_narrow_and_those_within_it_widen() -> None:
    usual = _breadth(NARROW)
    assert _breadth(NARROW, [_hide(70)]) < usual < _breadth(NARROW, [_hide(12)])
    assert _breadth(NARROW, _passed_over(70, 71)) < usual < _breadth(NARROW, _passed_over(*range(12, 20)))
    assert _breadth(NARROW, [_hide(70), _hide(71)]) < _breadth(NARROW, [_hide(70)])
    assert _breadth(NARROW, [_hide(70, Reason.LOW_QUALITY)]) == usual


@given(
    st.sets(st.integers(0, N - 1), max_size=N), st.sets(st.integers(0, N - 1), max_size=N), st.floats(0, 4)
)
def test_every_reader_s_breadth_is_bounded(liked: set[int], hidden: set[int], value: float) -> None:
    once = _breadth(sorted(liked), [_hide(row) for row in hidden], 1.0)  # type: ignore[arg-type]
    assert 0.04 / 4 <= once <= 0.25
    assert _breadth(sorted(liked), [_hide(row) for row in hidden], value) == pytest.approx(value * once)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    home = Home(tmp_path_factory.mktemp("home"))
    with home.open_store() as store:
        store.papers.upsert(catalogue(), source="test")
        publish(home.bundles, list(store.papers.all()))
    return Ranker(load_bundle(home.bundles))


def _ranked(ranker: Ranker, settings: dict[Setting, float], limit: int = 10, **query: object) -> Ranking:
    liked = ["p00", "p03", "p01"]  # twice cs.LG, once q-bio.GN
    acts = [StoredEvent(item, "ada", Kind.LIKE, 1_000, item) for item in liked]
    told = [
        StoredEvent(name, "ada", Kind.SET, 2_000, setting=name, value=value)
        for name, value in settings.items()
    ]
    return ranker.recommend(state_from_events("ada", [*acts, *told]), Query(limit=limit, **query), seed=5)  # type: ignore[arg-type]


def test_no_breadth_is_the_order_of_relevance(ranker: Ranker) -> None:
    plain = _ranked(ranker, {Setting.BREADTH: 0, Setting.EXPLORATION: 0}, limit=20)
    scores = [item.score for item in plain.items]
    assert scores == sorted(scores, reverse=True)
    wide = _ranked(ranker, {Setting.BREADTH: 4, Setting.EXPLORATION: 0}, limit=20)
    rows = [[item.row for item in ranking.items] for ranking in (plain, wide)]
    assert spread_of(ranker.embeddings[rows[1]]) > spread_of(ranker.embeddings[rows[0]])


def test_without_exploration_the_list_is_the_greedy_one(ranker: Ranker) -> None:
    by_setting = _ranked(ranker, {Setting.EXPLORATION: 0}, limit=20)
    by_request = _ranked(ranker, {}, limit=20, explore=False)
    assert by_setting == by_request
    assert by_setting.policy == "greedy"
    assert by_setting.pair is None
    assert {item.propensity for item in by_setting.items} == {1.0}


def test_discovery_sets_how_many_places_are_drawn(ranker: Ranker) -> None:
    greedy = [item.id for item in _ranked(ranker, {}, limit=20, explore=False).items]
    for discovery, places in ((0, 0), (1, 2), (3, 6)):
        ranking = _ranked(ranker, {Setting.DISCOVERY: discovery}, limit=20)
        assert ranking.policy == f"thompson/discovery={discovery}"
        assert ranking.pair is not None
        shown = [item.id for item in ranking.items]
        swapped = {ranking.pair, ranking.pair + 1}
        other = [n for n in range(20) if n not in swapped and shown[n] != greedy[n]]
        assert len(other) <= places
        assert all(ranking.items[n].propensity < 0.9 for n in other)


def test_a_refused_topic_is_not_calibrated_for(ranker: Ranker) -> None:
    acts = [
        StoredEvent(f"like {n}", "ada", Kind.LIKE, 1_000, f"p{n:02}") for n in range(0, 12)
    ]  # of all three
    hide = StoredEvent("hide", "ada", Kind.HIDE, 2_000, "p12", reason=Reason.TOPIC)  # cs.LG
    lists = [
        ranker.recommend(state_from_events("ada", events), Query(limit=10, explore=False))
        for events in (acts, [*acts, hide])
    ]
    topics = [[ranker.bundle.paper(item.row).topics[0] for item in ranking.items] for ranking in lists]
    assert topics[0].count("cs.LG") >= 2
    assert topics[1].count("cs.LG") == 0
