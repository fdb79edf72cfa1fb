"""The one routine by which every baseline finds its settings: a grid, a budget, a validation split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recsys.metrics import recall
from recsys.splits import Split
from training.evaluation.peers.peer import Peer
from training.evaluation.recommender import Recommender, lists_of
from training.evaluation.spec import Settings, Spec

LARGE_CATALOGUE = 12_000  # items


@dataclass(frozen=True)
class Tuned:
    """The settings chosen, and the mean recall of each that was tried (empty where there was no choice)."""

    settings: Settings
    tried: tuple[tuple[Settings, float], ...] = ()
    model: Recommender | None = field(
        default=None, repr=False
    )  # fitted on the validation split's training part


def tries(spec: Spec, n_items: int, budget: int) -> tuple[Settings, ...]:
    """The settings that the budget allows for: the first of the grid."""
    most = (
        budget if spec.large_budget is None or n_items <= LARGE_CATALOGUE else min(budget, spec.large_budget)
    )
    return spec.grid[: max(1, most)]


def tune(
    spec: Spec,
    validation: Sequence[Split],
    content: Any,
    members: Mapping[str, Peer],
    budget: int,
    k: int,
    seed: int,
    keep: bool,
    advance: Callable[[], None],
) -> Tuned:
    """The settings with the best Recall@k, averaged over users and then over the validation splits.

    Args:
        spec: the model.
        validation: splits that share one training part.
        content: as the model takes it.
        members: the baselines that a sum is made of, fitted on that training part.
        budget: the number of settings tried.
        k: length of the lists.
        seed: of the model.
        keep: whether the best model, as fitted here, is wanted (for sums that it is a member of).
        advance: called after each setting.
    """
    settings = tries(spec, validation[0].train.shape[1], budget)
    if len(settings) == 1 and not keep:
        return Tuned(settings[0])
    best: Recommender | None = None
    reached: list[float] = []
    for candidate in settings:
        model = spec.build(candidate, members, seed).fit(validation[0].train, content)
        reached.append(_mean_recall(model, validation, k))
        if keep and reached[-1] > max(reached[:-1], default=-1.0):
            best = model
        advance()
    chosen = settings[int(np.argmax(reached))]
    return Tuned(chosen, tuple(zip(settings, reached, strict=True)), best)


def _mean_recall(model: Recommender, validation: Sequence[Split], k: int) -> float:
    """0 where there is nobody to ask: then the first settings are taken."""
    asked = [split for split in validation if len(split.users)]
    reached = [recall(lists_of(model, split, k), split.test, k).mean() for split in asked]
    return float(np.mean(reached)) if reached else 0.0
