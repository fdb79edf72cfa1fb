"""What each part of the hybrid adds: the join learned anew without it, on the same fits and the same users.

.venv/bin/python benchmarks/ablation.py [--protocols warm,cold-item,cold-user] [--data DIR] [--seed 0]
.venv/bin/python benchmarks/ablation.py --protocols temporal --data ../shared/data/movielens-100k

Every base model is fitted once for each training set; leaving one out costs only the learning of its weights.
The last rows are about the join itself: the plain sum of all standardised scores, and weights that don't tell
fresh papers from much-read ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import without_namesakes  # noqa: F401
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import sparse

from recsys import Hybrid
from recsys.content import Content
from recsys.hybrid import JOINED
from recsys.join import Weights
from recsys.metrics import bootstrap, ndcg, recall
from recsys.models.base import Model
from recsys.splits import Split
from training.evaluation.data import LOADERS
from training.evaluation.protocols import Protocol, make_trial, training_times
from training.evaluation.recommender import lists_of

K = 20
FORMER = "item-knn"  # was part of the join once


class Frugal(Hybrid):
    """A hybrid that takes a base model from its elder siblings where one has fitted it to the same data."""

    def __init__(self, fitted: dict[tuple[str, int], Model], **settings: Any) -> None:
        super().__init__(**settings)
        self.fitted = fitted

    def _fit_models(
        self,
        matrix: sparse.csr_matrix,
        times: NDArray[Any] | None,
        content: Content | None,
        names: list[str],
        share: Callable[[int], float],
    ) -> dict[str, Model]:
        models = {}
        for name in names:
            key = (name, matrix.nnz)  # the fold and the whole differ in size, and the seed fixes both
            if key not in self.fitted:
                self.fitted |= {key: super()._fit_models(matrix, times, content, [name], share)[name]}
            models[name] = self.fitted[key]
        return models


def variants(split: Split, content: Any, times: NDArray[Any] | None, seed: int) -> list[tuple[str, Hybrid]]:
    """The hybrid, without each of its models, with one that it had once, and with simpler joins."""
    fitted: dict[tuple[str, int], Model] = {}

    def joined(models: Sequence[str]) -> Hybrid:
        return Frugal(fitted, random_state=seed, models=models).fit(split.train, content=content, times=times)

    whole = joined(JOINED)
    found = [("hybrid", whole)]
    for name in whole.terms:
        found.append((f"without {name}", joined([other for other in whole.terms if other != name])))
    found.append((f"with {FORMER}", joined((*JOINED, FORMER))))
    found.append(("plain sum", _with_weights(whole, _plain(whole.weights))))
    one = replace(whole.weights, fresh=whole.weights.read, head_start=0 * whole.weights.head_start)
    found.append(("fresh papers as others", _with_weights(whole, one)))
    return found


def _plain(weights: Weights) -> Weights:
    ones = np.ones_like(weights.read)
    return Weights(ones, ones, 0 * weights.head_start)


def _with_weights(whole: Hybrid, weights: Weights) -> Hybrid:
    changed = Hybrid.from_arrays(whole.arrays(), whole.params())
    changed.interactions, changed.weights = whole.interactions, weights
    return changed


def main() -> None:
    """Print a table for each protocol."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/citeulike-t"))
    parser.add_argument("--protocols", default="warm,cold-item,cold-user")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    protocols = [Protocol(name) for name in arguments.protocols.split(",")]
    if Protocol.PREQUENTIAL in protocols:
        parser.error("--protocols: prequential trains night after night; give one that trains once")
    dataset = LOADERS[arguments.data.resolve().name](arguments.data)
    for protocol in protocols:
        cases = make_trial(dataset, protocol, arguments.seed, (1, 5)).fits[0]
        times = training_times(dataset, protocol, cases[0].split.train)
        models = variants(cases[0].split, dataset.content, times, arguments.seed)
        for case in cases:
            table = Table(title=f"{dataset.name}, {protocol} {case.label}, seed {arguments.seed}")
            for column in ("", f"recall@{K}", "× hybrid", f"ndcg@{K}", "difference of recall (95%)"):
                table.add_column(column, justify="right" if column else "left")
            whole = np.zeros(0)
            for name, model in models:
                lists = lists_of(model, case.split, K)
                found = recall(lists, case.split.test, K)
                whole = found if name == "hybrid" else whole
                gain = bootstrap(found - whole)
                table.add_row(
                    name,
                    f"{found.mean():.4f}",
                    f"{found.mean() / whole.mean():.3f}",
                    f"{ndcg(lists, case.split.test, K).mean():.4f}",
                    "" if name == "hybrid" else f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})",
                )
            Console(width=None if Console().is_terminal else 120).print(table)


if __name__ == "__main__":
    main()
