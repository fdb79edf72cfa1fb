"""Content in its several forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from recsys import content as content_module
from recsys.content import Content, as_content, unit_rows

TEXTS = ["Graph neural networks", "graph theory of graphs", "protein folding", "", "the of and"]


def norms(known: Content) -> np.ndarray:
    return np.linalg.norm(known.embeddings, axis=1)


def test_texts_become_the_terms_of_scikit_learn() -> None:
    texts = [f"{TEXTS[i % 3]} topic{i % 7} only{i}" for i in range(150)]
    known = as_content(texts, 150)
    assert known is not None
    assert known.terms is not None
    expected = TfidfVectorizer(sublinear_tf=True, min_df=2, stop_words="english").fit_transform(texts)
    assert_allclose(known.terms.toarray(), expected.toarray(), rtol=1e-5)
    assert known.embeddings.shape[1] == min(content_module.LSA_DIMENSIONS, expected.shape[1])
    assert_allclose(norms(known), 1, rtol=1e-5)


def test_full_lsa_keeps_the_cosines_of_the_terms() -> None:
    known = as_content(TEXTS, 5)
    assert known is not None
    assert known.terms is not None
    cosines = (known.terms @ known.terms.T).toarray()
    assert_allclose(known.embeddings @ known.embeddings.T, cosines, atol=1e-5)
    assert cosines[0, 1] > 0.1 > cosines[0, 2]


def test_empty_texts_are_zero_rows() -> None:
    known = as_content(TEXTS, 5)
    assert known is not None
    assert known.terms is not None
    assert_array_equal(norms(known)[3:], [0, 0])
    assert_array_equal(np.diff(known.terms.indptr)[3:], [0, 0])


@pytest.mark.parametrize("texts", [[], [""], ["the"], ["one word"], ["", "", ""]])
def test_next_to_nothing(texts: list[str]) -> None:
    known = as_content(texts, len(texts))
    assert known is not None
    assert known.n_items == len(texts)
    assert np.isfinite(known.embeddings).all()


def test_counts_are_weighted_as_texts_are_and_weights_are_kept() -> None:
    counts = csr_matrix([[2, 1, 0], [1, 0, 3], [0, 0, 0]])
    known = as_content(counts, 3)
    assert known is not None
    assert known.terms is not None
    tf = np.where(counts.toarray() > 0, 1 + np.log(np.maximum(counts.toarray(), 1)), 0)
    idf = 1 + np.log(4 / (1 + np.array([2, 1, 1])))
    assert_allclose(known.terms.toarray(), unit_rows((tf * idf).astype(np.float32)), rtol=1e-5)
    weights = csr_matrix([[0.2, 0.1, 0], [0, 0, 3.0]])
    kept = as_content(weights, 2)
    assert kept is not None
    assert kept.terms is not None
    assert_allclose(kept.terms.toarray(), unit_rows(weights.toarray().astype(np.float32)), rtol=1e-5)


def test_dense_features_are_embeddings_only() -> None:
    known = as_content(np.array([[3, 4], [0, 0]]), 2)
    assert known is not None
    assert known.terms is None
    assert_allclose(known.embeddings, [[0.6, 0.8], [0, 0]], rtol=1e-6)


def test_what_is_content_already_stays() -> None:
    known = Content(np.zeros((2, 3), dtype=np.float32))
    assert as_content(known, 2) is known
    assert as_content(None, 2) is None


def test_only_the_most_frequent_terms_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_module, "MAX_TERMS", 2)
    known = as_content(csr_matrix([[1, 5, 0, 2], [0, 0, 1, 0]]), 2)
    assert known is not None
    assert known.terms is not None
    assert (known.terms.toarray() > 0).tolist() == [[True, True], [False, False]]


def test_bad_content_is_refused() -> None:
    with pytest.raises(ValueError, match="1 rows for 2 items"):
        as_content(["one"], 2)
    with pytest.raises(ValueError, match="dimensions"):
        as_content(np.zeros(3), 3)
    with pytest.raises(ValueError, match="not finite"):
        as_content(np.array([[np.inf]]), 1)
    with pytest.raises(ValueError, match="negative"):
        as_content(csr_matrix([[-1.0]]), 1)
    with pytest.raises(ValueError, match=r"content\.terms has 1 rows"):
        Content(np.zeros((2, 1), dtype=np.float32), terms=csr_matrix((1, 1)))


@settings(max_examples=50)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_texts(texts: list[str]) -> None:
    known, again = as_content(texts, len(texts)), as_content(list(texts), len(texts))
    assert known is not None
    assert again is not None
    assert np.isfinite(known.embeddings).all()
    assert_array_equal(known.embeddings, again.embeddings)
    assert set(np.round(norms(known), 4)) <= {0.0, 1.0}
