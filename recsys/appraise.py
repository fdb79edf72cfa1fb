"""How well given papers suit a reader, and where that puts each among the whole catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.explain import Reason, explain
from recsys.profile import UserState
from recsys.rank import Ranker
from recsys.wording import Words

_PADDING = "variety"  # says why a list holds a paper that nothing speaks for: no reason outside a list
_DIGITS = 6  # of a cosine: rounding must not tell apart what has nothing in common with the reader

_SPEAKS_FOR = 50  # from this percentile on, what a text has in common with the reader's papers speaks for it


@dataclass(frozen=True, slots=True)
class Appraisal:
    """One paper as one reader would find it.

    `percentile` is the share of the catalogue that suits the reader less, from 0 to 100. By `model` the score
    is the one that lists are ranked by; by `text` it is the cosine of the paper's text with what the reader
    liked, and the percentile is among the same cosines.
    """

    score: float
    percentile: int
    basis: Literal["model", "text"]
    reasons: tuple[Reason, ...]


def appraise(
    ranker: Ranker,
    state: UserState,
    rows: Sequence[int],
    interests: Mapping[str, NDArray[np.float32]] | None = None,
) -> list[Appraisal]:
    """Papers of the bundle, by the very scores that rank them; arguments as `Ranker.recommend` has them."""
    made = ranker.scores(state, interests)
    total, ordered = made.total, np.sort(made.total)
    reasons = explain(*ranker.taken_apart(state, made, np.asarray(rows, dtype=np.intp)))
    return [
        Appraisal(
            float(total[row]),
            _percentile(float(total[row]), ordered),
            "model",
            tuple(why for why in found if why.kind != _PADDING and why.paper != ranker.bundle.items[row]),
        )
        for row, found in zip(rows, reasons, strict=True)
    ]


def appraise_texts(
    ranker: Ranker, state: UserState, vectors: Sequence[NDArray[np.float32]]
) -> list[Appraisal | None]:
    """Papers that are not ranked, by what their texts have in common with the reader's papers.

    Args:
        ranker: of the bundle whose embedder made the vectors.
        state: the reader's.
        vectors: float32 (d,) each, of length 1, or 0 for a text without a known word.

    Returns:
        an appraisal of each; None where the text says nothing, or nothing is known of the reader.
    """
    history = ranker.history(state)
    taste = np.asarray(history @ ranker.embeddings, dtype=np.float32).ravel()
    length = float(np.linalg.norm(taste))
    liked = history.indices[history.data > 0]
    if length == 0 or len(liked) == 0:
        return [None] * len(vectors)
    taste /= length
    ordered = np.sort(np.round(ranker.embeddings @ taste, _DIGITS))
    words, entries = Words(ranker.bundle, state, history), np.flatnonzero(history.data > 0)
    own = ranker.embeddings[liked] * history.data[entries, None]
    found: list[Appraisal | None] = []
    for vector in vectors:
        score = float(np.round(vector @ taste, _DIGITS))
        percentile = _percentile(score, ordered)
        nearest = int(entries[np.argmax(own @ vector)])
        why = Reason("content", words.alike(nearest), 1.0, words.id(nearest))
        reasons = (why,) if percentile > _SPEAKS_FOR else ()
        found.append(Appraisal(score, percentile, "text", reasons) if vector.any() else None)
    return found


def _percentile(score: float, ordered: NDArray[np.float32]) -> int:
    """The share of these that are lower, in percent; a half of its equals counts as lower.

    >>> [_percentile(score, np.array([0.0, 1.0, 2.0], np.float32)) for score in (0.0, 1.0, 2.0)]
    [0, 50, 100]
    """
    lower = int(np.searchsorted(ordered, score, side="left"))
    equal = int(np.searchsorted(ordered, score, side="right")) - lower
    rank = lower + max(0, equal - 1) / 2
    return round(100 * min(1.0, rank / max(1, len(ordered) - 1)))
