"""Rankers of papers that came after their bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from worlds import World, make_world

from recsys.bundle import load_bundle, write_bundle
from recsys.embed import LsaEmbedder
from recsys.events import Kind, StoredEvent
from recsys.hybrid import Hybrid
from recsys.meaning import SHIPPED
from recsys.papers import Paper
from recsys.profile import UserState, state_from_events
from recsys.rank import Query, Ranker
from recsys.reading import Reading, topics_of

N_OLD, N_ALL = 200, 230
WORLD: World = make_world(n_users=200, n_items=N_ALL)


def paper(number: int) -> Paper:
    return Paper(
        row=number + 1,
        id=f"p{number}",
        title=f"Paper {number}",
        abstract=WORLD.texts[number],
        authors=(f"Author {number % 11}",),
        topics=(f"theme {WORLD.themes[number]}",),
        published=f"{2010 + number % 12}-0{1 + number % 9}-01" if number % 7 else None,
        venue=f"Venue {number % 3}",
    )


PAPERS = [paper(number) for number in range(N_ALL)]


def trained(root: Path, n: int) -> tuple[Ranker, LsaEmbedder]:
    """A ranker of the first n papers, of which those from `N_OLD` on have no readers."""
    papers = PAPERS[:n]
    texts = [paper.text for paper in papers]
    lsa = LsaEmbedder.fit(texts)
    reading = Reading(lsa.vocabulary, topics_of(papers))
    embeddings = lsa.embed(texts)
    read = sparse.csr_matrix(WORLD.interactions[:, :N_OLD])
    matrix = sparse.csr_matrix((read.data, read.indices, read.indptr), shape=(read.shape[0], n))
    hybrid = Hybrid().fit(matrix, reading.content(papers, embeddings))
    encoder = {f"encoder/{name}": array for name, array in {**lsa.arrays(), **reading.arrays()}.items()}
    model = {"hybrid": hybrid.params(), "meaning": SHIPPED.params()}
    about = {"created": "", "counts": {}, "embedder": {"kind": "lsa", "name": "lsa"}}
    id = write_bundle(root, papers, {**hybrid.arrays(), "embeddings": embeddings, **encoder}, model, about)
    return Ranker(load_bundle(root, id)), lsa


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ranker, LsaEmbedder]:
    return trained(tmp_path_factory.mktemp("bundles"), N_OLD)


@pytest.fixture(scope="module")
def ranker(both: tuple[Ranker, LsaEmbedder]) -> Ranker:
    return both[0]


@pytest.fixture(scope="module")
def vectors(both: tuple[Ranker, LsaEmbedder]) -> np.ndarray:
    """Of all papers, by row, as the ranker's embedder makes them."""
    return both[1].embed([paper.text for paper in PAPERS])


def extended(ranker: Ranker, vectors: np.ndarray, *batches: list[int]) -> Ranker:
    for batch in batches:
        ranker = ranker.extended([PAPERS[number] for number in batch], vectors[batch])
    return ranker


def reader(*acts: tuple[Kind, int], topics: tuple[tuple[Kind, str], ...] = ()) -> UserState:
    events = [StoredEvent(f"e{n}", "ada", kind, n, item=f"p{item}") for n, (kind, item) in enumerate(acts)]
    events += [StoredEvent(f"t{n}", "ada", kind, n, topic=topic) for n, (kind, topic) in enumerate(topics)]
    return state_from_events("ada", events)


def likes(*items: int) -> UserState:
    return reader(*((Kind.LIKE, item) for item in items))


@given(
    batches=st.lists(st.lists(st.integers(N_OLD, N_ALL - 1), min_size=1, max_size=6), max_size=4),
    liked=st.lists(st.integers(0, N_OLD - 1), max_size=8, unique=True),
    followed=st.booleans(),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_paper_is_worth_more_or_less_for_others_that_come(
    ranker: Ranker, vectors: np.ndarray, batches: list[list[int]], liked: list[int], followed: bool
) -> None:
    seen: set[int] = set()
    distinct = []
    for batch in batches:
        distinct.append([n for n in dict.fromkeys(batch) if n not in seen])
        seen.update(batch)
    grown = extended(ranker, vectors, *(batch for batch in distinct if batch))
    state = reader(
        *((Kind.LIKE, item) for item in liked), topics=((Kind.FOLLOW, "Theme 2"),) if followed else ()
    )
    interests = {"x": vectors[0]}
    before, after = ranker.scores(state, interests).total, grown.scores(state, interests).total
    assert len(after) == N_OLD + len(seen)
    assert_allclose(after[:N_OLD], before, rtol=1e-4, atol=1e-4)


def test_the_order_in_which_they_come_does_not_matter(ranker: Ranker, vectors: np.ndarray) -> None:
    one = extended(ranker, vectors, [200, 201], [202, 203, 204])
    other = extended(ranker, vectors, [204, 202], [203], [201, 200])
    state = likes(3, 11, 203, 19)
    scores = [dict(zip(r.bundle.items, r.scores(state).total.tolist(), strict=True)) for r in (one, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-4, abs=1e-4)
    assert one.bundle.edition == other.bundle.edition != ranker.bundle.edition


def test_they_are_scored_as_papers_nobody_read_of_a_bundle_that_has_them(
    ranker: Ranker, vectors: np.ndarray, tmp_path: Path
) -> None:
    """As far as the method allows: the other bundle's words, LSA, towers and means are of 30 papers more.

    What a night learns anew, the weights of the join, is left out.
    """
    grown = extended(ranker, vectors, list(range(N_OLD, N_ALL)))
    whole, _ = trained(tmp_path, N_ALL)
    whole.hybrid.weights = ranker.hybrid.weights
    for liked in ((3, 11, 19), (0, 8, 16, 24, 5, 13), (4, 203, 211, 219)):
        ours, theirs = (each.scores(likes(*liked)).total for each in (grown, whole))
        assert np.corrcoef(ours[N_OLD:], theirs[N_OLD:])[0, 1] > 0.995
        # Who likes new papers says more against all others that nobody has read where these are more.
        of_new_ones = any(n >= N_OLD for n in liked)
        assert np.abs(ours - theirs)[N_OLD:].mean() < (0.15 if of_new_ones else 0.03)  # of a spread of 1
        places = [np.mean(np.argsort(np.argsort(-scores))[N_OLD:]) for scores in (ours, theirs)]
        assert places[0] == pytest.approx(places[1], abs=10 if of_new_ones else 2)  # of 230


def test_a_like_of_a_new_paper_moves_the_list(ranker: Ranker, vectors: np.ndarray) -> None:
    grown = extended(ranker, vectors, list(range(N_OLD, N_ALL)))
    of_theme = [n for n in range(N_OLD, N_ALL) if WORLD.themes[n] == 5]
    assert ranker.scores(likes(*of_theme)).history.nnz == 0  # without them, nothing is known of this reader
    query = Query(limit=10, explore=False)
    ranking = grown.recommend(likes(*of_theme), query)
    themes = [int(WORLD.themes[item.row]) for item in ranking.items]
    assert themes.count(5) >= 5
    assert not {item.row for item in ranking.items} & set(of_theme)
    named = {f"“{PAPERS[row].title}”" for row in of_theme}
    assert any(title in reason.text for item in ranking.items for reason in item.reasons for title in named)


def test_explanations_of_new_papers_sum_to_their_scores(ranker: Ranker, vectors: np.ndarray) -> None:
    grown = extended(ranker, vectors, list(range(N_OLD, N_ALL)))
    new = frozenset(f"p{n}" for n in range(N_OLD, N_ALL))
    state = reader((Kind.LIKE, 3), (Kind.DISLIKE, 204), (Kind.LIKE, 211), (Kind.SAVE, 8))
    ranking = grown.recommend(state, Query(limit=8, among=new, in_full=True))
    assert len(ranking.items) == 8
    for item in ranking.items:
        assert item.explanation is not None
        shares = sum(share.share for share in item.explanation.shares)
        assert shares == pytest.approx(item.score, abs=1e-3)


def test_filters_know_new_papers(ranker: Ranker, vectors: np.ndarray) -> None:
    grown = extended(ranker, vectors, list(range(N_OLD, N_ALL)))
    new = frozenset(f"p{n}" for n in range(N_OLD, N_ALL))

    def found(state: UserState, **query: object) -> set[int]:
        asked = Query(limit=30, among=new, explore=False, **query)  # type: ignore[arg-type]
        return {item.row for item in grown.recommend(state, asked).items}

    everyone = found(likes(3))
    assert everyone == set(range(N_OLD, N_ALL))
    assert found(reader((Kind.LIKE, 3), (Kind.HIDE, 207))) == everyone - {207}
    muted = {n for n in everyone if WORLD.themes[n] == 2}
    assert muted
    assert found(reader((Kind.LIKE, 3), topics=((Kind.MUTE, "THEME 2"),))) == everyone - muted
    assert found(likes(3), category="theme 2") == muted
    late = {n for n in everyone if (PAPERS[n].published or "") >= "2018"}
    assert found(likes(3), since="2018") == late
    assert_array_equal(sorted(grown.bundle.rows_of("author", "author 4")), range(4, N_ALL, 11))


def test_papers_newer_than_all_have_no_age(ranker: Ranker, vectors: np.ndarray) -> None:
    newest = Paper(999, "z", "Newest", WORLD.texts[7], published="2040-01-01")
    undated = Paper(1000, "y", "Undated", WORLD.texts[8])
    grown = ranker.extended([newest, undated], vectors[[7, 8]])
    assert grown.bundle.ages[-2] == 0
    assert np.isnan(grown.bundle.ages[-1])
    assert_array_equal(grown.bundle.ages[:-2], ranker.bundle.ages)
    assert grown.bundle.paper(N_OLD) is newest
    assert ranker.bundle.base is grown.bundle.base


def test_similar_papers_are_found_among_new_and_old(ranker: Ranker, vectors: np.ndarray) -> None:
    grown = extended(ranker, vectors, list(range(N_OLD, N_ALL)))
    near = grown.similar("p205", 10)
    assert {WORLD.themes[row] for row, _ in near[:3]} == {WORLD.themes[205]}
    assert 205 not in {row for row, _ in near}
    assert grown.nearest(vectors[205], 1)[0][0] == 205
