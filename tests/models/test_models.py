"""What each base model computes, against its textbook formula in dense float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from recsys.content import Content, as_content, unit_csr, unit_rows
from recsys.models.als import ALS, usual_ridge
from recsys.models.bpr import BPR
from recsys.models.content_model import ContentModel
from recsys.models.ease import EASE
from recsys.models.ease_solver import Problem
from recsys.models.item_knn import ItemKNN
from recsys.models.item_model import NEGATIVE_WEIGHT, ItemModel
from recsys.models.lightfm_model import LightFMModel, item_features
from recsys.models.neighbourhoods import _in_turn, neighbourhoods
from recsys.models.popularity import Popularity
from recsys.models.sparse import top_per_row
from recsys.models.tower import Tower
from recsys.models.user_knn import UserKNN


@pytest.fixture(scope="module")
def interactions() -> csr_matrix:
    return random_sparse(60, 20, density=0.15, format="csr", dtype=np.float32, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def two_tastes() -> csr_matrix:
    """Readers 0-99 choose among papers 0-9, readers 100-199 among papers 10-19."""
    chosen = np.random.default_rng(0).random((200, 20)) < 0.5
    return csr_matrix(chosen * np.kron(np.eye(2), np.ones((100, 10))), dtype=np.float32)


def history(n_items: int, **confidences: float) -> csr_matrix:
    """`history(20, i3=1.0)`: a reader who likes item 3."""
    items = [int(name[1:]) for name in confidences]
    values = np.array(list(confidences.values()), dtype=np.float32)
    return csr_matrix((values, ([0] * len(items), items)), shape=(1, n_items))


def test_popularity_is_the_log_of_summed_confidence() -> None:
    model = Popularity(sharing=0.0).fit(csr_matrix([[1.0, 0.3], [2.0, 0.0]]))
    assert_allclose(model.score(np.array([1])), [[np.log(4.0), np.log(1.3)]], rtol=1e-6)


def test_in_popularity_every_reader_has_one_voice() -> None:
    avid_and_two_others = csr_matrix([[1.0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1]])
    model = Popularity().fit(avid_and_two_others)
    voices = np.array([1 / 3, 1 / 3, 1 / 3, 2]) * 5 / 3  # rescaled to the five choices that were made
    assert_allclose(model.score(np.array([0])), [np.log1p(voices)], rtol=1e-6)


@pytest.mark.parametrize("shrinkage", [0.0, 3.0])
def test_item_knn_is_the_shrunk_cosine(interactions: csr_matrix, shrinkage: float) -> None:
    dense = interactions.toarray().astype(np.float64)
    norms = np.linalg.norm(dense, axis=0)
    expected = dense.T @ dense / (np.outer(norms, norms) + shrinkage)
    np.fill_diagonal(expected, 0)
    everything = ItemKNN(neighbours=20, shrinkage=shrinkage).fit(interactions)
    assert_allclose(everything.similarity.toarray(), expected, rtol=1e-5)
    nearest = ItemKNN(neighbours=3, shrinkage=shrinkage).fit(interactions)
    for row, kept in enumerate(nearest.similarity.toarray()):
        assert_allclose(np.sort(kept)[-3:], np.sort(expected[row])[-3:], rtol=1e-5)
        assert (kept > 0).sum() <= 3
    assert_allclose(everything.score(np.arange(60)), dense @ expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("neighbours", [60, 4])
def test_user_knn_is_the_share_of_the_nearest_readers(interactions: csr_matrix, neighbours: int) -> None:
    several = interactions[np.diff(interactions.indptr) >= 2].toarray().astype(np.float64)
    assert 4 < len(several) < 60
    rarity = np.sqrt(np.log1p(len(several) / np.maximum((several > 0).sum(axis=0), 1)))
    near = (several * rarity / (several @ rarity)[:, None] ** 0.6) @ several.T  # of reader (row) to history
    furthest = np.sort(near, axis=0)[-min(neighbours, len(near))]
    voices = np.where(near >= furthest, near**3, 0)
    expected = (voices / voices.sum(axis=0)).T @ several
    expected[several > 0] = 0
    model = UserKNN(neighbours=neighbours, steepness=3.0, normalisation=0.6, rarity=0.5).fit(interactions)
    assert_allclose(model.score_histories(csr_matrix(several)), expected, rtol=1e-4, atol=1e-6)


def test_four_papers_shared_by_one_reader_count_for_more_than_one_by_each_of_four() -> None:
    one_like_you, four_a_little = np.zeros(20), np.zeros((4, 20))
    one_like_you[[0, 1, 2, 3, 10]] = 1
    four_a_little[:, 11] = 1
    four_a_little[[0, 1, 2, 3], [0, 1, 2, 3]] = 1
    four_a_little[:, [12, 13, 14]] = 1  # as many papers as the other has
    readers = csr_matrix(np.vstack([one_like_you, four_a_little]), dtype=np.float32)
    you = history(20, i0=1.0, i1=1.0, i2=1.0, i3=1.0)
    by_readers, by_items = (model.fit(readers).score_histories(you)[0] for model in (UserKNN(), ItemKNN()))
    assert by_readers[10] > 5 * by_readers[11] > 0
    assert by_items[10] < 2 * by_items[11]


def test_who_chose_what_you_dislike_is_less_near(two_tastes: csr_matrix) -> None:
    model = UserKNN().fit(two_tastes)
    liked, both = history(20, i0=1.0, i10=1.0), history(20, i0=1.0, i10=-1.0)
    of_second = [model.score_histories(said)[0, 11:].sum() for said in (liked, both)]
    assert of_second[0] > 1
    assert of_second[1] == 0


@pytest.mark.parametrize("model", [ItemKNN(), EASE(regularization=1.0)])
def test_dislikes_count_against_it_by_less(model: ItemKNN | EASE, interactions: csr_matrix) -> None:
    model.fit(interactions)
    like, dislike = (model.score_histories(history(20, i3=sign)) for sign in (1.0, -1.0))
    assert np.abs(like).max() > 0
    assert_allclose(dislike, -NEGATIVE_WEIGHT * like)


def ease_by_inversion(
    interactions: csr_matrix, terms: csr_matrix, weight: float, dropout: float
) -> np.ndarray:
    x, t = interactions.toarray().astype(np.float64), terms.toarray().astype(np.float64)
    ridge = 2.0 + dropout / (1 - dropout) * (x**2).sum(axis=0)
    inverse = np.linalg.inv(x.T @ x + weight * t @ t.T + np.diag(ridge))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


@pytest.fixture(scope="module")
def two_subjects() -> Content:
    content = as_content([f"paper on {'graphs' if i % 2 else 'genes'} and {i % 5}0" for i in range(20)], 20)
    assert content is not None
    return content


@pytest.mark.parametrize("content_weight", [0.0, 4.0])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("whole", [20, 1])  # all items at once, and blocks of at most 3 on all others
def test_ease_is_the_closed_form(
    interactions: csr_matrix,
    two_subjects: Content,
    content_weight: float,
    dropout: float,
    whole: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recsys.models.sparse.BLOCK_VALUES", 7 * 20)  # blocks that don't divide the items
    expected = ease_by_inversion(interactions, two_subjects.terms, content_weight, dropout)
    settings = {"regularization": 2.0, "content_weight": content_weight, "dropout": dropout}
    model = EASE(**settings, whole=whole, block=3, support=20).fit(interactions, two_subjects)
    assert_allclose(model.weights.toarray(), expected, rtol=1e-3, atol=1e-5)
    pruned = {"whole_weights": 4, "weights_per_item": 4}
    few = EASE(**settings, whole=whole, block=3, support=20, **pruned).fit(interactions, two_subjects)
    kept = few.weights.toarray()
    assert 3 * 20 <= few.weights.nnz <= 4 * 20
    assert np.abs(expected[kept == 0]).max() <= np.abs(kept[kept != 0]).min() + 1e-5
    assert_allclose(kept[kept != 0], expected[kept != 0], rtol=1e-3, atol=1e-5)


def test_ease_by_neighbourhoods_regresses_on_the_nearest_only(two_tastes: csr_matrix) -> None:
    model = EASE(whole=1, block=2, support=10).fit(two_tastes)  # a paper of one taste has 9 others near it
    across = model.weights.toarray()[:10, 10:]
    assert_array_equal(across, 0)
    near = model.score(np.arange(200)).ravel()
    exact = EASE().fit(two_tastes).score(np.arange(200)).ravel()
    assert np.corrcoef(near, exact)[0, 1] > 0.98


@given(
    n_items=st.integers(1, 60), block=st.integers(1, 9), support=st.integers(1, 70), seed=st.integers(0, 9)
)
def test_every_item_is_a_member_of_one_neighbourhood(
    n_items: int, block: int, support: int, seed: int
) -> None:
    items = random_sparse(
        n_items, 12, density=0.3, format="csr", dtype=np.float32, rng=np.random.default_rng(seed)
    )
    problem = Problem(items, np.ones(n_items, dtype=np.float32), n_readers=6)
    parts = neighbourhoods(problem, block, support, seed)
    assert sorted(np.concatenate([part.members for part in parts])) == list(range(n_items))
    for part in parts:
        assert len(part.members) <= block
        assert len(part.support) == min(n_items, max(support, len(part.members)))
        assert_array_equal(part.support[part.places], part.members)
        assert len(set(part.support)) == len(part.support)


@pytest.mark.parametrize("share", [0.02, 0.3, 2.0])  # all columns are dense, some, none
def test_a_gram_matrix_is_that_of_the_rows(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.models.ease_solver._DENSE", share)
    rng = np.random.default_rng(0)
    items = random_sparse(40, 25, density=0.3, format="csr", dtype=np.float32, rng=rng)
    problem, rows = Problem(items, np.arange(40, dtype=np.float32), n_readers=10), np.array([3, 8, 9, 31, 39])
    dense = items.toarray()[rows]
    assert_allclose(np.tril(problem.gram(rows)), np.tril(dense @ dense.T + np.diag(rows)), rtol=1e-5)


def test_each_member_brings_its_own_nearest_into_the_support() -> None:
    nearness = np.zeros((4, 40), dtype=np.float32)
    nearness[:3, 10:] = 5.0  # three members have the same many neighbours,
    nearness[3, [6, 8]] = 0.1  # and the fourth has two, less near, which nobody else has
    support = _in_turn(csr_matrix(nearness), np.arange(4), 12)
    assert len(support) == 12
    assert {0, 1, 2, 3, 6, 8} <= set(support)
    assert support[6:].min() >= 10


def test_ease_recommends_papers_that_nobody_has_read_by_their_text() -> None:
    content = as_content(["graph theory", "protein folding", "graph theory", "protein folding"], 4)
    model = EASE(regularization=1.0).fit(csr_matrix([[1.0, 0, 0, 0], [0, 1, 0, 0]]), content)
    scores = model.score(np.array([0]))[0]
    assert scores[2] > 0.1 > abs(scores[3])


@pytest.mark.parametrize("factors", [2, 6, 15])  # histories are longer and shorter than a vector
def test_als_folds_in_the_minimum_of_its_loss(interactions: csr_matrix, factors: int) -> None:
    model = ALS(factors=factors, alpha=5.0, rarity=0.5, regularization=0.1).fit(interactions)
    items = model.item_vectors.astype(np.float64)
    readers = np.bincount(interactions.indices, minlength=20)
    rare = 1 / np.sqrt(np.maximum(readers, 1))
    added = 5.0 * rare / np.average(rare, weights=readers)
    for user in range(5):
        values = interactions[user].toarray().ravel().astype(np.float64)
        confidence = 1 + added * values
        exact = np.linalg.solve(
            items.T @ (confidence[:, None] * items) + 0.1 * np.eye(factors),
            items.T @ (confidence * (values > 0)),
        )
        assert_allclose(model.score(np.array([user]))[0], items @ exact, rtol=1e-3, atol=1e-4)
    assert_array_equal(model.score_histories(csr_matrix((1, 20), dtype=np.float32)), np.zeros((1, 20)))


def test_the_ridge_of_als_grows_with_what_readers_and_papers_have() -> None:
    """The exact scale is that of decision 25; empty rows and columns say nothing."""
    assert usual_ridge(csr_matrix((0, 3))) == usual_ridge(csr_matrix(np.eye(30))) == 20.0
    everything = csr_matrix(np.ones((160, 40), dtype=np.float32))  # 40 papers a reader, 160 readers a paper
    assert usual_ridge(everything) == pytest.approx(2.2 * 80)
    padded = csr_matrix((everything.data, everything.indices, everything.indptr), shape=(160, 400))
    assert usual_ridge(padded) == usual_ridge(everything)
    model = ALS(factors=3).fit(padded)
    items = model.item_vectors.astype(np.float64)
    assert_allclose(model.of_readers.whole - items.T @ items, 176 * np.eye(3), atol=1e-6)
    assert ALS(factors=3, regularization=1.0).fit(padded).ridge == 1.0


def texts_of_two_tastes() -> Content:
    """Papers 0-9 share their words, and so do 10-19."""
    words = np.random.default_rng(1).random((20, 12)) * (np.arange(12) // 6 == np.arange(20)[:, None] // 10)
    return Content(unit_rows(words.astype(np.float32)), unit_csr(csr_matrix(words, dtype=np.float32)))


def test_words_are_readers_of_als(two_tastes: csr_matrix) -> None:
    """A paper's vector is the exact solution of its half of the problem, readers or no readers."""
    unread = two_tastes.tolil()
    unread[:, [9, 19]] = 0
    texts = texts_of_two_tastes()
    model = ALS(factors=6, regularization=0.1, heaviest=4).fit(csr_matrix(unread), texts)
    for likes, own, other in ((history(20, i0=1.0, i4=1.0), 9, 19), (history(20, i11=1.0), 19, 9)):
        scores = model.score_histories(likes)[0]
        assert scores[own] > scores[other] + 0.1
    words = model.words.astype(np.float64)
    heaviest = top_per_row(texts.terms, 4)
    said = heaviest[9].toarray().ravel() * model.config.word / heaviest.data.mean()
    confidence = 1 + said * float(model.confidence[9])
    common = model.of_items.whole - words.T @ words  # of readers and of the ridge
    exact = np.linalg.solve(
        common + words.T @ (confidence[:, None] * words), words.T @ (confidence * (said > 0))
    )
    assert_allclose(model.item_vectors[9], exact, rtol=1e-3, atol=1e-5)


def test_als_without_words_is_the_plain_one(two_tastes: csr_matrix) -> None:
    plain = ALS(factors=6).fit(two_tastes).arrays()
    for name, array in ALS(factors=6, word=0.0).fit(two_tastes, texts_of_two_tastes()).arrays().items():
        assert_array_equal(array, plain[name])


@pytest.mark.parametrize(
    "model", [ALS(factors=2), BPR(factors=8), LightFMModel(factors=8), ItemKNN(), EASE(), Tower(factors=8)]
)
def test_readers_get_papers_of_their_own_taste(model: ItemModel, two_tastes: csr_matrix) -> None:
    model.fit(two_tastes)
    likes_first, likes_second = history(20, i0=1.0, i4=1.0), history(20, i11=1.0, i17=1.0)
    for likes, own in ((likes_first, range(10)), (likes_second, range(10, 20))):
        items, _ = model.recommend_histories(likes, 5, exclude=likes)
        assert set(items[0]) <= set(own)
        assert set(model.similar_items(likes.indices, 5)[0].ravel()) <= set(own)


@pytest.mark.parametrize("model", [ALS(factors=8), BPR(factors=8), LightFMModel(factors=8)])
def test_dislikes_leave_factor_models_as_they_are(
    model: ALS | BPR | LightFMModel, two_tastes: csr_matrix
) -> None:
    model.fit(two_tastes)
    assert_array_equal(
        model.score_histories(history(20, i1=1.0, i2=-1.0)), model.score_histories(history(20, i1=1.0))
    )


def test_lightfm_knows_new_papers_by_their_features(two_tastes: csr_matrix) -> None:
    cold = two_tastes.tolil()
    cold[:, [9, 19]] = 0  # nobody has chosen the last paper of either taste
    topics = csr_matrix(np.repeat(np.eye(2, dtype=np.float32), 10, axis=0))
    model = LightFMModel(factors=8).fit(
        csr_matrix(cold), Content(np.zeros((20, 0), dtype=np.float32), features=topics)
    )
    scores = model.score_histories(history(20, i0=1.0, i1=1.0))[0]
    assert scores[9] > scores[19]


def test_lightfm_gives_an_unchosen_paper_its_features_only() -> None:
    interactions = csr_matrix([[1.0, 0.0, 0.0]])
    features = csr_matrix([[1.0], [1.0], [0.0]])
    found = item_features(interactions, features)
    assert found.toarray().tolist() == [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_content_is_the_cosine_with_the_signed_centroid() -> None:
    embeddings = np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], dtype=np.float32)
    model = ContentModel().fit(csr_matrix((0, 4)), Content(embeddings))
    scores = model.score_histories(history(4, i0=1.0, i1=-1.0))[0]
    centroid = np.array([1, -NEGATIVE_WEIGHT]) / np.hypot(1, NEGATIVE_WEIGHT)
    assert_allclose(scores, embeddings @ centroid, rtol=1e-5)


def test_content_puts_terms_and_embeddings_on_one_scale() -> None:
    texts = [f"paper {topic} {topic} number{i}" for i in range(10) for topic in ("graphs", "genes", "stars")]
    known = as_content(texts, 30)
    assert known is not None
    assert known.terms is not None
    likes = history(30, i0=1.0, i3=1.0)
    by_terms = ContentModel(embedding_weight=0).fit(csr_matrix((0, 30)), known)
    both = ContentModel(embedding_weight=1).fit(csr_matrix((0, 30)), known)
    expected = known.terms @ (likes @ known.terms).toarray()[0]
    assert_allclose(
        by_terms.score_histories(likes)[0],
        expected / np.linalg.norm((likes @ known.terms).toarray()),
        rtol=1e-5,
    )
    assert by_terms.embedding_scale == 0
    difference = both.score_histories(likes) - by_terms.score_histories(likes)
    of_embeddings = ContentModel().fit(csr_matrix((0, 30)), Content(known.embeddings)).score_histories(likes)
    assert_allclose(difference, both.embedding_scale * of_embeddings, rtol=1e-4, atol=1e-6)
