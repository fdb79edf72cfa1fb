"""Models that are judged: ours, and those of others by their import path."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys import Hybrid
from recsys.content import AnyContent
from recsys.errors import UserError
from recsys.splits import Times
from training.evaluation.peers.peer import Peer
from training.evaluation.protocols import Protocol
from training.evaluation.recommender import CannotDo, Lists, Recommender
from training.evaluation.spec import Role, Settings, Spec
from training.held_out import newest_of_each_reader


class Nightly(Hybrid):
    """`Hybrid` fitted as by the nightly job: the newest that each reader chose teaches the join."""

    def fit(
        self,
        interactions: sparse.csr_matrix,
        content: AnyContent = None,
        times: Times | None = None,
        held_out: NDArray[np.bool_] | None = None,
    ) -> Self:
        """See `Hybrid.fit`."""
        if held_out is None and times is not None:
            held_out = newest_of_each_reader(interactions, times, self.random_state)
        return super().fit(interactions, content, times, held_out)


def hybrid(protocol: Protocol) -> Spec:
    """Our own model with its defaults; where all events until the moment are known, fitted as by night."""
    kind = Nightly if protocol is Protocol.PREQUENTIAL else Hybrid

    def build(_settings: Settings, _members: Mapping[str, Peer], seed: int) -> Recommender:
        return kind(random_state=seed)

    return Spec("hybrid", Role.CANDIDATE, build, raw_content=True, cold_items=True)


def imported(path: str) -> Spec:
    """The model at `package.module:name`, a class or an object; modules of the working folder count.

    A class is made anew for each fit, with `random_state` if it takes one.

    Raises:
        UserError: there is nothing of that name, or it has no `fit` and `recommend`.
    """
    target: Any = _load(path)
    if not all(callable(getattr(target, method, None)) for method in ("fit", "recommend")):
        raise UserError(f"--models {path}: has no methods fit and recommend; see docs/evaluation.md")

    def build(_settings: Settings, _members: Mapping[str, Peer], seed: int) -> Recommender:
        model = target
        if inspect.isclass(target):
            model = target(**{"random_state": seed} if _takes(target, "random_state") else {})
        return Foreign(model)

    return Spec(path, Role.CANDIDATE, build, raw_content=True, cold_items=True)


class Foreign:
    """A model that isn't ours: whatever it raises is told in the table, and does not end the run."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, interactions: sparse.csr_matrix, content: Any = None, times: Times | None = None) -> Self:
        """Fit it, with the content and the times if it takes them."""
        known = {"content": content, "times": times}
        arguments = {name: value for name, value in known.items() if _takes(self.model.fit, name)}
        self._call("fit", interactions, **arguments)
        return self

    def recommend(
        self,
        user_rows: NDArray[Any],
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """Ask it for users of the training data."""
        return self._lists("recommend", user_rows, k, exclude=exclude, candidates=candidates)

    def recommend_histories(
        self,
        histories: sparse.csr_matrix,
        k: int,
        exclude: sparse.csr_matrix | None = None,
        candidates: NDArray[Any] | None = None,
    ) -> Lists:
        """Ask it for users whom it never saw."""
        if not hasattr(self.model, "recommend_histories"):
            raise CannotDo("it has no recommend_histories, so it can't answer for users whom it never saw")
        return self._lists("recommend_histories", histories, k, exclude=exclude, candidates=candidates)

    def _lists(self, method: str, *arguments: Any, **limits: Any) -> Lists:
        answer = self._call(method, *arguments, **limits)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise CannotDo(f"{method} gave no pair of items and scores")
        return answer

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(self.model, method)(*arguments, **named)
        except Exception as error:
            raise CannotDo(f"{method} raised {type(error).__name__}: {error}") from error


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:  # importing runs others' code
        why = f"{type(error).__name__}: {error}"
        raise UserError(f"--models {path}: can't be imported ({why}); give package.module:name") from None


def _takes(function: Any, name: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
