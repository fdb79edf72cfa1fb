"""How the base models become one: a join whose weights are learned from out-of-fold predictions.

Every base model scores every item from a user's history; each user's scores are standardised per model, so
that models speak on one scale; the joint score is their weighted sum. The weights maximise the likelihood of
held-out interactions under a softmax over the catalogue (multinomial logit), and they depend on how much is
known of the user and of the item. Predictions are out of fold: the models that the weights are learned on
have not seen the held-out part. Stacking in the sense of Wolpert (1992), non-negative as Breiman (1996)
recommends, with weights that depend on features as in Sill et al., "Feature-weighted linear stacking" (2009).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.content import AnyContent, Content, as_content
from recsys.fold import Fold, cuts_in_time, make_fold
from recsys.join import POPULARITY, Weights, bucket, freshness, prior_weights
from recsys.models import REGISTRY
from recsys.models.attribution import Attribution
from recsys.models.base import Model
from recsys.models.sparse import blocks, check_entries, positive_part, readers_of
from recsys.models.topk import top_k
from recsys.room import with_rows
from recsys.shares import Scored, shares_of
from recsys.stacking import Report, learn_join
from recsys.standardise import standardised

Progress = Callable[[str, float], None]  # what is being done, and the share done so far

JOINED = (POPULARITY, "als", "user-knn", "content", "tower", "ease", "head")
_FEWEST_EXAMPLES = 10


class Hybrid(Model):
    """The join of content and collaborative evidence; the library's public entry point.

    Args:
        random_state: seed of everything drawn while fitting.
        models: names of base models from the registry.
        progress: called with what is being done and the share done.
    """

    name: ClassVar[str] = "hybrid"

    def __init__(
        self, random_state: int = 0, models: Sequence[str] = JOINED, progress: Progress | None = None
    ) -> None:
        self.random_state = random_state
        self.wanted = tuple(models)
        self.progress: Progress = progress or (lambda _what, _share: None)
        self.models: dict[str, Model] = {}
        self.weights = prior_weights(())
        self.readers = np.zeros(0, dtype=np.float32)
        self.report = Report()

    def fit(
        self,
        interactions: sparse.csr_matrix,
        content: AnyContent = None,
        times: NDArray[Any] | None = None,
        held_out: NDArray[np.bool_] | None = None,
    ) -> Self:
        """Learn the join out of fold, then fit every base model on all the data.

        Args:
            interactions: CSR (n_users, n_items); values are confidences > 0 (negative ones, dislikes, are
                read as histories but not learned from).
            content: abstracts as n_items texts, or a sparse or dense matrix (n_items, n_features), or None.
            times: (nnz,) in CSR order, when each was chosen, in any unit: with them, what is popular is what
                is popular now, and the join is learned from cuts in time if enough users are on both sides.
                Leave them out where the future isn't what is asked for.
            held_out: bool (nnz,) in CSR order, the entries to learn the join from instead; a random fifth by
                default. Those of a sample of the users are taken.

        Raises:
            ValueError: `held_out` or `times` is given, but not one for each interaction, or the order of the
                interactions isn't canonical.
        """
        check_entries("times", times, interactions)
        check_entries("held_out", held_out, interactions)
        matrix = sparse.csr_matrix(interactions, dtype=np.float32, copy=True)
        matrix.sum_duplicates()
        self.interactions = matrix
        known = as_content(content, matrix.shape[1], self.random_state)
        names = self._feedable(matrix, known)
        rng = np.random.default_rng(self.random_state)
        folds = cuts_in_time(matrix, times, rng) if held_out is None and times is not None else []
        folds = folds or [make_fold(matrix, held_out, known is not None, rng)]
        a_fit = len(names) + 1  # steps of the progress: each model, and what is made of them
        steps = (len(folds) + 1) * a_fit

        def fitted(n: int, matrix: sparse.csr_matrix, times: NDArray[Any] | None) -> dict[str, Model]:
            return self._fit_models(matrix, times, known, names, lambda model: (n * a_fit + model) / steps)

        def with_models() -> Iterator[tuple[Fold, dict[str, Model]]]:
            for n, fold in enumerate(folds):
                yield fold, fitted(n, fold.seen, None if times is None else times[fold.stays])
                self.progress("learning the join", (n * a_fit + len(names)) / steps)

        if len(folds[0].users) < 2 * _FEWEST_EXAMPLES:
            weights = prior_weights(names)
        else:
            weights, self.report = learn_join(with_models(), rng)
        self.models = fitted(len(folds), matrix, times)
        self.weights, self.readers = weights, readers_of(matrix)
        self.progress("done", 1.0)
        return self

    def extended(self, content: Content) -> Self:
        """The same with further items, scored as those that nobody had chosen; see `Model.extended`."""
        grown = copy.copy(self)
        grown.models = {name: model.extended(content) for name, model in self.models.items()}
        grown.readers = with_rows(self.readers, np.zeros(content.n_items))
        grown.interactions = sparse.csr_matrix((0, len(grown.readers)), dtype=np.float32)
        return grown

    @property
    def terms(self) -> list[str]:
        """The names of the models, in the order of `contributions`."""
        return list(self.models)

    def contributions(self, histories: sparse.csr_matrix) -> NDArray[np.float32]:
        """What each model adds to the joint scores: float32 (n_terms, n_histories, n_items)."""
        return self.scored(histories).parts

    def scored(self, histories: sparse.csr_matrix) -> Scored:
        """`contributions`, and how each model's scores were standardised."""
        scores, means, scales = standardised(self.models, histories, self.readers)
        fresh = freshness(self.readers)
        parts = self.weights.contributions(bucket(histories), scores, fresh, self.terms)
        return Scored(parts, means, scales)

    def attribute(self, history: sparse.csr_matrix, item_rows: NDArray[Any] | None = None) -> Attribution:
        """Which paper of one history a joint score comes from; see `Model.attribute`."""
        row = sparse.csr_matrix(history, dtype=np.float32)
        shares = shares_of(self.models, self.weights, self.readers, row, self.scored(row), item_rows)
        return Attribution(shares.papers.sum(axis=0), shares.own.sum(axis=0) + shares.head_start)

    def score_histories(
        self, histories: sparse.csr_matrix, item_rows: NDArray[Any] | None = None
    ) -> NDArray[np.float32]:
        """Joint scores, float32 (n_histories, n_items), or of `item_rows` only."""
        total = self._sum(sparse.csr_matrix(histories, dtype=np.float32))
        return total if item_rows is None else total[:, item_rows]

    def similar_items(self, item_rows: NDArray[Any], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The k nearest of each: what a reader of only that paper would see, popularity aside."""
        rows = np.asarray(item_rows)
        ones = np.ones(len(rows), dtype=np.float32)
        shape = (len(rows), len(self.readers))
        scores = self._sum(sparse.csr_matrix((ones, (np.arange(len(rows)), rows)), shape=shape), {POPULARITY})
        scores[np.arange(len(rows)), rows] = -np.inf
        return top_k(scores, k)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to score, as plain arrays, each named model/array."""
        own = {f"hybrid/{name}": getattr(self.weights, name) for name in ("read", "fresh", "head_start")}
        own["hybrid/readers"] = self.readers
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
        hybrid.weights = Weights(*(arrays[f"hybrid/{name}"] for name in ("read", "fresh", "head_start")))
        hybrid.readers = arrays["hybrid/readers"]
        return hybrid

    def _sum(self, histories: sparse.csr_matrix, without: Collection[str] = ()) -> NDArray[np.float32]:
        kept = [number for number, name in enumerate(self.terms) if name not in without]
        total = np.empty((histories.shape[0], len(self.readers)), dtype=np.float32)
        for block in blocks(histories.shape[0], len(self.readers) * max(1, len(self.models))):
            total[block] = self.contributions(histories[block])[kept].sum(axis=0)
        return total

    def _feedable(self, matrix: sparse.csr_matrix, content: Content | None) -> list[str]:
        """The wanted models that this data can feed: without readers, popularity and content remain."""
        fits = dict.fromkeys(self.wanted, bool((matrix.data > 0).any()))
        fits[POPULARITY] = True
        fits["content"] = content is not None
        return [name for name in self.wanted if fits[name]]

    def _fit_models(
        self,
        matrix: sparse.csr_matrix,
        times: NDArray[Any] | None,
        content: Content | None,
        names: list[str],
        share: Callable[[int], float],
    ) -> dict[str, Model]:
        positive, of_likes = positive_part(matrix), None if times is None else times[matrix.data > 0]
        fitted: dict[str, Model] = {}
        for number, name in enumerate(names):
            self.progress(f"fitting {name}", share(number))
            fitted[name] = REGISTRY[name](random_state=self.random_state).fit(positive, content, of_likes)
        return fitted
