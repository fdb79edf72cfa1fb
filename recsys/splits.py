"""The five evaluation protocols: pure functions from interactions and a seed to what is known and asked.

With `rng = numpy.random.default_rng(seed)` and X the interactions in CSR order, anyone gets the same split
from the same seed. Values < 0 are dislikes: they are neither trained on nor asked for; in the timed protocols
what a user disliked before is not ranked for them again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.models.sparse import check_entries, kept, positive_part, row_of_each_entry

SHARE = 0.2  # of the interactions, items or users that are held out
QUANTILE = 0.8  # of the events by time that are trained on
NIGHTS = 5  # retrainings of the prequential protocol

Times = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """What a model is fitted on, and n requests with what should be found for each.

    Attributes:
        train: float32 CSR (n_users, n_items), values > 0.
        users: int64 (n,), the user who asks: a row of `train`. One user may ask more than once.
        histories: CSR (n, n_items), what is known of the user when they ask.
        test: CSR (n, n_items), the stored entries should be found; no row is empty.
        exclude: CSR (n, n_items), the stored entries are not ranked; disjoint from `test`.
        candidates: bool (n_items,), the only items ranked; None means all.
        trained: whether `histories` are rows of `train`: a model may use what it learned of the user.
    """

    train: sparse.csr_matrix
    users: NDArray[np.int64]
    histories: sparse.csr_matrix
    test: sparse.csr_matrix
    exclude: sparse.csr_matrix
    candidates: NDArray[np.bool_] | None = None
    trained: bool = True


def canonical(interactions: sparse.csr_matrix) -> sparse.csr_matrix:
    """A float32 copy in the order that the seeds go by: sorted indices, each entry once, no zeros."""
    matrix = sparse.csr_matrix(interactions, dtype=np.float32, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def warm(interactions: sparse.csr_matrix, seed: int) -> Split:
    """An interaction is test where `rng.random(X.nnz) < 0.2`; users left without a history ask as well."""
    matrix = positive_part(canonical(interactions))
    test = np.random.default_rng(seed).random(matrix.nnz) < SHARE
    return _of_trained_users(kept(matrix, ~test), kept(matrix, test))


def cold_item(interactions: sparse.csr_matrix, seed: int, among: NDArray[np.bool_] | None = None) -> Split:
    """An item is cold where `rng.random(n_items) < 0.2`: train on the others, rank cold items only.

    Args:
        interactions: CSR (n_users, n_items).
        seed: of the choice of items.
        among: bool (n_items,), items that may be cold; all by default. A validation split inside training
            data leaves out those that the outer split already took away.
    """
    matrix = positive_part(canonical(interactions))
    cold = np.random.default_rng(seed).random(matrix.shape[1]) < SHARE
    if among is not None:
        cold &= among
    test = cold[matrix.indices]
    return _of_trained_users(kept(matrix, ~test), kept(matrix, test), candidates=cold)


def cold_user(interactions: sparse.csr_matrix, seed: int, shots: int) -> Split:
    """A user is new where `rng.random(n_users) < 0.2`: the model is fitted on the others only.

    Each new user with more than `shots` interactions then gives `rng.choice` of that many, in order of users;
    the rest is asked for. New users' rows of the training matrix are empty; it is the same for every `shots`.
    """
    matrix = positive_part(canonical(interactions))
    rng = np.random.default_rng(seed)
    new = rng.random(matrix.shape[0]) < SHARE
    users = np.flatnonzero(new & (np.diff(matrix.indptr) > shots))
    given = np.zeros(matrix.nnz, dtype=bool)
    for user in users:
        start, end = matrix.indptr[user], matrix.indptr[user + 1]
        given[start + rng.choice(end - start, size=shots, replace=False)] = True
    train = kept(matrix, ~new[row_of_each_entry(matrix)])
    histories, test = kept(matrix, given)[users], kept(matrix, ~given)[users]
    return Split(train, users, histories, test, exclude=histories, trained=False)


def temporal(interactions: sparse.csr_matrix, times: Times, quantile: float = QUANTILE) -> Split:
    """Train on what was before t, ask for what came after; t is a quantile of the times of all likes.

    Args:
        interactions: canonical CSR (n_users, n_items).
        times: int64 (nnz,) in CSR order.
        quantile: where t lies.
    """
    check_entries("times", times, interactions)
    moment = np.quantile(times[interactions.data > 0], quantile)
    before = times < moment
    train = positive_part(kept(interactions, before))
    test = positive_part(kept(interactions, ~before))
    return _of_trained_users(train, test, seen=kept(interactions, before))


def prequential(interactions: sparse.csr_matrix, times: Times, nights: int = NIGHTS) -> Iterator[Split]:
    """Predict each event, then learn from it, in order: one split for each night, whose requests are events.

    The model is refitted at `nights` equally spaced times between the first and last event, on all before;
    events until the first night are learned only. A user's history grows with each of their events at once
    (order by time, then by item); each like asks for one item, that of the event itself.

    Args:
        interactions: canonical CSR (n_users, n_items).
        times: int64 (nnz,) in CSR order.
        nights: how many retrainings.
    """
    check_entries("times", times, interactions)
    liked = interactions.data > 0
    edges = np.linspace(times[liked].min(), times[liked].max(), nights + 2)[1:]
    edges[-1] = np.inf
    rows = row_of_each_entry(interactions)
    for begin, end in itertools.pairwise(edges):
        asked = np.flatnonzero(liked & (times >= begin) & (times < end))
        if len(asked) == 0:
            continue
        asked = asked[np.lexsort((interactions.indices[asked], times[asked]))]
        users = rows[asked].astype(np.int64)
        seen = _before_each(interactions, times, asked, users)
        one_each = np.arange(len(asked) + 1)
        test = sparse.csr_matrix(
            (interactions.data[asked], interactions.indices[asked], one_each), shape=seen.shape
        )
        train = positive_part(kept(interactions, times < begin))
        yield Split(train, users, positive_part(seen), test, exclude=seen, trained=False)


def _of_trained_users(
    train: sparse.csr_matrix,
    test: sparse.csr_matrix,
    candidates: NDArray[np.bool_] | None = None,
    seen: sparse.csr_matrix | None = None,
) -> Split:
    users = np.flatnonzero(np.diff(test.indptr) > 0).astype(np.int64)
    exclude = (train if seen is None else seen)[users]
    return Split(train, users, train[users], test[users], exclude, candidates)


def _before_each(
    interactions: sparse.csr_matrix, times: Times, asked: NDArray[np.intp], users: NDArray[np.int64]
) -> sparse.csr_matrix:
    """What each asking user had said before that event: CSR (n_asked, n_items), signed."""
    ordered: dict[int, tuple[NDArray[np.intp], dict[int, int]]] = {}
    for user in np.unique(users):
        span = np.arange(interactions.indptr[user], interactions.indptr[user + 1])
        in_time = span[np.lexsort((interactions.indices[span], times[span]))]
        ordered[int(user)] = in_time, {int(entry): place for place, entry in enumerate(in_time)}
    earlier = []
    for user, entry in zip(users.tolist(), asked.tolist(), strict=True):
        in_time, place = ordered[user]
        earlier.append(in_time[: place[entry]])
    indptr = np.concatenate([[0], np.cumsum([len(entries) for entries in earlier])])
    entries = np.concatenate(earlier)
    shape = (len(asked), interactions.shape[1])
    seen = sparse.csr_matrix((interactions.data[entries], interactions.indices[entries], indptr), shape=shape)
    seen.sort_indices()
    return seen
