"""Simulated readers: coherent tastes, a few sessions a week, every kind of feedback.

They exist so that a newcomer's first start has something to learn from. They are simulated, their ids say so,
their events are marked in the record, and every answer about them says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.events import Kind, StoredEvent
from recsys.papers import Paper

READERS = 48
WEEKS = 6
_SHOWN = 10  # papers a session
_MS_PER_DAY = 86_400_000
_MINUTE = 60_000
_OFF_TOPIC = 0.04  # how much a reader may like a paper outside their themes


def simulate(papers: Sequence[Paper], until: int, seed: int = 0) -> Iterator[StoredEvent]:
    """Events of `READERS` simulated readers over the `WEEKS` weeks before `until` (ms), in no special order.

    Each reader follows two or three topics with unequal fervour, sees ten papers a session (half of them
    from those topics), opens what appeals to them, and judges what they have read.
    """
    rng = np.random.default_rng(seed)
    topics = sorted({topic for paper in papers for topic in paper.topics})
    quality = np.exp(rng.normal(0.0, 0.4, len(papers)))
    for number in range(READERS):
        user = f"simulated-reader-{number + 1:02d}"
        themes = rng.choice(len(topics), size=int(rng.integers(2, 4)), replace=False)
        fervour = dict(zip((topics[t] for t in themes), rng.dirichlet(np.ones(len(themes)) * 2), strict=True))
        taste = np.array([sum(fervour.get(t, 0.0) for t in paper.topics) for paper in papers])
        yield from _weeks_of(user, papers, taste, quality, until, rng)


def _weeks_of(
    user: str,
    papers: Sequence[Paper],
    taste: NDArray[Any],
    quality: NDArray[Any],
    until: int,
    rng: np.random.Generator,
) -> Iterator[StoredEvent]:
    unseen = np.ones(len(papers), dtype=bool)
    count = 0
    start = until - WEEKS * 7 * _MS_PER_DAY
    days = np.flatnonzero(rng.random(WEEKS * 7) < rng.uniform(0.2, 0.5))
    for day in days:
        time = start + int(day) * _MS_PER_DAY + int(rng.integers(7 * 60, 20 * 60)) * _MINUTE
        shown = _slate(taste, quality, unseen, rng)
        unseen[shown] = False
        for position, row in enumerate(shown):
            for kind, seconds in _acts(float(taste[row]), float(quality[row]), rng):
                time += int(rng.integers(2_000, 30_000)) + int((seconds or 0) * 1_000)
                count += 1
                yield StoredEvent(
                    id=f"simulated:{user}:{count}",
                    user=user,
                    kind=kind,
                    time=time,
                    item=papers[row].id,
                    position=position,
                    seconds=seconds,
                    simulated=True,
                )


def _slate(
    taste: NDArray[Any], quality: NDArray[Any], unseen: NDArray[Any], rng: np.random.Generator
) -> NDArray[Any]:
    """Ten unseen papers, those to the reader's taste more likely: a Plackett-Luce draw by Gumbel noise."""
    appeal = np.log((taste + 0.15) * quality) + rng.gumbel(size=len(taste))
    return np.argsort(np.where(unseen, -appeal, np.inf))[: min(_SHOWN, int(unseen.sum()))]


def _acts(taste: float, quality: float, rng: np.random.Generator) -> Iterator[tuple[Kind, float | None]]:
    """What a reader does with one shown paper."""
    yield Kind.IMPRESSION, None
    wish = min((taste + _OFF_TOPIC) * quality, 1.0)
    if rng.random() > 0.15 + 0.75 * wish:
        if taste == 0 and rng.random() < 0.03:
            yield Kind.HIDE, None
        return
    yield Kind.CLICK, None
    seconds = round(float(rng.gamma(2.0, 20 + 120 * wish)), 1)
    yield Kind.READ, seconds
    if rng.random() < wish:
        yield (Kind.LIKE if rng.random() < 0.5 else Kind.SAVE), None
    elif taste == 0 and rng.random() < 0.3:
        yield Kind.DISLIKE, None
