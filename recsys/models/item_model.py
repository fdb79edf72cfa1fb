"""What the base models share: checked hyper-parameters, checked inputs, arrays out and in."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import csr_matrix

from recsys.content import AnyContent, Content, Floats, as_content
from recsys.models.attribution import Attribution
from recsys.models.base import Model
from recsys.models.sparse import Index, blocks, check_entries
from recsys.models.topk import Rows, top_k

NEGATIVE_WEIGHT = 0.2  # how much a dislike counts against, where a like of the same confidence counts 1 for
# What models derive when asked: it is forgotten when items come, or with a new fit.
_OF_ALL_ITEMS = ("average", "_variance_before", "_latest")
_OF_THE_FIT = ("_least", "_row_sums")


class ModelConfig(BaseModel):
    """The hyper-parameters of a model; every model has a seed, though not every model draws."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    random_state: int = Field(default=0, ge=0, lt=2**31)


class ItemModel(Model):
    """A base model. Hyper-parameters are keyword arguments, checked by the model's own `Config`.

    Raises:
        pydantic.ValidationError: an unknown or invalid hyper-parameter.
    """

    Config: ClassVar[type[ModelConfig]] = ModelConfig

    config: ModelConfig
    times: npt.NDArray[Any] | None = None  # of the interactions, for the models that care

    def __init__(self, **params: Any) -> None:
        """An unfitted model with these hyper-parameters."""
        self.config = self.Config(**params)

    def fit(
        self, interactions: csr_matrix, content: AnyContent = None, times: npt.NDArray[Any] | None = None
    ) -> Self:
        """Check the inputs and learn; see `Model.fit`."""
        check_entries("times", times, interactions)
        kept = csr_matrix(interactions, dtype=np.float32, copy=True)
        if not np.isfinite(kept.data).all() or (kept.data < 0).any():
            raise ValueError("interactions has negative or not finite values: give confidences > 0")
        n_items = kept.shape[1]
        known = as_content(content, n_items, self.config.random_state) or Content.unknown(n_items)
        kept.sum_duplicates()
        self.times = None if times is None else times[kept.data != 0]
        kept.eliminate_zeros()
        self.interactions = kept
        self._forget(*_OF_ALL_ITEMS, *_OF_THE_FIT)
        self._fit(kept, known)
        self.times = None  # read while fitting only
        return self

    def extended(self, content: Content) -> Self:
        """A copy with further items; see `Model.extended`. It has no users."""
        grown = copy.copy(self)
        grown._forget(*_OF_ALL_ITEMS)
        grown._extend(content)
        grown.interactions = csr_matrix((0, grown.n_items), dtype=np.float32)
        return grown

    def _forget(self, *derived: str) -> None:
        for name in derived:
            vars(self).pop(name, None)

    def score_histories(self, histories: csr_matrix, item_rows: Index | None = None) -> Floats:
        """Check the inputs and score; see `Model.score_histories`."""
        return self._score(*self._checked(histories, item_rows))

    def attribute(self, history: csr_matrix, item_rows: Index | None = None) -> Attribution:
        """Check the inputs and trace the scores; see `Model.attribute`."""
        if history.shape[0] != 1:
            raise ValueError(f"history has {history.shape[0]} rows: give that of one reader")
        return self._attribute(*self._checked(history, item_rows))

    def similar_items(self, item_rows: Index, k: int) -> tuple[Rows, Floats]:
        """The k items nearest to each item, best first, itself excluded; see `Model.similar_items`."""
        item_rows = np.asarray(item_rows, dtype=np.int64)
        items = np.empty((len(item_rows), k), dtype=np.int32)
        scores = np.empty((len(item_rows), k), dtype=np.float32)
        for block in blocks(len(item_rows), self.n_items):
            similarities = self._similarities(item_rows[block])
            similarities[np.arange(len(similarities)), item_rows[block]] = -np.inf
            items[block], scores[block] = top_k(similarities, k)
        return items, scores

    def params(self) -> dict[str, Any]:
        """The hyper-parameters, as JSON can hold them."""
        return self.config.model_dump(mode="json")

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], params: dict[str, Any]) -> Self:
        """The model that `arrays()` and `params()` were taken of; see `Model.from_arrays`."""
        model = cls(**params)
        model._restore(arrays)
        model.interactions = csr_matrix((0, model.n_items), dtype=np.float32)
        return model

    @property
    @abstractmethod
    def n_items(self) -> int:
        """The number of items."""

    @abstractmethod
    def _fit(self, interactions: csr_matrix, content: Content) -> None:
        """`fit` of checked inputs."""

    @abstractmethod
    def _extend(self, content: Content) -> None:
        """Put further items behind: arrays are replaced, never changed, as another model has them too."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take over what `arrays` gave."""

    @abstractmethod
    def _score(self, histories: csr_matrix, item_rows: Index | None) -> Floats:
        """`score_histories` of checked inputs."""

    def _attribute(self, history: csr_matrix, item_rows: Index | None) -> Attribution:
        """`attribute` of checked inputs: nothing is traced, unless overridden."""
        return super().attribute(history, item_rows)

    def _checked(
        self, histories: csr_matrix, item_rows: Index | None
    ) -> tuple[csr_matrix, npt.NDArray[np.int64] | None]:
        if histories.shape[1] != self.n_items:
            raise ValueError(
                f"histories are about {histories.shape[1]} items, the model about {self.n_items}"
            )
        rows = None if item_rows is None else np.asarray(item_rows, dtype=np.int64)
        ready = isinstance(histories, csr_matrix) and histories.dtype == np.float32
        return histories if ready else csr_matrix(histories, dtype=np.float32), rows

    def _similarities(self, item_rows: Index) -> Floats:
        """Similarity of these items to all: the scores of one who liked just that item, unless overridden."""
        likes = (np.ones(len(item_rows), dtype=np.float32), (np.arange(len(item_rows)), item_rows))
        return self.score_histories(csr_matrix(likes, shape=(len(item_rows), self.n_items)))


def damp_dislikes(histories: csr_matrix) -> csr_matrix:
    """The histories with their negative part weighted by `NEGATIVE_WEIGHT`, for models linear in them."""
    if not (histories.data < 0).any():
        return histories
    damped = histories.copy()
    damped.data = np.where(damped.data < 0, damped.data * np.float32(NEGATIVE_WEIGHT), damped.data)
    return damped
