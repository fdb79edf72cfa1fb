"""From a dataset and a seed to what is asked, and to a validation split of the same kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.errors import UserError
from recsys.models.sparse import row_of_each_entry
from recsys.splits import NIGHTS, Split, Times, cold_item, cold_user, prequential, temporal, warm
from training.evaluation.data import Dataset

VALIDATION_REQUESTS = 2_000  # more would only make tuning slower
_VALIDATION_SEED = 2**20  # added to the seed, so that both splits don't draw the same numbers
_FEWEST_REQUESTS = 2


class Protocol(StrEnum):
    """How the test is taken out of the data; see `recsys.splits`."""

    WARM = "warm"
    COLD_ITEM = "cold-item"
    COLD_USER = "cold-user"
    TEMPORAL = "temporal"
    PREQUENTIAL = "prequential"

    @property
    def timed(self) -> bool:
        """Whether it goes by the times of events."""
        return self in (Protocol.TEMPORAL, Protocol.PREQUENTIAL)


@dataclass(frozen=True, eq=False)
class Case:
    """Requests, under the label that their figures are pooled by."""

    label: str
    split: Split


@dataclass(frozen=True, eq=False)
class Trial:
    """All that is asked under one seed.

    Attributes:
        seed: of the splits and of the models.
        validation: splits of the first training data, which all have the same training part.
        fits: cases that share one training matrix, for each time that models are fitted.
    """

    seed: int
    validation: tuple[Split, ...]
    fits: tuple[tuple[Case, ...], ...]


def make_trial(dataset: Dataset, protocol: Protocol, seed: int, shots: Sequence[int]) -> Trial:
    """The protocol's splits of a dataset.

    Raises:
        UserError: the dataset has no times for a timed protocol, or too little to ask for.
    """
    times = _times(dataset) if protocol.timed else None
    fits = tuple(_fits(dataset.interactions, times, protocol, seed, shots))
    for case in (case for cases in fits for case in cases):
        if len(case.split.users) < _FEWEST_REQUESTS:
            raise UserError(
                f"--protocol {protocol}: only {len(case.split.users)} users are left to ask "
                f"({case.label or 'in the test part'}); give more data"
            )
    if not fits:
        raise UserError(f"--protocol {protocol}: no event is left to predict; give more data")
    train = fits[0][0].split.train
    known = None if times is None else times_of(train, dataset.interactions, times)
    inner = next(_fits(train, known, protocol, seed + _VALIDATION_SEED, shots, inner=True), ())
    return Trial(seed, tuple(_some(case.split, seed) for case in inner), fits)


def training_times(dataset: Dataset, protocol: Protocol, train: sparse.csr_matrix) -> Times | None:
    """When each interaction of a training part was; None where it isn't the future that is asked for."""
    if dataset.times is None or not protocol.timed:
        return None
    return times_of(train, dataset.interactions, dataset.times)


def times_of(part: sparse.csr_matrix, whole: sparse.csr_matrix, times: Times) -> Times:
    """The times of some of the entries of a canonical matrix, in the CSR order of the part."""
    keys, wanted = (row_of_each_entry(m) * whole.shape[1] + m.indices for m in (whole, part))
    of_part: Times = times[np.searchsorted(keys, wanted)]
    return of_part


def _fits(
    interactions: sparse.csr_matrix,
    times: Times | None,
    protocol: Protocol,
    seed: int,
    shots: Sequence[int],
    inner: bool = False,
) -> Iterator[tuple[Case, ...]]:
    """The cases of each training; `inner` says that the interactions are training data of another split."""
    if times is not None and protocol is Protocol.TEMPORAL:
        yield (Case("", temporal(interactions, times)),)
    elif times is not None:
        for split in prequential(interactions, times, 1 if inner else NIGHTS):
            yield (Case("", split),)
    elif protocol is Protocol.COLD_USER:
        yield tuple(Case(f"k={k}", cold_user(interactions, seed, k)) for k in shots)
    elif protocol is Protocol.COLD_ITEM:
        known = np.bincount(interactions.indices, minlength=interactions.shape[1]) > 0
        yield (Case("", cold_item(interactions, seed, known if inner else None)),)
    else:
        yield (Case("", warm(interactions, seed)),)


def _times(dataset: Dataset) -> Times:
    if dataset.times is None or len(np.unique(dataset.times)) < 2:
        raise UserError(
            f"--protocol: {dataset.name} has no times; give warm, cold-item or cold-user, or data with times"
        )
    return dataset.times


def _some(split: Split, seed: int) -> Split:
    """The split with at most `VALIDATION_REQUESTS` of its requests."""
    n = len(split.users)
    if n <= VALIDATION_REQUESTS:
        return split
    rows = np.random.default_rng(seed).choice(n, size=VALIDATION_REQUESTS, replace=False)
    return requests(split, np.sort(rows))


def requests(split: Split, rows: NDArray[np.intp]) -> Split:
    """Some of the requests of a split."""
    return replace(
        split,
        users=split.users[rows],
        histories=split.histories[rows],
        test=split.test[rows],
        exclude=split.exclude[rows],
    )
