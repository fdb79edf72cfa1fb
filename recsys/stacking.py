"""Learning the join from folds: models that haven't seen what is held out tell how to weigh the whole ones.

Stacking in the sense of Wolpert, "Stacked generalization" (1992).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys.fold import Fold, beginners
from recsys.join import Examples, Weights, bucket, fit_weights, freshness, prior_weights
from recsys.join_examples import examples
from recsys.metrics import ndcg, recall
from recsys.models.base import Model
from recsys.models.sparse import blocks, readers_of, row_of_each_entry
from recsys.models.topk import top_k
from recsys.parallel import in_order
from recsys.standardise import standardised

_SCOUTED = 4  # one of as many users takes part in the first look


@dataclass(frozen=True)
class Report:
    """Held-out figures per user: model name -> metric -> float64 (n_users,), all from the same users."""

    figures: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)


def learn_join(
    folds: Iterable[tuple[Fold, Mapping[str, Model]]], rng: np.random.Generator
) -> tuple[Weights, Report]:
    """The weights that all users teach, and held-out figures of the first fold.

    Each half of the users is judged by weights learned from the other half. What a half learns from is what
    would come near the top of its lists: a first look, through some of its users and by the prior, tells what
    that is, as the prior alone would show other papers than are shown in the end.

    Args:
        folds: at least one, each with the models that were fitted on what it has seen; of the same models,
            users and items. Later ones are let go of as soon as they have taught.
        rng: draws.
    """
    each = iter(folds)
    first, models = next(each)
    halves = np.arange(first.seen.shape[0]) % 2
    halves[first.users[0::2]], halves[first.users[1::2]] = 0, 1
    terms = list(models)
    with threadpool_limits(1, "blas"):  # many small systems: threads would only wait
        scouts = replace(first, users=first.users[: -(-len(first.users) // _SCOUTED)])
        guides = [prior_weights(terms)] * 2
        guides = [fit_weights(seen, terms) for seen in _lessons(scouts, models, halves, guides, rng)]
    taught: list[list[Examples]] = [[], []]
    for fold, fitted in chain([(first, models)], each):
        with threadpool_limits(1, "blas"):
            for lessons, more in zip(taught, _lessons(fold, fitted, halves, guides, rng), strict=True):
                lessons += more
        del fitted  # before those of the next fold are there
    with threadpool_limits(1, "blas"):
        of_half = [fit_weights(lessons, terms) for lessons in taught]
        judged = [_judge(models, of_half[half], first, halves != half) for half in (0, 1)]
        weights = fit_weights([lesson for lessons in taught for lesson in lessons], terms)
    return weights, _joined(judged)


def _lessons(
    fold: Fold,
    models: Mapping[str, Model],
    halves: NDArray[np.integer],
    guides: Sequence[Weights],
    rng: np.random.Generator,
) -> list[list[Examples]]:
    """What a fold teaches through each half of the users, of the candidates that the half's guide finds."""
    terms, readers = list(models), readers_of(fold.seen)
    fresh = freshness(readers)

    def of(
        histories: sparse.csr_matrix,
        users: NDArray[np.intp],
        targets: sparse.csr_matrix,
        among: NDArray[np.bool_],
        guide: Weights,
    ) -> Examples:
        scored = lambda block: standardised(models, block, readers).parts  # noqa: E731
        return examples(scored, terms, fresh, histories, fold.seen[users], targets[users], among, guide)

    is_fresh = np.isin(np.arange(len(readers)), fold.fresh)
    finders = rng.permutation(np.flatnonzero(np.diff(fold.anew.indptr)))[: len(fold.users)]
    lessons = []
    for half, guide in enumerate(guides):
        users, found = fold.users[halves[fold.users] == half], finders[halves[finders] == half]
        some = users[::2]  # beginners made of others are fewer: they want less of EASE than the true ones
        taught = [
            of(fold.seen[users], users, fold.held, ~is_fresh, guide),
            of(beginners(fold.seen[some], rng), some, fold.held, ~is_fresh, guide),
        ]
        if len(found):
            taught.append(of(fold.seen[found], found, fold.anew, is_fresh, guide))
        lessons.append(taught)
    return lessons


def _judge(models: Mapping[str, Model], weights: Weights, fold: Fold, among: NDArray[np.bool_]) -> Report:
    """nDCG@20 and Recall@20 of the join and of each model, on users the join hasn't learned from."""
    users, readers = fold.users[among[fold.users]], readers_of(fold.seen)

    def lists(block: slice) -> list[NDArray[np.int32]]:
        histories = fold.seen[users[block]]
        scores = standardised(models, histories, readers).parts
        known = row_of_each_entry(histories), histories.indices
        best = [_best(values.copy(), known) for values in scores]
        joint = weights.contributions(bucket(histories), scores, freshness(readers), list(models)).sum(axis=0)
        return [_best(joint, known), *best]

    relevant = fold.held[users]
    found = zip(*in_order(lists, blocks(len(users), len(readers))), strict=True)
    figures = {}
    for name, parts in zip(("hybrid", *models), found, strict=True):
        items = np.vstack(parts)
        figures[name] = {"ndcg@20": ndcg(items, relevant, 20), "recall@20": recall(items, relevant, 20)}
    return Report(figures)


def _best(scores: NDArray[np.float32], known: tuple[NDArray[np.intp], NDArray[Any]]) -> NDArray[np.int32]:
    scores[known] = -np.inf
    return top_k(scores, 20)[0]


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
