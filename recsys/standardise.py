"""Scores of several models on one scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from recsys.models.base import Model
from recsys.shares import Scored


def standardised(
    models: Mapping[str, Model], histories: sparse.csr_matrix, n_items: int, n_fitted: int | None = None
) -> Scored:
    """Each model's scores, standardised per history over the items of the fit, by default over all."""
    fitted = slice(n_fitted)
    out = np.empty((len(models), histories.shape[0], n_items), dtype=np.float32)
    means, scales = np.empty((2, *out.shape[:2]), dtype=np.float32)
    for term, model in enumerate(models.values()):
        scores = model.score_histories(histories)
        means[term] = scores[:, fitted].mean(axis=1)
        scores -= means[term, :, None]
        of_fitted = scores[:, fitted]
        spread = np.sqrt(np.einsum("ij,ij->i", of_fitted, of_fitted) / max(1, of_fitted.shape[1]))
        says = spread > 1e-9  # a model with nothing to say scores 0
        scales[term] = np.where(says, 1 / np.where(says, spread, 1), 0)
        np.multiply(scores, scales[term, :, None], out=out[term])
    return Scored(out, means, scales)
