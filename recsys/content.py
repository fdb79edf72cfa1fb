"""What papers say, as arrays: embeddings, TF-IDF terms and side features, one row per item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csr_matrix

from recsys.vocabulary import Vocabulary

Floats = npt.NDArray[np.float32]

LSA_DIMENSIONS = 128
MAX_TERMS = 50_000
SMALL_CORPUS = 100  # up to this many items, a term of one single item counts as well


@dataclass(frozen=True, eq=False)
class Content:
    """The content of a catalogue, one row per item; an item about which nothing is known has zero rows.

    Attributes:
        embeddings: float32 (n_items, d), every row of L2 norm 1 or 0.
        terms: float32 CSR (n_items, n_terms) of TF-IDF weights, rows likewise; None where there is no text.
        features: float32 CSR (n_items, n_features) of binary side features such as topics, or None.

    Raises:
        ValueError: the parts differ in their number of items.
    """

    embeddings: Floats
    terms: csr_matrix | None = None
    features: csr_matrix | None = None

    def __post_init__(self) -> None:
        """Check that the parts are of the same items."""
        for name in ("terms", "features"):
            part = getattr(self, name)
            if part is not None and part.shape[0] != self.n_items:
                raise ValueError(f"content.{name} has {part.shape[0]} rows, embeddings {self.n_items}")

    @classmethod
    def unknown(cls, n_items: int) -> Self:
        """That of items about which nothing is known."""
        return cls(np.zeros((n_items, 0), dtype=np.float32))

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.embeddings)


# The forms in which users have it: texts, counts or weights of terms, dense features, or nothing.
AnyContent: TypeAlias = Content | Sequence[str] | csr_matrix | npt.NDArray[Any] | None


def as_content(content: AnyContent, n_items: int, random_state: int = 0) -> Content | None:
    """Content in any of the forms that users have it in.

    Texts and sparse counts become TF-IDF terms and their latent semantic analysis; sparse weights that
    are not whole numbers are taken to be TF-IDF already; dense features become embeddings only.

    Raises:
        ValueError: not one row per item, not 2-dimensional, or a value that is not finite (or, in a sparse
            matrix, negative).
    """
    if content is None or isinstance(content, Content):
        found = content
    elif sparse.issparse(content):
        found = _from_terms(_weighted(csr_matrix(content, dtype=np.float32)), random_state)
    elif isinstance(content, np.ndarray) and content.dtype.kind in "fiub":
        found = Content(unit_rows(_dense(content)))
    else:
        found = _from_terms(text_terms([str(text) for text in content])[0], random_state)
    if found is not None and found.n_items != n_items:
        raise ValueError(f"content has {found.n_items} rows for {n_items} items: give one row per item")
    return found


def text_terms(texts: Sequence[str]) -> tuple[csr_matrix, Vocabulary]:
    """The TF-IDF terms of texts: float32 CSR (n_texts, n_terms), rows of norm 1, or 0 if wordless.

    With the vocabulary by which `Vocabulary.terms` gives further texts the same.
    """
    counts, words = _counts(list(texts))
    terms, kept, idf = _tf_idf(counts)
    return terms, Vocabulary([words[column] for column in kept], idf)


def unit_rows(matrix: Floats) -> Floats:
    """The rows scaled to L2 norm 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Floats = np.divide(matrix, norms, out=np.zeros_like(matrix), where=norms > 0)
    return unit


def _dense(features: npt.NDArray[np.generic]) -> Floats:
    matrix = np.asarray(features, dtype=np.float32)
    if matrix.ndim != 2:
        raise ValueError(f"content has {matrix.ndim} dimensions: give (n_items, n_features)")
    if not np.isfinite(matrix).all():
        raise ValueError("content has values that are not finite: replace them by 0")
    return matrix


def _counts(texts: list[str]) -> tuple[csr_matrix, Sequence[str]]:
    # Slow to import, and serving needs none of it.
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english", dtype=np.float32)
    analyze = vectorizer.build_analyzer()
    if not any(analyze(text) for text in texts):  # the vectorizer refuses an empty vocabulary
        return csr_matrix((len(texts), 0), dtype=np.float32), ()
    counts = vectorizer.fit_transform(texts).tocsr()
    return counts, vectorizer.get_feature_names_out().tolist()


def _weighted(matrix: csr_matrix) -> csr_matrix:
    if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
        raise ValueError("sparse content has negative or not finite values: give counts or TF-IDF weights")
    whole_numbers = bool((matrix.data == np.floor(matrix.data)).all())
    return _tf_idf(matrix)[0] if whole_numbers else unit_csr(matrix)


def _tf_idf(counts: csr_matrix) -> tuple[csr_matrix, npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Sublinear TF-IDF of the terms that several items share, the `MAX_TERMS` most frequent of them.

    With the columns that these are, and what each weighs.
    """
    present = counts > 0
    document_frequency = np.asarray(present.sum(axis=0)).ravel()
    kept = np.flatnonzero(document_frequency >= (1 if counts.shape[0] <= SMALL_CORPUS else 2))
    if len(kept) > MAX_TERMS:
        totals = np.asarray(counts.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[np.argsort(-totals, kind="stable")[:MAX_TERMS]])
    tf = csr_matrix(counts[:, kept], dtype=np.float32, copy=True)
    tf.eliminate_zeros()
    tf.data = 1 + np.log(tf.data)
    idf = 1 + np.log((1 + counts.shape[0]) / (1 + document_frequency[kept]))
    return unit_csr(csr_matrix(tf.multiply(idf[None, :].astype(np.float32)))), kept, idf


def unit_csr(matrix: csr_matrix) -> csr_matrix:
    """As `unit_rows`, of a sparse matrix."""
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float32)).ravel()
    scale = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
    return csr_matrix(sparse.diags(scale) @ matrix, dtype=np.float32)


def _from_terms(terms: csr_matrix, random_state: int) -> Content:
    """Terms with their latent semantic analysis (Deerwester et al. 1990) as the embeddings."""
    from sklearn.utils.extmath import randomized_svd

    dimensions = min(LSA_DIMENSIONS, *terms.shape)
    if dimensions == 0 or terms.nnz == 0:
        return Content(np.zeros((terms.shape[0], 1), dtype=np.float32), terms)
    left, singular, _ = randomized_svd(terms, dimensions, random_state=random_state)
    return Content(unit_rows(np.asarray(left * singular, dtype=np.float32)), terms)
