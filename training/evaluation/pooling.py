"""What a model reached on all requests of a case: seeds and nights put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.metrics import Figure, bootstrap, bootstrap_ratio, macro_recall
from training.evaluation.measures import BY_REQUEST, Asked, Measured

_MACRO_RESAMPLES = 300  # each takes a pass over all hits
_MACRO_AT_ONCE = 50


@dataclass(frozen=True, eq=False)
class Pooled:
    """One model's measurements of one case, request by request in the same order for every model."""

    model: str
    parts: tuple[Measured, ...]

    @property
    def users(self) -> NDArray[np.int64]:
        """Whose each request is."""
        return np.concatenate([part.asked.users for part in self.parts])

    @property
    def history(self) -> NDArray[np.int64]:
        """How many items the user had liked, at each request."""
        return np.concatenate([part.asked.history for part in self.parts])

    def values(self, metric: str, k: int) -> NDArray[np.float64]:
        """A metric by request."""
        return np.concatenate([part.values[metric, k] for part in self.parts])

    def mean(self, metric: str, k: int) -> float:
        """The mean of a metric over the requests where it means something."""
        values = self.values(metric, k)
        return float(np.nanmean(values)) if (~np.isnan(values)).any() else float("nan")


def pool(measured: Iterable[Measured], models: Sequence[str]) -> dict[str, dict[str, Pooled]]:
    """Label -> model -> its measurements, in the order of the models."""
    found: dict[str, dict[str, list[Measured]]] = {}
    for part in measured:
        found.setdefault(part.asked.label, {}).setdefault(part.model, []).append(part)
    return {
        label: {model: Pooled(model, tuple(of_model[model])) for model in models if model in of_model}
        for label, of_model in found.items()
    }


def figures(pooled: Pooled, ks: Sequence[int]) -> dict[str, Figure]:
    """Every metric as `name@k`, with its 95% bootstrap interval over users."""
    result: dict[str, Figure] = {}
    users = pooled.users
    relevant = np.concatenate([np.diff(part.asked.test.indptr) for part in pooled.parts]).astype(np.float64)
    for k in ks:
        for metric in BY_REQUEST:
            result[f"{metric}@{k}"] = bootstrap(pooled.values(metric, k), users=users)
        found = np.concatenate([np.diff(part.found[k].indptr) for part in pooled.parts]).astype(np.float64)
        result[f"micro_recall@{k}"] = bootstrap_ratio(found, relevant, users=users)
        result[f"macro_recall@{k}"] = _macro_recall(pooled, k)
        result[f"coverage@{k}"] = _coverage(pooled.parts, k)
    return result


def _macro_recall(pooled: Pooled, k: int) -> Figure:
    """Macro recall with its interval over users, each drawn with all their requests."""
    users, place = np.unique(pooled.users, return_inverse=True)
    by_user = sparse.csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))))
    wanted = sparse.vstack([part.asked.test for part in pooled.parts]).tocsr()
    wanted.data = np.ones(wanted.nnz)
    found = sparse.vstack([part.found[k] for part in pooled.parts]).tocsr()
    mean = macro_recall(found, wanted)
    wanted, found = by_user @ wanted, by_user @ found
    rng = np.random.default_rng(0)
    chances = np.full(len(users), 1 / len(users))
    means: list[float] = []
    for _ in range(0, _MACRO_RESAMPLES, _MACRO_AT_ONCE):
        drawn = rng.multinomial(len(users), chances, size=_MACRO_AT_ONCE).astype(np.float64)
        asked = np.asarray((wanted.T @ drawn.T).T)
        shares = np.divide(
            np.asarray((found.T @ drawn.T).T), asked, out=np.zeros_like(asked), where=asked > 0
        )
        means += (shares.sum(axis=1) / (asked > 0).sum(axis=1)).tolist()
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(mean, float(low), float(high), len(users))


def _coverage(parts: Sequence[Measured], k: int) -> Figure:
    """The share of candidates shown to anybody, averaged over seeds; no interval, as it is of no user."""
    by_seed: Mapping[int, list[Measured]] = {part.asked.seed: [] for part in parts}
    for part in parts:
        by_seed[part.asked.seed].append(part)
    shares = [
        np.logical_or.reduce([part.shown[k] for part in of_seed]).sum() / _candidates(of_seed[0].asked)
        for of_seed in by_seed.values()
    ]
    nan = float("nan")
    return Figure(
        float(np.mean(shares)), nan, nan, len(np.unique(np.concatenate([p.asked.users for p in parts])))
    )


def _candidates(asked: Asked) -> int:
    return max(asked.n_candidates, 1)
