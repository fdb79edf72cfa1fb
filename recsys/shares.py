"""The joint score taken apart: how much each paper of a history adds to it through each model.

Standardising a model's scores and weighting them is linear once the history is given, so what a paper adds to
a model's score (`Model.attribute`) goes through unchanged but for a factor. The mean that is taken off meets
the bias: papers are measured against the average item already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.join import POPULARITY, Floats, Weights, bucket, freshness
from recsys.models.base import Model
from recsys.models.sparse import Index


class Scored(NamedTuple):
    """Scores of models for histories, and how they were standardised: (score - mean) · scale.

    `parts`: float32 (n_terms, n_histories, n_items). `means`, `scales`: float32 (n_terms, n_histories); the
    scale of a model with nothing to say is 0.
    """

    parts: Floats
    means: Floats
    scales: Floats


@dataclass(frozen=True, eq=False)
class Shares:
    """What the joint scores of some items are the sum of, for one reader.

    Attributes:
        papers: float32 (n_terms, n_entries, n_items), by model and entry of the history.
        own: float32 (n_terms, n_items), what a model says of the item whatever the reader's papers.
        head_start: float32 (n_items,), what a paper with few readers has over others.
    """

    papers: Floats
    own: Floats
    head_start: Floats


def shares_of(
    models: Mapping[str, Model],
    weights: Weights,
    readers: NDArray[np.float32],
    history: sparse.csr_matrix,
    scored: Scored,
    item_rows: Index | None = None,
) -> Shares:
    """The shares of one history, (1, n_items), in the joint scores of `item_rows` (all by default).

    Args:
        models: by name, in the order of the weights' terms.
        weights: of the join.
        readers: how many chose each item, float32 (n_items,).
        history: signed.
        scored: what `Hybrid.scored` gave for it.
        item_rows: of the items that are explained.
    """
    fresh = freshness(readers if item_rows is None else readers[item_rows])
    kind = bucket(history)
    papers = np.empty((len(models), history.nnz, len(fresh)), dtype=np.float32)
    own = np.empty((len(models), len(fresh)), dtype=np.float32)
    for term, model in enumerate(models.values()):
        factor = scored.scales[term, 0] * weights.of_term(term, kind, fresh)[0]
        found = model.attribute(history, item_rows)
        np.multiply(found.papers, factor, out=papers[term])
        np.multiply(found.bias - scored.means[term, 0], factor, out=own[term])
    return Shares(papers, own, weights.head_start[kind[0]] * fresh * (POPULARITY in models))
