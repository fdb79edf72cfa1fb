"""Which paper of a history a score comes from, for models that are sums over the history.

Parts are measured against the average item of the catalogue: a paper's part is how much more it speaks for
one item than for the average one. So > 0 speaks for and < 0 against. For a linear model these are the SHAP
values with the catalogue as the background (Lundberg and Lee, "A unified approach to interpreting model
predictions", NIPS 2017).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.content import Floats
from recsys.models.sparse import Index, dense_columns


class Attribution(NamedTuple):
    """The score of item j is papers[:, j].sum() + bias[j].

    `papers`: float32 (n_entries, n_items), a row for each entry of the history in stored order. `bias`:
    float32 (n_items,), what no single paper brings: the item's own, the average item's score, and all that
    the model can't trace.
    """

    papers: Floats
    bias: Floats


def by_vectors(each: Floats, vectors: Floats, average: Floats, biases: Floats) -> Attribution:
    """Of scores that are reader · item + bias.

    Args:
        each: float32 (n_entries, d), what each entry adds to the reader's vector.
        vectors: float32 (n_items, d), of the items that are scored.
        average: float32 (d,), the mean over all items of the catalogue.
        biases: float32 (n_items,), of those that are scored.
    """
    papers: Floats = each @ (vectors - average).T
    return Attribution(papers, biases + each.sum(axis=0) @ average)


def by_sums(history: csr_matrix, items: csr_matrix, averages: Floats, item_rows: Index | None) -> Attribution:
    """Of scores that are history · items.

    Args:
        history: CSR (1, n_items).
        items: CSR (n_items, n_items), what a unit of each item in a history says of all.
        averages: float32 (n_items,), of what each says.
        item_rows: of the items that are scored.
    """
    weights = history.data[:, None]
    papers = dense_columns(items[history.indices], item_rows) * weights
    return against_average(papers, averages[history.indices] * history.data)


def against_average(papers: Floats, averages: Floats) -> Attribution:
    """Of scores that are sums of what each entry says, less what it says of the average item.

    Args:
        papers: float32 (n_entries, n_items), of the items that are scored.
        averages: float32 (n_entries,), over all items of the catalogue.
    """
    bias = np.full(papers.shape[1], averages.sum(), dtype=np.float32)
    return Attribution(papers - averages[:, None], bias)


def over_length(each: Floats | csr_matrix) -> Any:
    """The rows over the length of their sum, so that they sum to a vector of norm 1; zeros if it is 0."""
    length = np.linalg.norm(each.sum(axis=0))
    return each * np.float32(1 / length if length > 0 else 0)


def mean_row(vectors: Floats | csr_matrix) -> Floats:
    """The mean of vectors (n, d), float32 (d,): zeros of none."""
    mean: Floats = np.asarray(vectors.sum(axis=0), dtype=np.float32).ravel() / np.float32(
        max(1, vectors.shape[0])
    )
    return mean


def mean_of_rows(items: csr_matrix) -> Floats:
    """The mean value of each row, float32 (n,)."""
    sums: Floats = np.asarray(items.sum(axis=1), dtype=np.float32).ravel()
    return sums / np.float32(max(1, items.shape[1]))
