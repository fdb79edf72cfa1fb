"""Where the challenger is worse than the best baseline: by history, popularity, topic and age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.comparison import compare, holm
from training.evaluation.data import Dataset, Groups
from training.evaluation.measures import Measured
from training.evaluation.pooling import Pooled

FEWEST_USERS = 20  # a slice of fewer says nothing
WORST = 10
_TOPICS = 40  # the topics with the most test interactions
_FAMILY_ERROR = 0.05
EDGES = (1, 3, 6, 11, 21, 51)
AGE_EDGES = (1, 2, 4, 7, 11, 21)


@dataclass(frozen=True, slots=True)
class Slice:
    """Recall of both on a part of the test; intervals hold together at 95% (Bonferroni), p by Holm."""

    kind: str
    name: str
    users: int
    interactions: int
    challenger: float
    baseline: float
    difference: float
    low: float
    high: float
    p_adjusted: float


@dataclass(frozen=True, eq=False)
class _Part:
    kind: str
    name: str
    interactions: int
    challenger: NDArray[np.float64]
    baseline: NDArray[np.float64]


def slices(challenger: Pooled, baseline: Pooled, dataset: Dataset, k: int) -> list[Slice]:
    """All slices with enough users, the worst for the challenger first."""
    users = challenger.users
    parts = [
        part
        for part in (
            *_by_history(challenger, baseline, k),
            *_by_items(challenger, baseline, k, dataset),
        )
        if len(np.unique(users[~np.isnan(part.challenger)])) >= FEWEST_USERS
    ]
    if not parts:
        return []
    level = 1 - _FAMILY_ERROR / len(parts)
    compared = [compare(part.challenger, part.baseline, users, level) for part in parts]
    adjusted = holm([found.p for found in compared])
    result = [
        Slice(
            kind=part.kind,
            name=part.name,
            users=found.users,
            interactions=part.interactions,
            challenger=float(np.nanmean(part.challenger)),
            baseline=float(np.nanmean(part.baseline)),
            difference=found.difference,
            low=found.low,
            high=found.high,
            p_adjusted=p,
        )
        for part, found, p in zip(parts, compared, adjusted, strict=True)
    ]
    return sorted(result, key=lambda one: (one.difference, one.kind, one.name))


def worst(found: list[Slice]) -> list[Slice]:
    """The (at most ten) slices on which the challenger is worst, of those where it is worse at all."""
    return [one for one in found if one.difference < 0][:WORST]


def bucket_names(edges: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the buckets that edges make of whole numbers from 0.

    >>> bucket_names((1, 3))
    ('0', '1-2', '3 or more')
    """
    starts, ends = (0, *edges), (*edges, None)
    return tuple(
        f"{start} or more" if end is None else str(start) if end == start + 1 else f"{start}-{end - 1}"
        for start, end in zip(starts, ends, strict=True)
    )


def by_popularity(part: Measured) -> Groups:
    """Items by their training interactions."""
    return _buckets(part.asked.popularity, EDGES)


def recall_of_groups(pooled: Pooled, k: int, groups: list[Groups]) -> NDArray[np.float64]:
    """Recall of the relevant items of each group, (n_requests, n_groups), nan where none is relevant."""
    blocks = []
    for part, of_part in zip(pooled.parts, groups, strict=True):
        wanted = _ones(part.asked.test) @ of_part.members
        found = part.found[k] @ of_part.members
        dense = np.asarray(wanted.toarray(), dtype=np.float64)
        nothing = np.full(dense.shape, np.nan)
        blocks.append(np.divide(found.toarray(), dense, out=nothing, where=dense > 0))
    return np.vstack(blocks)


def _by_history(challenger: Pooled, baseline: Pooled, k: int) -> Iterator[_Part]:
    bucket = np.searchsorted(EDGES, challenger.history, side="right")
    relevant = np.concatenate([np.diff(part.asked.test.indptr) for part in challenger.parts])
    ours, theirs = challenger.values("recall", k), baseline.values("recall", k)
    for number, name in enumerate(bucket_names(EDGES)):
        within = bucket == number
        yield _Part(
            "history",
            f"readers with {name} papers",
            int(relevant[within].sum()),
            np.where(within, ours, np.nan),
            np.where(within, theirs, np.nan),
        )


def _by_items(challenger: Pooled, baseline: Pooled, k: int, dataset: Dataset) -> Iterator[_Part]:
    sorts = [
        ("popularity", "papers with {} readers in training", [by_popularity(p) for p in challenger.parts])
    ]
    if dataset.years is not None:
        sorts.append(("age", "papers of age {} (years)", [_by_age(dataset.years)] * len(challenger.parts)))
    if dataset.topics is not None:
        largest = _largest_topics(dataset.topics, challenger)
        sorts.append(("topic", "topic {}", [largest] * len(challenger.parts)))
    for kind, template, groups in sorts:
        ours, theirs = (recall_of_groups(pooled, k, groups) for pooled in (challenger, baseline))
        counts = _wanted(challenger, groups)
        for number, name in enumerate(groups[0].names):
            yield _Part(kind, template.format(name), int(counts[number]), ours[:, number], theirs[:, number])


def _by_age(years: NDArray[np.float64]) -> Groups:
    """Items by how many years they are older than the newest; those of unknown year in no group."""
    newest = np.nanmax(years) if (~np.isnan(years)).any() else 0.0
    return _buckets(np.where(np.isnan(years), -1, newest - np.nan_to_num(years)).astype(np.int64), AGE_EDGES)


def _largest_topics(topics: Groups, pooled: Pooled) -> Groups:
    counts = _wanted(pooled, [topics] * len(pooled.parts))
    largest = np.argsort(-counts, kind="stable")[:_TOPICS]
    return Groups(tuple(topics.names[topic] for topic in largest), topics.members[:, largest])


def _wanted(pooled: Pooled, groups: list[Groups]) -> NDArray[np.float64]:
    """How many test interactions each group has."""
    counts = np.zeros(len(groups[0].names))
    for part, of_part in zip(pooled.parts, groups, strict=True):
        counts += np.asarray((_ones(part.asked.test) @ of_part.members).sum(axis=0)).ravel()
    return counts


def _buckets(numbers: NDArray[np.int64], edges: tuple[int, ...]) -> Groups:
    names = bucket_names(edges)
    bucket = np.searchsorted(edges, numbers, side="right")
    known = np.flatnonzero(numbers >= 0)
    ones = np.ones(len(known), dtype=np.float32)
    members = sparse.csr_matrix((ones, (known, bucket[known])), shape=(len(numbers), len(names)))
    return Groups(names, members)


def _ones(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
