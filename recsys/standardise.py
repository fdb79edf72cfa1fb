"""Scores of several models on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.base import Model
from recsys.shares import Scored


def standardised(models: Mapping[str, Model], histories: sparse.csr_matrix, readers: NDArray[Any]) -> Scored:
    """Each model's scores, standardised per history over the items with readers, or over all if none has any.

    No item should be worth more or less for new ones that come, nor for those that a fold makes out to be so.

    Args:
        models: in the order of the result.
        histories: CSR (n, n_items).
        readers: (n_items,), how many each item has.
    """
    standard = np.flatnonzero(readers > 0) if readers.any() else np.arange(len(readers))
    out = np.empty((len(models), histories.shape[0], len(readers)), dtype=np.float32)
    means, scales = np.empty((2, *out.shape[:2]), dtype=np.float32)
    for term, model in enumerate(models.values()):
        scores = model.score_histories(histories)
        of_standard = scores.take(standard, axis=1)
        means[term] = of_standard.mean(axis=1)
        of_standard -= means[term, :, None]
        spread = np.sqrt(np.einsum("ij,ij->i", of_standard, of_standard) / max(1, len(standard)))
        says = spread > 1e-9  # a model with nothing to say scores 0
        scales[term] = np.where(says, 1 / np.where(says, spread, 1), 0)
        scores -= means[term, :, None]
        np.multiply(scores, scales[term, :, None], out=out[term])
    return Scored(out, means, scales)
