"""The public entry point of the library."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from worlds import World, make_world

from recsys import Hybrid
from recsys.metrics import ndcg
from recsys.models.sparse import kept, row_of_each_entry


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def model(world: World) -> Hybrid:
    return Hybrid(random_state=0).fit(world.interactions, content=world.texts)


def test_the_published_signature(world: World, model: Hybrid) -> None:
    mask = np.zeros(160, dtype=bool)
    mask[:12] = True
    users = np.array([5, 0, 7])
    items, scores = model.recommend(users, k=20, exclude=world.interactions, candidates=mask)
    assert items.shape == scores.shape == (3, 20)
    assert np.issubdtype(items.dtype, np.integer)
    assert scores.dtype == np.float32
    for row, user in enumerate(users):
        found = items[row][items[row] >= 0]
        assert set(found) == set(np.flatnonzero(mask)) - set(world.interactions[user].indices)
        assert (np.diff(scores[row][: len(found)]) <= 0).all()
        assert (items[row][len(found) :] == -1).all()


def test_two_fits_are_equal(world: World, model: Hybrid) -> None:
    again = Hybrid(random_state=0).fit(world.interactions, content=world.texts)
    users = np.arange(20)
    assert (again.score(users) == model.score(users)).all()


def test_the_input_is_not_changed(world: World) -> None:
    before = world.interactions.copy()
    Hybrid().fit(world.interactions, content=world.texts)
    assert (before != world.interactions).nnz == 0


def test_with_times_it_is_popular_what_is_popular_now(world: World) -> None:
    matrix = sparse.csr_matrix(world.interactions)
    rows, n_items = row_of_each_entry(matrix), matrix.shape[1]
    late = matrix.indices < n_items // 2  # the first half of the catalogue came into vogue
    times = np.where(late, 1_000, 0) + rows
    model = Hybrid(random_state=0, models=("popularity", "content"))
    nobody = sparse.csr_matrix((1, n_items), dtype=np.float32)
    now = model.fit(matrix, world.texts, times=times).recommend_histories(nobody, 20)[0]
    ever = model.fit(matrix, world.texts).recommend_histories(nobody, 20)[0]
    assert (now < n_items // 2).all()
    assert not (ever < n_items // 2).all()
    dislikes = matrix.copy()
    dislikes.data[::7] = -1  # they are no voices, and have times all the same
    assert (
        model.fit(dislikes, world.texts, times=times).recommend_histories(nobody, 20)[0] < n_items // 2
    ).all()


def test_the_join_is_learned_from_what_came_next(world: World) -> None:
    """Readers choose by their tastes first and then what is in vogue: popularity tells what is next."""
    rng = np.random.default_rng(0)
    chosen, n_items = world.interactions.toarray(), world.interactions.shape[1]
    times = np.where(chosen > 0, rng.random(chosen.shape), 0)
    vogue = rng.permutation(n_items)[:12]
    late = rng.random((len(chosen), 12)) < 0.5
    chosen[:, vogue] = np.maximum(chosen[:, vogue], late)
    times[:, vogue] = np.where(late, 1 + rng.random(late.shape), times[:, vogue])
    matrix = sparse.csr_matrix(chosen)
    of_entries = times[chosen > 0]

    def leaning(held_out: np.ndarray | None) -> float:
        model = Hybrid(models=("popularity", "als")).fit(matrix, times=of_entries, held_out=held_out)
        own = model.weights.read[1:]
        return float((own[:, 0] / own.sum(axis=1)).mean())

    assert leaning(None) > leaning(rng.random(matrix.nnz) < 0.2) + 0.2


@pytest.mark.parametrize("name", ["times", "held_out"])
def test_what_is_told_of_interactions_goes_by_them(world: World, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} of shape"):
        Hybrid().fit(world.interactions, **{name: np.ones(2, dtype=bool)})


def test_arrays_restore_the_model(model: Hybrid, world: World) -> None:
    again = Hybrid.from_arrays(model.arrays(), model.params())
    histories = world.interactions[:10]
    assert (again.score_histories(histories) == model.score_histories(histories)).all()
    assert (again.similar_items(np.array([3]), 5)[0] == model.similar_items(np.array([3]), 5)[0]).all()


def on_held_out_interactions(seed: int) -> dict[str, float]:
    """nDCG@20 of the hybrid and of each of its parts in a made world."""
    world = make_world(n_users=400, n_items=300, seed=seed)
    held = np.random.default_rng(1).random(world.interactions.nnz) < 0.25
    train, test = kept(world.interactions, ~held), kept(world.interactions, held)
    model = Hybrid().fit(train, content=world.texts)
    users = np.flatnonzero(np.diff(test.indptr))
    figures = {}
    for name, which in {"hybrid": model, **model.models}.items():
        which.interactions = train
        items, _ = which.recommend(users, 20, exclude=train)
        figures[name] = float(ndcg(items, test[users], 20).mean())
    return figures


def test_on_held_out_interactions_it_is_no_worse_than_any_of_its_parts() -> None:
    """On the average of three worlds: in one of them chance moves a difference by .007."""
    worlds = [on_held_out_interactions(seed) for seed in (3, 4, 5)]
    means = {name: np.mean([figures[name] for figures in worlds]) for name in worlds[0]}
    assert means["hybrid"] > max(means.values()) - 0.01, means
    assert means["hybrid"] > 2 * means["popularity"]


def test_papers_nobody_has_read_are_found_by_their_texts(world: World) -> None:
    matrix = world.interactions.tolil()
    matrix[:, :40] = 0  # five papers of each of the eight themes
    model = Hybrid().fit(matrix.tocsr(), content=world.texts)
    fans = sparse.csr_matrix([(world.themes == theme) * (np.arange(160) >= 120.0) for theme in range(8)])
    items, _ = model.recommend_histories(fans, 5, candidates=np.arange(40))
    found = (world.themes[items] == np.arange(8)[:, None]).mean()
    assert found > 0.5  # by chance one in eight


@pytest.mark.parametrize("content", [None, "texts", "counts", "dense"])
@pytest.mark.parametrize("readers", ["none", "one", "some"])
def test_whatever_there_is_to_learn_from(world: World, content: str | None, readers: str) -> None:
    given = {
        None: None,
        "texts": world.texts,
        "counts": sparse.random(160, 30, 0.2, format="csr", random_state=0, data_rvs=lambda n: np.ones(n)),
        "dense": np.random.default_rng(0).normal(size=(160, 12)),
    }[content]
    n_users = {"none": 0, "one": 1, "some": 60}[readers]
    model = Hybrid().fit(world.interactions[:n_users], content=given)
    histories = sparse.csr_matrix(np.eye(3, 160, dtype=np.float32))
    scores = model.score_histories(histories)
    assert scores.shape == (3, 160)
    assert np.isfinite(scores).all()


def test_an_unknown_reader_gets_what_is_popular(world: World, model: Hybrid) -> None:
    items, _ = model.recommend_histories(sparse.csr_matrix((1, 160), dtype=np.float32), 5)
    voices = world.interactions.multiply(1 / world.interactions.sum(axis=1)).sum(axis=0)
    popular = np.argsort(-np.asarray(voices).ravel(), kind="stable")[:5]
    assert items[0].tolist() == popular.tolist()


@pytest.mark.parametrize("n_liked", [0, 1, 4, 12, 40])
def test_the_score_is_the_sum_of_what_papers_add(model: Hybrid, n_liked: int) -> None:
    rng = np.random.default_rng(n_liked)
    said = np.zeros(160, dtype=np.float32)
    chosen = rng.permutation(160)[: n_liked + 3]
    said[chosen] = [*rng.uniform(0.1, 1.5, n_liked), -0.7, -0.3, -0.05]
    history = sparse.csr_matrix(said)
    expected = model.score_histories(history)[0]
    for rows in (None, np.array([9, 3, 150])):
        papers, bias = model.attribute(history, rows)
        assert papers.shape == (n_liked + 3, len(bias))
        scores = expected if rows is None else expected[rows]
        np.testing.assert_allclose(papers.sum(axis=0) + bias, scores, rtol=1e-4, atol=1e-4)


def test_a_dislike_lowers_what_is_like_it(model: Hybrid) -> None:
    likes = np.zeros(160, dtype=np.float32)
    likes[[0, 1]] = 1.0
    both = likes.copy()
    both[9] = -0.7  # of the theme of item 1
    scores = model.score_histories(sparse.csr_matrix(np.vstack([likes, both])))
    same_theme = [row for row in range(10, 160) if row % 8 == 1]
    assert scores[1, same_theme].mean() < scores[0, same_theme].mean()
