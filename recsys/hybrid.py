"""How the base models become one: a join whose weights are learned from out-of-fold predictions.

Every base model scores every item from a user's history; each user's scores are standardised per model, so
that models speak on one scale; the joint score is their weighted sum. The weights maximise the likelihood of
held-out interactions under a softmax over the whole catalogue (multinomial logit), and they depend on how
much is known of the user. Predictions are out of fold: the models that the weights are learned on have not
seen the held-out part. Stacking in the sense of Wolpert (1992), non-negative as Breiman (1996) recommends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.content import Content, as_content
from recsys.interactions import positive_part
from recsys.join import HISTORY_EDGES, bucket, combine, examples, fit_weights, prior_weights
from recsys.metrics import ndcg, recall
from recsys.models import REGISTRY
from recsys.models.base import Model
from recsys.models.sparse import row_of_each_entry
from recsys.models.topk import top_k

Progress = Callable[[str, float], None]  # what is being done, and the share done so far

NEW_ITEM = "content_new"  # the content score again, on papers that few have read yet
_NEW_ITEM_SCALE = 3.0  # interactions at which half of that extra weight is left
_HELD_OUT = 0.2
_TENSOR_BUDGET = 80_000_000  # floats of scores held while the join is learned (320 MB)
_FEWEST_EXAMPLES = 10


@dataclass(frozen=True)
class Report:
    """Held-out figures per user: model name -> metric -> float64 (n_users,), all from the same users."""

    figures: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)


class Hybrid(Model):
    """The join of content and collaborative evidence; the library's public entry point.

    Args:
        random_state: seed of everything drawn while fitting.
        models: names of base models from the registry; by default all that the data can feed.
        progress: called with what is being done and the share done.
    """

    name: ClassVar[str] = "hybrid"

    def __init__(
        self, random_state: int = 0, models: Sequence[str] | None = None, progress: Progress | None = None
    ) -> None:
        self.random_state = random_state
        self.wanted = tuple(models) if models is not None else tuple(REGISTRY)
        self.progress: Progress = progress or (lambda _what, _share: None)
        self.models: dict[str, Model] = {}
        self.weights = np.zeros((len(HISTORY_EDGES) + 1, 0), dtype=np.float32)
        self.evidence = np.zeros(0, dtype=np.float32)
        self.report = Report()

    def fit(
        self,
        interactions: sparse.csr_matrix,
        content: Content | list[str] | sparse.csr_matrix | NDArray[Any] | None = None,
        held_out: NDArray[np.bool_] | None = None,
    ) -> Self:
        """Learn the join out of fold, then fit every base model on all the data.

        Args:
            interactions: CSR (n_users, n_items); values are confidences > 0 (negative ones, dislikes, are
                read as histories but not learned from).
            content: abstracts as n_items texts, or a sparse or dense matrix (n_items, n_features), or None.
            held_out: bool (nnz,) in CSR order, the entries to learn the join from; a random fifth by default.

        Raises:
            ValueError: `held_out` is given, but the order of the interactions isn't canonical.
        """
        if held_out is not None and not interactions.has_canonical_format:
            raise ValueError("held_out goes by CSR order: call interactions.sum_duplicates() first")
        matrix = sparse.csr_matrix(interactions, dtype=np.float32, copy=True)
        matrix.sum_duplicates()
        self.interactions = matrix
        known = as_content(content, matrix.shape[1])
        names = self._feedable(matrix, known)
        steps = 2 * len(names) + 2
        weights = self._learn_join(matrix, known, names, held_out, steps)
        self.models = self._fit_models(matrix, known, names, lambda n: (len(names) + 1 + n) / steps)
        self.weights = weights
        self.evidence = _evidence(matrix)
        self.progress("done", 1.0)
        return self

    @property
    def components_names(self) -> list[str]:
        """The names of the join's terms, in the order of `components`."""
        names = list(self.models)
        return [*names, NEW_ITEM] if "content" in self.models else names

    def components(self, histories: sparse.csr_matrix) -> NDArray[np.float32]:
        """Standardised scores of every term: float32 (n_terms, n_histories, n_items)."""
        return _standardised(self.models, histories, self.evidence)

    def weights_for(self, histories: sparse.csr_matrix) -> NDArray[np.float32]:
        """The join's weights for each history by its length: float32 (n_histories, n_terms)."""
        return self.weights[bucket(histories)]

    def score_histories(
        self, histories: sparse.csr_matrix, item_rows: NDArray[Any] | None = None
    ) -> NDArray[np.float32]:
        """Joint scores, float32 (n_histories, n_items), or of `item_rows` only."""
        histories = sparse.csr_matrix(histories, dtype=np.float32)
        weights = self.weights_for(histories)
        total = combine(weights, self.components(histories))
        return total if item_rows is None else total[:, item_rows]

    def similar_items(self, item_rows: NDArray[Any], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The k nearest of each: what a reader of only that paper would see, popularity aside."""
        rows = np.asarray(item_rows)
        n_items = len(self.evidence)
        ones = np.ones(len(rows), dtype=np.float32)
        histories = sparse.csr_matrix((ones, (np.arange(len(rows)), rows)), shape=(len(rows), n_items))
        weights = self.weights_for(histories).copy()
        for term, name in enumerate(self.components_names):
            if name == "popularity":
                weights[:, term] = 0.0
        scores = combine(weights, self.components(histories))
        scores[np.arange(len(rows)), rows] = -np.inf
        return top_k(scores, k)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to score, as plain arrays, each named model/array."""
        own = {"hybrid/weights": self.weights, "hybrid/evidence": self.evidence}
        for name, model in self.models.items():
            own |= {f"{name}/{key}": value for key, value in model.arrays().items()}
        return own

    def params(self) -> dict[str, Any]:
        """Names and settings of the base models, as JSON."""
        return {
            "random_state": self.random_state,
            "models": {name: model.params() for name, model in self.models.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], params: dict[str, Any]) -> Self:
        """A hybrid that scores exactly as the one whose arrays and params these are."""
        hybrid = cls(random_state=params["random_state"], models=list(params["models"]))
        for name, settings in params["models"].items():
            prefix = f"{name}/"
            own = {key.removeprefix(prefix): a for key, a in arrays.items() if key.startswith(prefix)}
            hybrid.models[name] = REGISTRY[name].from_arrays(own, settings)
        hybrid.weights, hybrid.evidence = arrays["hybrid/weights"], arrays["hybrid/evidence"]
        return hybrid

    def _feedable(self, matrix: sparse.csr_matrix, content: Content | None) -> list[str]:
        """The wanted models that this data can feed: without readers, popularity and content remain."""
        trained = bool((matrix.data > 0).any())
        fits = {name: trained and REGISTRY[name].fits(matrix.shape[1]) for name in self.wanted}
        fits["popularity"] = "popularity" in self.wanted
        fits["content"] = "content" in self.wanted and content is not None
        return [name for name in self.wanted if fits[name]]

    def _fit_models(
        self,
        matrix: sparse.csr_matrix,
        content: Content | None,
        names: list[str],
        share: Callable[[int], float],
    ) -> dict[str, Model]:
        positive = positive_part(matrix)
        fitted: dict[str, Model] = {}
        for number, name in enumerate(names):
            self.progress(f"fitting {name}", share(number))
            fitted[name] = REGISTRY[name](random_state=self.random_state).fit(positive, content)
        return fitted

    def _learn_join(
        self,
        matrix: sparse.csr_matrix,
        content: Content | None,
        names: list[str],
        held_out: NDArray[np.bool_] | None,
        steps: int,
    ) -> NDArray[np.float32]:
        """Weights (n_buckets, n_terms), the mean of those learned on either half of the users.

        Leaves the held-out report, in which each half is judged by the weights learned on the other.
        """
        terms = [*names, NEW_ITEM] if "content" in names else names
        rng = np.random.default_rng(self.random_state)
        held = rng.random(matrix.nnz) < _HELD_OUT if held_out is None else held_out
        seen, target = _split(matrix, held & (matrix.data > 0))
        users = np.flatnonzero((np.diff(target.indptr) > 0) & (np.diff(seen.indptr) > 0))
        if len(users) < 2 * _FEWEST_EXAMPLES:
            return prior_weights(terms)
        rng.shuffle(users)
        models = self._fit_models(seen, content, names, lambda n: n / steps)
        self.progress("learning the join", len(names) / steps)
        evidence = _evidence(seen)
        most = max(_FEWEST_EXAMPLES, _TENSOR_BUDGET // (len(terms) * matrix.shape[1]))
        learned, reports = [], []
        for learn, judge in (users[::2], users[1::2]), (users[1::2], users[::2]):
            histories, targets = examples(matrix, seen, target, learn[: most // 2], rng)
            weights = fit_weights(_standardised(models, histories, evidence), histories, targets, terms)
            reports.append(_judge(models, weights, evidence, seen, target, judge[: 2 * most]))
            learned.append(weights)
        self.report = _joined(reports)
        mean: NDArray[np.float32] = np.mean(learned, axis=0, dtype=np.float32)
        return mean


def _evidence(matrix: sparse.csr_matrix) -> NDArray[np.float32]:
    """How many users touched each item, float32 (n_items,)."""
    return np.bincount(matrix.indices[matrix.data > 0], minlength=matrix.shape[1]).astype(np.float32)


def _standardised(
    models: Mapping[str, Model], histories: sparse.csr_matrix, evidence: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Each model's scores, standardised per history over all items: float32 (n_terms, n, n_items)."""
    extra = 1 if "content" in models else 0
    out = np.empty((len(models) + extra, histories.shape[0], len(evidence)), dtype=np.float32)
    for term, (name, model) in enumerate(models.items()):
        scores = model.score_histories(histories)
        scores = scores - scores.mean(axis=1, keepdims=True)
        spread = scores.std(axis=1, keepdims=True)
        np.divide(scores, spread, out=out[term], where=spread > 1e-9)
        out[term][np.broadcast_to(spread <= 1e-9, scores.shape)] = 0.0  # a model with nothing to say
        if name == "content":
            out[-1] = out[term] * (_NEW_ITEM_SCALE / (_NEW_ITEM_SCALE + evidence))
    return out


def _split(matrix: sparse.csr_matrix, held: NDArray[np.bool_]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """The matrix without and with only the held-out entries, both of the same shape."""
    rows = row_of_each_entry(matrix)
    parts = [
        sparse.csr_matrix((matrix.data[mask], (rows[mask], matrix.indices[mask])), shape=matrix.shape)
        for mask in (~held, held)
    ]
    return parts[0], parts[1]


def _judge(
    models: Mapping[str, Model],
    weights: NDArray[np.float32],
    evidence: NDArray[np.float32],
    seen: sparse.csr_matrix,
    target: sparse.csr_matrix,
    users: NDArray[np.intp],
) -> Report:
    """nDCG@20 and Recall@20 of the join and of each model, on users the join hasn't learned from."""
    lists: dict[str, list[NDArray[np.int32]]] = {name: [] for name in ("hybrid", *models)}
    for block in np.array_split(users, max(1, len(users) // 64)):
        histories = seen[block]
        scores = _standardised(models, histories, evidence)
        known = row_of_each_entry(histories), histories.indices
        joint = combine(weights[bucket(histories)], scores)
        for name, values in zip(lists, (joint, *scores), strict=False):
            values[known] = -np.inf
            lists[name].append(top_k(values, 20)[0])
    relevant = target[users]
    figures = {}
    for name, blocks in lists.items():
        items = np.vstack(blocks)
        figures[name] = {"ndcg@20": ndcg(items, relevant, 20), "recall@20": recall(items, relevant, 20)}
    return Report(figures)


def _joined(reports: Sequence[Report]) -> Report:
    """The users of several reports as those of one."""
    first = reports[0].figures
    return Report(
        {
            model: {
                metric: np.concatenate([report.figures[model][metric] for report in reports])
                for metric in first[model]
            }
            for model in first
        }
    )
