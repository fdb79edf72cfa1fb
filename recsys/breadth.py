"""How varied a reader's lists should be, from what they chose, passed over and set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.events import Reason, Setting
from recsys.profile import UserState

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_KNOWN = 0.04  # strength of diversification for a reader whose choices are as far apart as is usual
_NEW = 0.25  # and for one of whom nothing is known: popular and diverse
_LATELY = 100  # papers of the greatest weight in the history
_USUAL = 0.85  # distance of a usual reader's papers, as a share of that of any two papers
_MOST = 2.0  # how much either part can double or halve the strength
_PRIOR_PAPERS = 5.0  # papers' worth of taking a reader for a usual one
_PRIOR_REFUSALS = 5.0  # refusals' worth of indifference
_OF_A_HIDE = 3.0  # passes that a hide or dislike because of the topic counts for
_SAMPLE = 20_000  # papers that tell how far apart two are


def breadth_of(
    state: UserState,
    history: sparse.csr_matrix,
    rows: Mapping[str, int],
    embeddings: Floats,
    average: Doubles,
) -> float:
    """The strength of diversification for a reader, >= 0; 0 is plain relevance.

    It is `_KNOWN` times three factors, or `_NEW` times the last one for a reader without a history:

    - *Spread*: how far apart the papers chosen lately lie, as a share of the usual distance of two papers of
      the catalogue, relative to a usual reader (0.85), squared; from 1/2 to 2. Five papers' worth of being
      usual is mixed in, so that two papers don't make a narrow reader.
    - *Consent*: whether papers refused (passed over, or hidden or disliked because of their topic, which
      counts three times) lie beyond the reader's own field or within it. The field ends half-way from the
      median chosen paper to the average of the catalogue, by the cosine with the centre of what was chosen.
      Beyond it the lists strayed; within it they brought more of the same. It is 2 to the power of
      (within - beyond) / (within + beyond + 5); so again from 1/2 to 2.
    - *Setting*: the reader's own `breadth`, from 0 to 4.

    Args:
        state: the reader's.
        history: CSR float32 (1, n_items) of signed weights, the later the larger.
        rows: item rows by paper id.
        embeddings: float32 (n_items, d), rows of norm 1, or 0 where a paper has no text.
        average: float64 (d,), what `average_text` says of the embeddings.
    """
    setting = state.setting(Setting.BREADTH)
    liked = history.indices[history.data > 0]
    weights = history.data[history.data > 0].astype(np.float64)
    if not len(liked):
        return _NEW * setting
    latest = np.argsort(-weights, kind="stable")[:_LATELY]
    weights = weights[latest] / weights[latest].sum()
    chosen = embeddings[liked[latest]].astype(np.float64)
    centre = weights @ chosen
    edge = (np.median(chosen @ centre) + average @ centre) / 2
    refused = dict(_refused(state, rows))
    within = embeddings[list(refused)].astype(np.float64) @ centre >= edge
    consent = _consent(within, np.array(list(refused.values())))
    return _KNOWN * setting * _spread(weights, centre, 1 - float(average @ average)) * consent


def average_text(embeddings: Floats) -> Doubles:
    """The mean embedding of the catalogue's papers with a text, float64 (d,), of up to 20,000 of them."""
    sample = embeddings[:: max(1, len(embeddings) // _SAMPLE)].astype(np.float64)
    return np.asarray(sample.sum(axis=0) / max(1, np.count_nonzero(sample.any(axis=1))), dtype=np.float64)


def mean_distance(weights: Doubles, centre: Doubles) -> float:
    """The mean cosine distance of two different papers.

    Of unit vectors, the mean similarity of any two is the squared length of their mean; a vector with itself
    is taken out.

    Args:
        weights: float64 (n,), by which the two are drawn; n >= 2, sum 1.
        centre: float64 (d,), the mean of the papers' vectors by these weights.
    """
    same = float(weights @ weights)
    return max(0.0, 1 - (float(centre @ centre) - same) / (1 - same))


def _spread(weights: Doubles, centre: Doubles, usual: float) -> float:
    if len(weights) < 2 or usual <= 0:
        return 1.0
    number = 1 / float(weights @ weights)  # papers, were all of one weight
    own = mean_distance(weights, centre) / usual / _USUAL
    mixed = (number * own + _PRIOR_PAPERS) / (number + _PRIOR_PAPERS)
    return float(np.clip(mixed**2, 1 / _MOST, _MOST))


def _consent(within: NDArray[np.bool_], counts: Doubles) -> float:
    """From whether each refused paper is within the reader's field, and how much it counts."""
    balance = counts[within].sum() - counts[~within].sum()
    return float(_MOST ** (balance / (counts.sum() + _PRIOR_REFUSALS)))


def _refused(state: UserState, rows: Mapping[str, int]) -> Iterable[tuple[int, float]]:
    """The rows of what was refused, and how much each counts."""
    for item, signal in state.signals.items():
        if item not in rows:
            continue
        if signal.reason is Reason.TOPIC:
            yield rows[item], _OF_A_HIDE
        elif signal.passed and not (signal.clicks or signal.read or signal.done):
            yield rows[item], 1.0
