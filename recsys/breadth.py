"""How varied a reader's lists should be, from what they chose, passed over and set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.events import Reason, Setting
from recsys.profile import UserState

Floats = NDArray[np.float32]

_KNOWN = 0.04  # strength of diversification for a reader whose choices are as far apart as is usual
_NEW = 0.25  # and for one of whom nothing is known: popular and diverse
_LATELY = 100  # papers of the greatest weight in the history
_USUAL = 0.75  # distance of a usual reader's papers, as a share of that of any two papers
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
    usual: float,
) -> float:
    """The strength of diversification for a reader, >= 0; 0 is plain relevance.

    It is `_KNOWN` times three factors, or `_NEW` times the last one for a reader without a history:

    - *Spread*: how far apart the papers chosen lately lie, as a share of the usual distance of two papers of
      the catalogue, relative to a usual reader (3/4), squared; from 1/2 to 2. Five papers' worth of being
      usual is mixed in, so that two papers don't make a narrow reader.
    - *Consent*: whether papers refused (passed over, or hidden or disliked because of their topic, which
      counts three times) lie beyond the reader's own field or within it. Further from the centre of what was
      chosen than the median chosen paper is beyond: the lists strayed. Nearer is more of the same. It is 2 to
      the power of (within - beyond) / (within + beyond + 5); so again from 1/2 to 2.
    - *Setting*: the reader's own `breadth`, from 0 to 4.

    Args:
        state: the reader's.
        history: CSR float32 (1, n_items) of signed weights, the later the larger.
        rows: item rows by paper id.
        embeddings: float32 (n_items, d), rows of norm 1, or 0 where a paper has no text.
        usual: what `usual_distance` says of the embeddings.
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
    spread = _spread(weights, centre, usual)
    return _KNOWN * setting * spread * _consent(state, rows, embeddings, chosen, centre)


def usual_distance(embeddings: Floats) -> float:
    """The mean cosine distance of two papers of the catalogue; those without a text don't count."""
    sample = embeddings[:: max(1, len(embeddings) // _SAMPLE)].astype(np.float64)
    sample = sample[np.einsum("ij,ij->i", sample, sample) > 0]
    if len(sample) < 2:
        return 1.0
    return _distance(np.full(len(sample), 1 / len(sample)), sample.mean(axis=0))


def _distance(weights: NDArray[np.float64], centre: NDArray[np.float64]) -> float:
    """The mean cosine distance of two different papers drawn by the weights, which sum to 1.

    Of unit vectors, the mean similarity of any two is the squared length of their mean; a vector with itself
    is taken out.
    """
    same = float(weights @ weights)
    return max(0.0, 1 - (float(centre @ centre) - same) / (1 - same))


def _spread(weights: NDArray[np.float64], centre: NDArray[np.float64], usual: float) -> float:
    if len(weights) < 2 or usual <= 0:
        return 1.0
    number = 1 / float(weights @ weights)  # papers, were all of one weight
    own = _distance(weights, centre) / usual / _USUAL
    mixed = (number * own + _PRIOR_PAPERS) / (number + _PRIOR_PAPERS)
    return float(np.clip(mixed**2, 1 / _MOST, _MOST))


def _consent(
    state: UserState,
    rows: Mapping[str, int],
    embeddings: Floats,
    chosen: NDArray[np.float64],
    centre: NDArray[np.float64],
) -> float:
    refused = dict(_refused(state, rows))
    if not refused:
        return 1.0
    nearness = embeddings[list(refused)].astype(np.float64) @ centre
    beyond = nearness < np.median(chosen @ centre)
    counts = np.array(list(refused.values()))
    within = counts[~beyond].sum() - counts[beyond].sum()
    return float(_MOST ** (within / (counts.sum() + _PRIOR_REFUSALS)))


def _refused(state: UserState, rows: Mapping[str, int]) -> Iterable[tuple[int, float]]:
    """The rows of what was refused, and how much each counts."""
    for item, signal in state.signals.items():
        if item not in rows:
            continue
        if signal.reason is Reason.TOPIC:
            yield rows[item], _OF_A_HIDE
        elif signal.passed and not (signal.clicks or signal.read or signal.done):
            yield rows[item], 1.0
