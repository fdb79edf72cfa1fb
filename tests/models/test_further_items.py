"""What every model promises of items that came after its fit."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from worlds import make_world

from recsys.content import Content, text_terms, unit_rows
from recsys.models import REGISTRY
from recsys.models.item_model import ItemModel

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
SETTINGS = {
    "als": {"factors": 64},
    "bpr": {"iterations": 10},
    "lightfm": {"epochs": 3},
    "tower": {"factors": 16, "least_steps": 60},
    "head": {"factors": 16, "text_factors": 16},
}
WORLD = make_world(n_users=150, n_items=140)
N_OLD = 120
READ = sparse.csr_matrix(WORLD.interactions[:, :N_OLD])
TERMS, _ = text_terms(WORLD.texts)

every_model = pytest.mark.parametrize("name", REGISTRY)


def content_of(rows: slice) -> Content:
    terms = sparse.csr_matrix(TERMS[rows])
    topics = sparse.csr_matrix(np.eye(WORLD.themes.max() + 1, dtype=np.float32)[WORLD.themes[rows]])
    return Content(unit_rows(terms.toarray()), terms, topics)


OLD, NEW = slice(0, N_OLD), slice(N_OLD, 140)


def fitted(name: str, content: Content | None) -> ItemModel:
    return REGISTRY[name](random_state=0, **SETTINGS.get(name, {})).fit(READ, content)


@pytest.fixture(params=["with content", "without content"])
def content(request: pytest.FixtureRequest) -> Content | None:
    return content_of(OLD) if request.param == "with content" else None


def wide(histories: sparse.csr_matrix) -> sparse.csr_matrix:
    """The histories over all items, old and new."""
    entries = histories.data, histories.indices, histories.indptr
    return sparse.csr_matrix(entries, shape=(histories.shape[0], 140))


def mixed(seed: int) -> sparse.csr_matrix:
    """Old and new items, liked and disliked."""
    said = np.random.default_rng(seed).choice([-1.0, 0.0, 0.0, 0.0, 0.6, 1.5], 140).astype(np.float32)
    said[[3, 125]] = 1.0
    return sparse.csr_matrix(said)


@every_model
def test_scores_of_the_own_items_stay(name: str, content: Content | None) -> None:
    model = fitted(name, content)
    before = model.score_histories(READ[:20])
    grown = model.extended(content_of(NEW))
    assert (model.n_items, grown.n_items) == (N_OLD, 140)
    assert_allclose(grown.score_histories(wide(READ[:20]))[:, OLD], before, **CLOSE)
    assert_array_equal(model.score_histories(READ[:20]), before)


@every_model
def test_it_does_not_matter_in_how_many_steps_they_came(name: str, content: Content | None) -> None:
    model = fitted(name, content)
    at_once = model.extended(content_of(NEW))
    by_steps = model.extended(content_of(slice(120, 127))).extended(content_of(slice(127, 140)))
    histories = sparse.vstack([mixed(0), mixed(1), wide(READ[:5])], format="csr")
    assert_allclose(by_steps.score_histories(histories), at_once.score_histories(histories), **CLOSE)


@every_model
def test_attributions_sum_to_the_scores_of_new_and_old(name: str, content: Content | None) -> None:
    grown = fitted(name, content).extended(content_of(NEW))
    for rows in (None, np.array([139, 4, 121, 4])):
        papers, bias = grown.attribute(mixed(2), rows)
        expected = grown.score_histories(mixed(2), rows)[0]
        assert_allclose(papers.sum(axis=0) + bias, expected, rtol=1e-4, atol=1e-4)
    assert_allclose(grown.attribute(mixed(2))[0].mean(axis=1), 0, atol=1e-5)


@every_model
def test_a_model_with_further_items_is_a_model(name: str, content: Content | None) -> None:
    grown = fitted(name, content).extended(content_of(NEW))
    again = REGISTRY[name].from_arrays(grown.arrays(), json.loads(json.dumps(grown.params())))
    assert_allclose(again.score_histories(mixed(3)), grown.score_histories(mixed(3)), **CLOSE)
    items, scores = grown.similar_items(np.array([2, 130]), 139)
    assert np.isfinite(scores).all()
    assert [sorted(row) for row in items] == [[i for i in range(140) if i != own] for own in (2, 130)]


@every_model
def test_nothing_may_come(name: str) -> None:
    model = fitted(name, content_of(OLD))
    grown = model.extended(content_of(slice(120, 120)))
    assert_allclose(grown.score_histories(READ[:3]), model.score_histories(READ[:3]), **CLOSE)


# How near the scores of new items are to those of the same items in the catalogue of the fit, unread: the
# least correlation over readers. Neighbours and popularity know nothing of unread items at any time.
# `content` is scaled by a sample of pairs, the towers' words are fitted to slightly other texts, EASE takes
# the 200 nearest texts and what was kept of the weights. The head learns from the unread items of its fit
# that readers don't choose the unread: here from a seventh of all, or from none.
ALIKE = {"content": 0.999, "tower": 0.95, "als": 0.9, "ease": 0.9, "head": 0.8}


@pytest.mark.parametrize("name", ["popularity", "item-knn", "user-knn", *ALIKE])
def test_they_are_scored_as_unread_items_of_the_fit_are(name: str) -> None:
    grown = fitted(name, content_of(OLD)).extended(content_of(NEW))
    unread = wide(READ)
    whole = REGISTRY[name](random_state=0, **SETTINGS.get(name, {})).fit(unread, content_of(slice(0, 140)))
    readers = np.flatnonzero(np.diff(READ.indptr) >= 6)[:40]
    ours, theirs = (model.score_histories(unread[readers])[:, NEW] for model in (grown, whole))
    if name in ALIKE:
        alike = [np.corrcoef(*pair)[0, 1] for pair in zip(ours, theirs, strict=True)]
        assert min(alike) >= ALIKE[name], min(alike)
        assert 0.6 < np.linalg.norm(ours) / np.linalg.norm(theirs) < 1.7
    else:
        assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", ALIKE)
def test_what_a_reader_likes_of_them_counts(name: str) -> None:
    """A reader of new papers on one theme finds the old ones of it above the others."""
    grown = fitted(name, content_of(OLD)).extended(content_of(NEW))
    of_theme = [item for item in range(N_OLD, 140) if WORLD.themes[item] == 3]
    liked = np.zeros((1, 140), dtype=np.float32)
    liked[0, of_theme] = 1
    scores = grown.score_histories(sparse.csr_matrix(liked))[0, OLD]
    same = WORLD.themes[OLD] == 3
    apart = 0.4 if name == "als" else 0.5  # by the words alone: readers said nothing of what was liked
    assert scores[same].mean() > scores[~same].mean() + apart * scores.std()


@pytest.mark.parametrize("name", ALIKE)
def test_other_terms_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="columns"):
        fitted(name, content_of(OLD)).extended(
            Content(np.ones((1, 3), np.float32), sparse.csr_matrix((1, 2), dtype=np.float32))
        )
