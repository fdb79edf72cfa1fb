"""What every base model promises, over the whole registry, as scikit-learn's estimator checks do it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from recsys.content import Content, as_content
from recsys.models import REGISTRY
from recsys.models.item_model import ItemModel
from recsys.models.topk import top_k

N_USERS, N_ITEMS = 30, 24
SMALL = {
    "als": {"factors": 8},
    "bpr": {"iterations": 10},
    "lightfm": {"epochs": 5},
    "tower": {"factors": 8},
    "head": {"factors": 8},
}
# BLAS sums in another order for other shapes, so scores of the same pair agree to rounding, not to the bit.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}

every_model = pytest.mark.parametrize("name", REGISTRY)


def make(name: str, random_state: int = 0) -> ItemModel:
    return REGISTRY[name](random_state=random_state, **SMALL.get(name, {}))


def some_interactions(seed: int = 0) -> csr_matrix:
    matrix = random_sparse(N_USERS, N_ITEMS, density=0.2, format="lil", rng=np.random.default_rng(seed))
    matrix[3] = 0  # a user without a history
    matrix[:, 5] = 0  # an item that nobody chose
    return csr_matrix(matrix, dtype=np.float32)


def some_content() -> Content:
    rng = np.random.default_rng(1)
    words = np.array(["graph", "neural", "protein", "galaxy", "market", "logic"])
    texts = [" ".join(rng.choice(words, 5)) for _ in range(N_ITEMS - 1)] + [""]
    known = as_content(texts, N_ITEMS)
    assert known is not None
    features = csr_matrix(rng.random((N_ITEMS, 4)) < 0.3, dtype=np.float32)
    return Content(known.embeddings, known.terms, features)


def dense(matrix: csr_matrix) -> np.ndarray:
    return matrix.toarray()


@pytest.fixture(params=["with content", "without content"])
def content(request: pytest.FixtureRequest) -> Content | None:
    return some_content() if request.param == "with content" else None


@every_model
def test_shapes_and_types(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    scores = model.score(np.arange(N_USERS))
    assert scores.shape == (N_USERS, N_ITEMS)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    for items, values in (
        model.recommend(np.array([4, 0, 4]), 5),
        model.similar_items(np.array([1, 5, 1]), 5),
    ):
        assert items.shape == values.shape == (3, 5)
        assert (items.dtype, values.dtype) == (np.int32, np.float32)
        assert_array_equal(items[0], items[2])


@every_model
def test_some_rows_are_scored_as_all_are(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    users, items = np.array([7, 3, 11]), np.array([20, 2, 5, 2])
    everything = model.score(np.arange(N_USERS))
    assert_allclose(model.score(users), everything[users], **CLOSE)
    assert_allclose(model.score(users, items), everything[np.ix_(users, items)], **CLOSE)
    assert model.score(users, np.array([], dtype=int)).shape == (3, 0)


@every_model
def test_a_user_is_what_their_history_says(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    users = np.array([0, 3, 9])
    assert_array_equal(model.score(users), model.score_histories(model.interactions[users]))


@every_model
def test_the_models_are_not_degenerate(name: str) -> None:
    scores = make(name).fit(some_interactions(), some_content()).score(np.arange(N_USERS))
    assert np.delete(scores, 3, axis=0).std(axis=1).min() > 0  # user 3 has no history


@every_model
def test_recommend_is_the_best_of_score(name: str, content: Content | None) -> None:
    interactions = some_interactions()
    model = make(name).fit(interactions, content)
    users = np.array([8, 3, 0])
    allowed = np.arange(N_ITEMS) % 3 > 0
    items, values = model.recommend(users, N_ITEMS, exclude=interactions, candidates=allowed)
    expected = model.score(users)
    expected[:, ~allowed] = -np.inf
    expected[dense(interactions[users]) != 0] = -np.inf
    for row in range(len(users)):
        n_left = int(np.isfinite(expected[row]).sum())
        assert sorted(items[row, :n_left]) == list(np.flatnonzero(np.isfinite(expected[row])))
        assert_allclose(values[row, :n_left], np.sort(expected[row])[::-1][:n_left], **CLOSE)
        assert (items[row, n_left:] == -1).all()
        assert (values[row, n_left:] == -np.inf).all()


@every_model
def test_candidates_as_mask_and_as_rows_are_the_same(name: str) -> None:
    model = make(name).fit(some_interactions(), some_content())
    mask = np.arange(N_ITEMS) % 2 == 0
    rows = np.random.default_rng(0).permutation(np.flatnonzero(mask))
    of_mask = model.recommend(np.arange(5), 4, candidates=mask)
    of_rows = model.recommend(np.arange(5), 4, candidates=rows)
    for left, right in zip(of_mask, of_rows, strict=True):
        assert_array_equal(left, right)
    nothing, _ = model.recommend(np.arange(5), 4, candidates=np.zeros(N_ITEMS, dtype=bool))
    assert (nothing == -1).all()


@every_model
def test_stored_zeros_are_excluded_too(name: str) -> None:
    interactions = some_interactions()
    exclude = csr_matrix((np.zeros(2), ([1, 1], [4, 9])), shape=interactions.shape)
    model = make(name).fit(interactions, some_content())
    for candidates in (None, np.arange(N_ITEMS)):
        items, _ = model.recommend(np.array([0, 1]), N_ITEMS, exclude=exclude, candidates=candidates)
        assert set(items[0]) == set(range(N_ITEMS))
        assert set(range(N_ITEMS)) - set(items[1]) == {4, 9}


def signed_history(seed: int) -> csr_matrix:
    """Liked, disliked and unknown items; item 5, which nobody chose, is liked."""
    history = np.random.default_rng(seed).choice([-1.0, -0.3, 0.0, 0.0, 0.6, 1.5], N_ITEMS).astype(np.float32)
    history[5] = 1.0
    return csr_matrix(history)


@every_model
@pytest.mark.parametrize("seed", range(4))
def test_attributions_sum_to_the_score(name: str, content: Content | None, seed: int) -> None:
    model = make(name).fit(some_interactions(), content)
    history = signed_history(seed)
    for rows in (None, np.array([5, 0, 17, 5]), np.array([], dtype=int)):
        papers, bias = model.attribute(history, rows)
        expected = model.score_histories(history, rows)[0]
        assert papers.dtype == bias.dtype == np.float32
        assert papers.shape == (history.nnz, len(expected))
        assert_allclose(papers.sum(axis=0) + bias, expected, **CLOSE)


@every_model
def test_attributions_are_against_the_average_item(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    papers, _ = model.attribute(signed_history(0))
    assert_allclose(papers.mean(axis=1), 0, atol=1e-5)


@every_model
def test_what_is_personal_is_traced_to_papers(name: str, content: Content | None) -> None:
    """The bias may hold the item's own and the average score, but nothing that a history changes by item."""
    model = make(name).fit(some_interactions(), content)
    own = model.score_histories(csr_matrix((1, N_ITEMS), dtype=np.float32))[0]
    _, bias = model.attribute(signed_history(1))
    assert_allclose(bias - bias.mean(), own - own.mean(), **CLOSE)


@every_model
def test_an_attribution_is_of_one_reader(name: str) -> None:
    model = make(name).fit(some_interactions())
    with pytest.raises(ValueError, match="one reader"):
        model.attribute(some_interactions())
    with pytest.raises(ValueError, match="histories are about 3"):
        model.attribute(csr_matrix((1, 3)))
    papers, bias = model.attribute(csr_matrix((1, N_ITEMS), dtype=np.float32))
    assert papers.shape == (0, N_ITEMS)
    assert_allclose(bias, model.score(np.array([3]))[0], **CLOSE)


@every_model
def test_blocks_make_no_difference(
    name: str, content: Content | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make(name).fit(some_interactions(), content)
    expected = whole.recommend(np.arange(N_USERS), 6, exclude=whole.interactions)[1]
    monkeypatch.setattr("recsys.models.sparse.BLOCK_VALUES", 3 * N_ITEMS)
    blocked = make(name).fit(some_interactions(), content)
    values = blocked.recommend(np.arange(N_USERS), 6, exclude=blocked.interactions)[1]
    assert_allclose(values, expected, **CLOSE)
    assert_allclose(blocked.similar_items(np.arange(N_ITEMS), 3)[1].shape, (N_ITEMS, 3))


@every_model
def test_ties_go_to_the_lower_row(name: str) -> None:
    model = make(name).fit(csr_matrix((4, N_ITEMS), dtype=np.float32))
    items, _ = model.recommend(np.arange(4), 5)
    assert_array_equal(items, np.tile(np.arange(5), (4, 1)))


@every_model
def test_two_fits_are_the_same(name: str, content: Content | None) -> None:
    first, second = (make(name, random_state=7).fit(some_interactions(), content) for _ in range(2))
    for key, array in first.arrays().items():
        assert_array_equal(array, second.arrays()[key])


@every_model
def test_arrays_round_trip_memory_mapped(name: str, content: Content | None, tmp_path: Path) -> None:
    model = make(name).fit(some_interactions(), content)
    mapped = {}
    for key, array in model.arrays().items():
        np.save(tmp_path / f"{key}.npy", array, allow_pickle=False)
        mapped[key] = np.load(tmp_path / f"{key}.npy", mmap_mode="r", allow_pickle=False)
    loaded = REGISTRY[name].from_arrays(mapped, json.loads(json.dumps(model.params())))
    assert loaded.config == model.config
    for item_rows in (None, np.array([3, 1])):
        assert_array_equal(
            loaded.score_histories(model.interactions, item_rows),
            model.score_histories(model.interactions, item_rows),
        )
    assert_array_equal(
        loaded.similar_items(np.arange(N_ITEMS), 4)[0], model.similar_items(np.arange(N_ITEMS), 4)[0]
    )
    with pytest.raises(IndexError, match="histories"):
        loaded.score(np.array([0]))


@every_model
def test_inputs_stay_as_they_were(name: str) -> None:
    interactions, content, histories = some_interactions(), some_content(), -some_interactions(1)
    assert content.terms is not None
    assert content.features is not None
    inputs = [interactions, histories, content.terms, content.features]
    before = [(m.data.copy(), m.indices.copy(), m.indptr.copy()) for m in inputs]
    embeddings = content.embeddings.copy()
    model = make(name).fit(interactions, content)
    model.score_histories(histories)
    model.recommend(np.arange(3), 3, exclude=interactions)
    scores = model.score(np.arange(2))
    scores[:] = -1  # the caller's own copy: the model isn't touched
    assert (model.score(np.arange(2)) != -1).any()
    for matrix, kept in zip(inputs, before, strict=True):
        for left, right in zip((matrix.data, matrix.indices, matrix.indptr), kept, strict=True):
            assert_array_equal(left, right)
    assert_array_equal(embeddings, content.embeddings)


@every_model
def test_the_order_of_user_rows_does_not_matter(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    order = np.random.default_rng(0).permutation(N_USERS)
    assert_allclose(model.score(order), model.score(np.arange(N_USERS))[order], **CLOSE)


@every_model
def test_similar_items_leave_out_the_item_itself(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    items, values = model.similar_items(np.arange(N_ITEMS), N_ITEMS)
    for row in range(N_ITEMS):
        assert sorted(items[row, :-1]) == [item for item in range(N_ITEMS) if item != row]
    assert (items[:, -1] == -1).all()
    assert (np.diff(values[:, :-1], axis=1) <= 0).all()


@every_model
def test_histories_may_be_empty_or_dislikes_only(name: str, content: Content | None) -> None:
    model = make(name).fit(some_interactions(), content)
    signed = csr_matrix(([-1.0, -0.3], ([1, 1], [2, 5])), shape=(2, N_ITEMS), dtype=np.float32)
    assert np.isfinite(model.score_histories(signed)).all()
    assert model.score_histories(signed[:0]).shape == (0, N_ITEMS)


@every_model
@pytest.mark.parametrize("shape", [(0, 5), (3, 5), (3, 1), (0, 1), (0, 0)])
def test_nothing_to_learn_from(name: str, shape: tuple[int, int]) -> None:
    for content in (None, as_content([f"the words {item} of a paper" for item in range(shape[1])], shape[1])):
        model = make(name).fit(csr_matrix(shape, dtype=np.float32), content)
        scores = model.score_histories(csr_matrix((2, shape[1]), dtype=np.float32))
        assert_array_equal(scores, np.zeros((2, shape[1])))
        assert model.recommend(np.arange(shape[0]), 2)[0].shape == (shape[0], 2)
        assert (model.similar_items(np.arange(shape[1]), shape[1] + 1)[0][:, -2:] == -1).all()


@every_model
def test_one_item_that_somebody_likes(name: str) -> None:
    model = make(name).fit(csr_matrix([[1.0], [0.0]]), as_content(["a single paper"], 1))
    assert_array_equal(model.recommend(np.array([0, 1]), 2)[0], [[0, -1], [0, -1]])


@every_model
def test_content_may_be_in_any_form(name: str) -> None:
    texts = [f"paper {item} on {'graphs' if item % 2 else 'genes'}" for item in range(N_ITEMS)]
    models = [make(name).fit(some_interactions(), given) for given in (texts, as_content(texts, N_ITEMS))]
    assert_allclose(*(model.score(np.arange(5)) for model in models), **CLOSE)


@every_model
def test_bad_inputs_are_refused(name: str) -> None:
    interactions = some_interactions()
    with pytest.raises(ValueError, match="negative"):
        make(name).fit(-interactions)
    with pytest.raises(ValueError, match="not finite"):
        make(name).fit(csr_matrix([[np.nan]]))
    with pytest.raises(ValueError, match=r"content has 1 .*24"):
        make(name).fit(interactions, as_content(["one"], 1))
    with pytest.raises(ValueError, match=r"times of shape \(3,\)"):
        make(name).fit(interactions, times=np.arange(3))
    unsorted = csr_matrix(([1.0, 1.0], [2, 1], [0, 2]), shape=(1, N_ITEMS))
    with pytest.raises(ValueError, match="in CSR order"):
        make(name).fit(unsorted, times=np.arange(2))
    with pytest.raises(ValueError, match="unknown"):
        REGISTRY[name](unknown=1)
    model = make(name).fit(interactions)
    with pytest.raises(IndexError, match="30 trained"):
        model.score(np.array([N_USERS]))
    with pytest.raises(IndexError, match="30 trained"):
        model.score(np.array([-1]))
    with pytest.raises(ValueError, match="histories"):
        model.score_histories(csr_matrix((1, 3)))
    with pytest.raises(ValueError, match="mask"):
        model.recommend(np.array([0]), 1, candidates=np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="outside"):
        model.recommend(np.array([0]), 1, candidates=np.array([N_ITEMS]))
    with pytest.raises(ValueError, match="exclude"):
        model.recommend(np.array([0]), 1, exclude=interactions[:1])


@st.composite
def small_data(draw: st.DrawFn) -> tuple[csr_matrix, Content | None, csr_matrix]:
    n_users, n_items = draw(st.integers(0, 6)), draw(st.integers(1, 7))
    confidences = st.sampled_from([0.0, 0.0, 0.3, 1.0, 2.5])
    rows = st.lists(confidences, min_size=n_items, max_size=n_items)
    interactions = np.array(draw(st.lists(rows, min_size=n_users, max_size=n_users)), dtype=np.float32)
    signed = st.lists(st.sampled_from([-1.0, 0.0, 0.0, 0.6, 1.0]), min_size=n_items, max_size=n_items)
    histories = csr_matrix(np.array([draw(signed), draw(signed)], dtype=np.float32))
    words = st.lists(st.sampled_from(["graph", "neural", "protein", "the"]), max_size=4).map(" ".join)
    texts = draw(st.none() | st.lists(words, min_size=n_items, max_size=n_items))
    return csr_matrix(interactions.reshape(n_users, n_items)), as_content(texts, n_items), histories


@every_model
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=small_data(), k=st.integers(0, 9))
def test_any_small_matrix(name: str, data: tuple[csr_matrix, Content | None, csr_matrix], k: int) -> None:
    interactions, content, histories = data
    model = make(name).fit(interactions, content)
    scores = model.score_histories(histories)
    assert scores.shape == histories.shape
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    items, values = model.recommend_histories(histories, k, exclude=histories)
    papers, bias = model.attribute(histories[0])
    assert_allclose(papers.sum(axis=0) + bias, scores[0], rtol=1e-4, atol=1e-4)
    scores[dense(histories) != 0] = -np.inf
    expected = top_k(scores, k)
    assert_array_equal(items, expected[0])
    assert_array_equal(values, expected[1])
