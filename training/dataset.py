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
from training.meaning import fit_meaning
from training.position_bias import estimate_examined, of_slates

_HELD_OUT = 0.2
_FEWEST_TO_HOLD_OUT = 3  # a reader with fewer papers keeps them all


@dataclass(frozen=True)
class Dataset:
    """Papers by item row, signed interactions, and which of them are held out (bool (nnz,), CSR order)."""

    papers: tuple[Paper, ...]
    interactions: Interactions
    held_out: NDArray[np.bool_]
    meaning: Meaning
    events: int
    latest: int | None  # time of the newest event, ms


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
    return Dataset(
        papers=papers,
        interactions=interactions,
        held_out=_newest_of_each_user(interactions, states, meaning, seed),
        meaning=meaning,
        events=store.events.count(),
        latest=store.events.latest(),
    )


def _newest_of_each_user(
    interactions: Interactions, states: dict[str, UserState], meaning: Meaning, seed: int
) -> NDArray[np.bool_]:
    """Hold out the newest fifth of what each reader chose, as the future is what a model is for.

    Where times are equal (histories imported without times) chance decides, by the seed.
    """
    matrix = interactions.matrix
    chance = np.random.default_rng(seed).random(matrix.nnz)
    held = np.zeros(matrix.nnz, dtype=bool)
    for row, user in enumerate(interactions.users.ids):
        span = np.arange(matrix.indptr[row], matrix.indptr[row + 1])
        chosen = span[matrix.data[span] > 0]
        if len(chosen) < _FEWEST_TO_HOLD_OUT:
            continue
        said = states[user].said(meaning)
        times = np.array([said[interactions.items.ids[col]][1] for col in matrix.indices[chosen]])
        newest_first = chosen[np.lexsort((chance[chosen], -times))]
        held[newest_first[: max(1, round(_HELD_OUT * len(chosen)))]] = True
    return held
