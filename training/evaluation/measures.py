"""The metrics of one model's lists on the requests of one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys import metrics
from recsys.content import Floats
from recsys.models.topk import Rows
from recsys.splits import Split

# By user (or event), in the order of the tables; all but the last two are better the higher they are.
BY_REQUEST = ("recall", "ndcg", "mrr", "map", "head_recall", "tail_recall", "novelty", "diversity")
# Of the lists as a whole.
OF_ALL = ("micro_recall", "macro_recall", "coverage")


@dataclass(frozen=True, eq=False)
class Asked:
    """The requests of a case, shared by all models.

    Attributes:
        seed: of the trial.
        label: of the case.
        users: int64 (n,), rows of the dataset.
        history: int64 (n,), how many items the user had liked.
        test: CSR (n, n_items), what should be found.
        popularity: int64 (n_items,), training interactions of each item.
        n_candidates: how many items could be ranked.
    """

    seed: int
    label: str
    users: NDArray[np.int64]
    history: NDArray[np.int64]
    test: sparse.csr_matrix
    popularity: NDArray[np.int64]
    n_candidates: int


@dataclass(frozen=True, eq=False)
class Measured:
    """What one model reached on the requests.

    Attributes:
        model: its name.
        asked: the requests.
        values: (metric, k) -> float64 (n,), nan where it means nothing.
        found: k -> CSR (n, n_items), the hits.
        shown: k -> bool (n_items,), what was shown to anybody.
    """

    model: str
    asked: Asked
    values: Mapping[tuple[str, int], NDArray[np.float64]]
    found: Mapping[int, sparse.csr_matrix]
    shown: Mapping[int, NDArray[np.bool_]]


def asked_of(split: Split, seed: int, label: str) -> Asked:
    """What the measuring needs to know of a split."""
    n_items = split.test.shape[1]
    candidates = n_items if split.candidates is None else int(split.candidates.sum())
    popularity = np.bincount(split.train.indices, minlength=n_items).astype(np.int64)
    history = np.diff(split.histories.indptr).astype(np.int64)
    return Asked(seed, label, split.users, history, split.test, popularity, candidates)


def measure(
    model: str, lists: Rows, split: Split, asked: Asked, ks: Sequence[int], vectors: Floats | None
) -> Measured:
    """All metrics of lists (n, max(ks)); `vectors` are unit rows of the items, for the diversity."""
    head = metrics.head_items(split.train)
    values: dict[tuple[str, int], NDArray[np.float64]] = {}
    found: dict[int, sparse.csr_matrix] = {}
    shown: dict[int, NDArray[np.bool_]] = {}
    for k in ks:
        items = lists[:, :k]
        found[k] = metrics.found_items(items, split.test, k)
        shown[k] = np.isin(np.arange(split.test.shape[1]), items)
        values["recall", k] = metrics.recall(items, split.test, k)
        values["ndcg", k] = metrics.ndcg(items, split.test, k)
        values["mrr", k] = metrics.reciprocal_rank(items, split.test, k)
        values["map", k] = metrics.average_precision(items, split.test, k)
        values["head_recall", k] = metrics.recall_within(found[k], split.test, head)
        values["tail_recall", k] = metrics.recall_within(found[k], split.test, ~head)
        values["novelty", k] = metrics.novelty(items, split.train)
        values["diversity", k] = (
            np.full(len(items), np.nan) if vectors is None else metrics.intra_list_diversity(items, vectors)
        )
    return Measured(model, asked, values, found, shown)
