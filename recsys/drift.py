"""Whether, and when, a reader's taste changed: their acts as a stream of prediction errors.

Each paper that a reader chose is predicted from those chosen before; its error is one less its cosine with
their running centroid. Page's test (Page, "Continuous Inspection Schemes", Biometrika 1954) adds up by how
much the errors exceed their own mean, beyond what is tolerated and never more than so much at once; where the
sum passes the threshold the taste has changed, and it did so where the sum began to rise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEWEST = 8  # papers before which nothing can have changed
_MEMORY = 0.8  # of the running centroid: what an older paper counts for, beside the next one
_TOLERATED = 0.5  # standard deviations of the errors
_THRESHOLD = 4.0  # standard deviations, added up
_MOST_AT_ONCE = 2.0  # of them: one strange paper is no change
_CONFIRMED_BY = 3  # papers
_FIRST = 4  # errors before which none stands out
_USUAL_ERROR, _USUAL_SPREAD = 0.5, 0.25  # of readers: as many errors as these are mixed into each one's own
_USUAL_COUNTS = 2.0
_LEAST_SPREAD = 0.15  # so that a very steady reader isn't taken to change at every step


def change_point(vectors: NDArray[np.float32]) -> int | None:
    """The place of the first paper of the reader's present taste, or None where it never changed.

    Args:
        vectors: float32 (n, d) of the papers that the reader chose, oldest first; rows of norm 1 or 0.

    Returns:
        the latest change point, from 1 to n - 1.
    """
    if len(vectors) < _FEWEST:
        return None
    errors = _errors(vectors)
    found, start = None, 1  # nothing predicts the first paper
    while (change := _first_rise(errors[start:])) is not None:
        found = start + change
        start = found + _CONFIRMED_BY
    return found


def _errors(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each paper lies from those before: float64 (n,), the first one 0."""
    errors = np.zeros(len(vectors))
    centroid = vectors[0].astype(np.float64)
    for place in range(1, len(vectors)):
        length = np.linalg.norm(centroid)
        errors[place] = 1 - float(vectors[place] @ centroid) / length if length > 0 else 1.0
        centroid = _MEMORY * centroid + vectors[place]
    return errors


def _first_rise(errors: NDArray[np.float64]) -> int | None:
    """Where the sum of excesses that first passes the threshold began to rise."""
    number = np.arange(1, len(errors) + 1) + _USUAL_COUNTS
    means = (np.cumsum(errors) + _USUAL_COUNTS * _USUAL_ERROR) / number  # of those up to each place
    squares = np.cumsum(errors**2) + _USUAL_COUNTS * (_USUAL_ERROR**2 + _USUAL_SPREAD**2)
    spreads = np.sqrt(np.maximum(squares / number - means**2, _LEAST_SPREAD**2))
    begun, total = 0, 0.0
    for place in range(_FIRST, len(errors)):
        before = (begun if total > 0 else place) - 1
        excess = float(errors[place] - means[before]) / float(spreads[before]) - _TOLERATED
        excess = min(excess, _MOST_AT_ONCE)
        if total + excess <= 0:
            total = 0.0
            continue
        if total == 0:
            begun = place
        total += excess
        if total > _THRESHOLD and place - begun + 1 >= _CONFIRMED_BY:
            return begun
    return None
