"""From the record to what the night's job trains on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Interactions, interactions_from_histories
from recsys.meaning import Meaning
from recsys.papers import Paper
from recsys.profile import UserState, state_from_events
from recsys.store import Store
from training.held_out import newest_of_each_reader
from training.meaning import fit_meaning
from training.position_bias import estimate_examined, of_slates


@dataclass(frozen=True)
class Dataset:
    """Papers by item row, and signed interactions.

    Attributes:
        papers: in the order of the columns.
        interactions: who said what of which paper.
        times: int64 (nnz,), CSR order: when each was last said anything of, ms.
        held_out: bool (nnz,), CSR order: what the join is learned from.
        meaning: what acts say.
        events: the number of events in the record.
        latest: time of the newest event, ms.
    """

    papers: tuple[Paper, ...]
    interactions: Interactions
    times: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    meaning: Meaning
    events: int
    latest: int | None


def load_dataset(store: Store, seed: int) -> Dataset:
    """Everything in the record: the same folding of events into confidences as serving uses."""
    papers = tuple(store.papers.all())
    events = sorted(store.events.all(), key=lambda event: event.user)
    states = {user: state_from_events(user, acts) for user, acts in groupby(events, lambda e: e.user)}
    taken_up = of_slates(event for event in events if states[event.user].learns)
    lengths = {paper.id: paper.reading_seconds for paper in papers}
    meaning = fit_meaning(states.values(), lengths, estimate_examined(store.slates.all(), taken_up))
    interactions = interactions_from_histories(
        {user: state.confidences(meaning) for user, state in states.items()}, [paper.id for paper in papers]
    )
    times = _times_of(interactions, states, meaning)
    return Dataset(
        papers=papers,
        interactions=interactions,
        times=times,
        held_out=newest_of_each_reader(interactions.matrix, times, seed),
        meaning=meaning,
        events=store.events.count(),
        latest=store.events.latest(),
    )


def _times_of(
    interactions: Interactions, states: dict[str, UserState], meaning: Meaning
) -> NDArray[np.int64]:
    matrix, items = interactions.matrix, interactions.items.ids
    times = np.empty(matrix.nnz, dtype=np.int64)
    for row, user in enumerate(interactions.users.ids):
        said = states[user].said(meaning)
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        times[span] = [said[items[col]][1] for col in matrix.indices[span]]
    return times
