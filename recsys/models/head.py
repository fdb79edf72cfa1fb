"""A reader as a Bayesian linear head over features that all share, its prior learned from the population."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.linalg import cho_solve, solve_triangular
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recsys.content import Content, Floats, unit_csr
from recsys.models.attribution import Attribution, by_vectors, mean_row
from recsys.models.growth import of_width
from recsys.models.item_model import NEGATIVE_WEIGHT, ItemModel, ModelConfig
from recsys.models.sparse import Arrays, Index, readers_of
from recsys.models.svd import right_singular_vectors
from recsys.models.tower import tower_features
from recsys.room import with_rows

Doubles = npt.NDArray[np.floating[Any]]  # float64, as numpy's linear algebra types it

_ARRAYS = ("features", "sizes", "words", "means", "shares", "precision", "gram")
_JITTER = 1e-3  # of a prior's variance: no direction is ever taken to be certain


class HeadConfig(ModelConfig):
    """`alpha` is the confidence that one unit of interaction adds to the 1 that every pair has.

    `readers` of the training data teach the prior, in `rounds` of expectation-maximisation, for `groups` of
    like-minded readers.
    """

    factors: int = Field(default=96, ge=1, le=1024)
    text_factors: int = Field(default=32, ge=0, le=1024)
    alpha: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    dislike: float = Field(default=NEGATIVE_WEIGHT, ge=0, allow_inf_nan=False)
    groups: int = Field(default=8, ge=1, le=256)
    readers: int = Field(default=1_000, ge=1)
    rounds: int = Field(default=3, ge=1)


class Belief(NamedTuple):
    """What is believed of one reader's weights: `mean` float64 (d,), `covariance` float64 (d, d)."""

    mean: Doubles
    covariance: Doubles


class _Posterior(NamedTuple):
    """`factor`: lower Cholesky (d, d) of the precision; `said`: what each paper adds (n, d); `mean`: (d,)."""

    factor: Doubles
    said: Doubles
    mean: Doubles


class Head(ItemModel):
    """Scores by the posterior mean of w · features of the item.

    A reader's weights w have a Gaussian prior; each paper of the history is an observation of w · features,
    1 for a liked and -1 for a disliked one, with a confidence; every other pair is one of 0 with confidence 1
    (Hu, Koren and Volinsky 2008). The posterior is closed-form and needs sums over the history only, so the
    order of events, repeats and undos can't matter. Prior means (one for each group of readers) and the
    covariance are learned from the population by expectation-maximisation: readers of whom little is known
    borrow from those who began alike. Features are singular vectors of who reads what and of the texts, how
    much a paper is read, and whether at all.
    """

    name = "head"
    Config = HeadConfig

    config: HeadConfig
    features: Floats
    sizes: Floats
    words: Floats
    means: Doubles
    shares: Doubles
    precision: Doubles
    gram: Doubles
    _latest: tuple[tuple[bytes, bytes], _Posterior] | None = None

    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        self.features, self.sizes, self.words = _features(interactions, content, self.config)
        features = self.features.astype(np.float64)
        self.gram = features.T @ features
        d = features.shape[1]
        self.means, self.shares = np.zeros((1, d)), np.ones(1)
        self.precision = np.eye(d) * max(1.0, float(np.trace(self.gram)) / d * 0.1)
        rng = np.random.default_rng(self.config.random_state)
        active = np.flatnonzero(np.diff(interactions.indptr))
        sample = interactions[np.sort(rng.permutation(active)[: self.config.readers])]
        if sample.shape[0] >= 2:
            with threadpool_limits(1, "blas"):  # thousands of small systems: threads would only wait
                self._learn_prior(sample)

    def _learn_prior(self, histories: csr_matrix) -> None:
        """Expectation-maximisation; groups by k-means on what single readers are believed to be."""
        from sklearn.cluster import KMeans  # serving doesn't need it

        n, d = histories.shape[0], self.features.shape[1]
        means = np.zeros((n, d))
        for number in range(self.config.rounds):
            spread = np.zeros((d, d))
            for row in range(n):
                means[row], covariance = self.belief(histories[row])
                spread += covariance
            groups = min(self.config.groups, n // 50)
            if number == 0 or groups < 2:
                members = np.zeros(n, dtype=np.intp)
            else:
                members = KMeans(groups, n_init=1, random_state=self.config.random_state).fit_predict(means)
            sizes = np.bincount(members)
            self.means = np.stack([means[members == group].mean(axis=0) for group in range(len(sizes))])
            self.shares = sizes / n
            off = means - self.means[members]
            covariance = (off.T @ off + spread) / n
            covariance += _JITTER * np.trace(covariance) / d * np.eye(d)
            self.precision = np.linalg.inv(covariance)

    def belief(self, history: csr_matrix) -> Belief:
        """What is believed of the reader with this history, a CSR row of signed confidences."""
        known = self._posterior(history)
        covariance = cho_solve((known.factor, True), np.eye(len(known.mean)), check_finite=False)
        return Belief(known.mean, covariance)

    def doubt(self, history: csr_matrix, item_rows: Index) -> Floats:
        """How much of the variance that an item's score had before any event is left, float32 (n,), 0 to 1.

        Args:
            history: a CSR row of signed confidences.
            item_rows: of the items.
        """
        before = self._variance_before[item_rows]
        now = _variance(self.features[item_rows], self._remembered(history).factor)
        return np.asarray(now / np.where(before > 0, before, 1), dtype=np.float32)

    @cached_property
    def _variance_before(self) -> Doubles:
        """Of each item's score, before any event of a reader: float64 (n_items,)."""
        return _variance(self.features, np.linalg.cholesky(self.precision + self.gram))

    def _remembered(self, history: csr_matrix) -> _Posterior:
        """`_posterior`, the latest kept: an answer scores, doubts and explains by the same one."""
        key = history.indices.tobytes(), history.data.tobytes()
        latest = self._latest
        if latest is None or latest[0] != key:
            self._latest = latest = key, self._posterior(history)
        return latest[1]

    def _posterior(self, history: csr_matrix) -> _Posterior:
        """What the history leaves to believe: one Cholesky factor, and by it all else."""
        seen = self.features[history.indices].astype(np.float64)
        strength = np.abs(history.data.astype(np.float64)) * self.config.alpha
        value = np.where(history.data > 0, 1.0 + strength, -self.config.dislike * strength)
        factor = np.linalg.cholesky(self.precision + self.gram + (seen.T * strength) @ seen)
        said = value[:, None] * seen
        before = self.means @ self.precision
        evidence = before + said.sum(axis=0)
        of_groups = cho_solve((factor, True), evidence.T, check_finite=False).T
        log_odds = np.log(self.shares) + 0.5 * (
            np.einsum("gd,gd->g", of_groups, evidence) - np.einsum("gd,gd->g", before, self.means)
        )
        odds = np.exp(log_odds - log_odds.max())
        return _Posterior(factor, said, odds / odds.sum() @ of_groups)

    def _extend(self, content: Content) -> None:
        known = of_width(tower_features(content), len(self.words))
        by_readers = np.zeros((content.n_items, self.config.factors), dtype=np.float32)
        columns = _columns(by_readers, np.asarray(known @ self.words), np.zeros(content.n_items, np.float32))
        self.features = with_rows(self.features, columns / self.sizes)

    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        features = self.features if item_rows is None else self.features[item_rows]
        means = np.zeros((histories.shape[0], features.shape[1]), dtype=np.float32)
        for row, length in enumerate(np.diff(histories.indptr)):
            means[row] = self._remembered(histories[row]).mean if length else self.shares @ self.means
        scores: Floats = means @ features.T
        return scores

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        features = self.features if item_rows is None else self.features[item_rows]
        everyone = self.shares @ self.means
        each = np.zeros((history.nnz, len(everyone)))
        if history.nnz:
            known = self._remembered(history)
            each = cho_solve((known.factor, True), known.said.T, check_finite=False).T
            # Together the papers also say how far the reader is from everyone: to each its part of that.
            part = np.abs(history.data) / np.abs(history.data).sum()
            each = each + part[:, None] * (known.mean - each.sum(axis=0) - everyone)
        biases = features @ everyone.astype(np.float32)
        return by_vectors(each.astype(np.float32), features, self.average, biases)

    @cached_property
    def average(self) -> Floats:
        """The mean of the items' features, float32 (d,)."""
        return mean_row(self.features)

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.features)

    def arrays(self) -> Arrays:
        """`features`: float32 (n_items, d); the prior as float64: `means`, `shares`, `precision`; `gram`.

        And by which further items have features: `words`, (n_terms, text_factors), and `sizes`, (d,).
        """
        return {name: getattr(self, name) for name in _ARRAYS}

    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        for name in _ARRAYS:
            setattr(self, name, arrays[name])


def _variance(features: Floats, factor: Doubles) -> Doubles:
    """Of each score, features (n, d) · weights, `factor` the Cholesky of their precision: float64 (n,)."""
    spread = solve_triangular(factor, features.T.astype(np.float64), lower=True, check_finite=False)
    variance: Doubles = np.einsum("dn,dn->n", spread, spread)
    return variance


def _features(
    interactions: csr_matrix, content: Content, config: HeadConfig
) -> tuple[Floats, Floats, Floats]:
    """What all readers' weights are about, float32 (n_items, d); each column of unit mean square.

    With the `sizes` (d,) that the columns were divided by, and the vectors of the `words`, (n_terms,
    text_factors), whose sum over an item's terms is what its text says.
    """
    readers = readers_of(interactions)
    by_readers = right_singular_vectors(unit_csr(interactions), config.factors, config.random_state)
    known = tower_features(content)
    by_text = right_singular_vectors(csr_matrix(known.T), config.text_factors, config.random_state)
    along = np.asarray(known.T @ by_text)  # the terms' singular vectors times the singular values
    squares = (along**2).sum(axis=0)
    words = along / np.where(squares > 0, squares, 1)
    columns = _columns(by_readers, by_text, readers)
    size = np.sqrt((columns**2).sum(axis=0) / max(1, len(columns))).astype(np.float32)
    size[size == 0] = 1
    return columns / size, size, words.astype(np.float32)


def _columns(by_readers: Floats, by_text: Floats, readers: Floats) -> Floats:
    """Who reads each item, what its text says, how much it is read, whether at all; and 1."""
    ones = np.ones(len(readers), dtype=np.float32)
    return np.column_stack([by_readers, by_text, np.log1p(readers), readers == 0, ones]).astype(np.float32)
