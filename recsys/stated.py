"""What a reader states outright (follows, mutes, refused aspects, freshness) as terms of the score.

Each term is an array that is added to the scores of all papers, so that explanations can name it. Terms that
must hold whatever the reader's history says are sized by the reader's own scores: their span, from the median
to the best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.bundle import Bundle
from recsys.events import Reason, Setting
from recsys.papers import Paper
from recsys.profile import Refusal, Stance, UserState

Floats = NDArray[np.float32]

FOLLOWED = 1.5  # what a followed topic, author or venue adds, in standard deviations of a model's scores
_INTEREST = 1.0  # what the paper nearest to a plain-language interest gains, in spans
# What papers with a refused aspect lose, in spans: the best sink so far below the median that re-ranking for
# breadth, to which they are something new, doesn't fetch them back.
_REFUSED = 3.0
_TOO_OLD = 0.15  # how much more new papers are favoured for each one refused as too old
_MOST_TOO_OLD = 0.6
_FEW_AUTHORS = 5  # of more than these only the first and the last stand for the work
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Term:
    """What a statement adds to each paper's score: `part`, float32 (n_items,); `event` is its id."""

    kind: str
    name: str
    part: Floats
    event: str | None = None


class RefusedAspect(NamedTuple):
    """A topic or author that the reader refused, and each time that they did, the latest last."""

    aspect: str
    name: str
    refusals: tuple[Refusal, ...]


def stated_terms(
    state: UserState, bundle: Bundle, scores: Floats, vectors: Mapping[str, Floats]
) -> list[Term]:
    """The terms of all that the reader states; none while personalisation is paused.

    Args:
        state: the reader's.
        bundle: in service.
        scores: float32 (n_items,) before these terms; they tell the span.
        vectors: of the plain-language interests by their text, float32 (d,), of norm 1; a text without a
            vector has no effect.
    """
    if state.setting(Setting.PAUSED):
        return []
    usual = scores[: bundle.n_fitted]  # as everywhere: newer papers don't change what others are worth
    span = np.float32(usual.max() - np.median(usual)) if len(usual) else np.float32(0)
    return [
        *_of_stances(state.stances, bundle, span or np.float32(1), vectors),
        *_of_refusals(state, bundle, span or np.float32(1)),
        *_of_freshness(state, bundle),
    ]


def muted_rows(state: UserState, bundle: Bundle) -> Iterator[NDArray[np.intp]]:
    """The rows of each muted topic, author and venue; a muted text only lowers what is near it."""
    for stance in state.stances:
        if stance.sign < 0 and stance.aspect != "text":
            yield bundle.rows_of(stance.aspect, stance.name)


def allowed(paper: Paper, state: UserState, now: int, repeat: bool = False) -> bool:
    """Whether a paper may be shown to a reader, outside of a ranking.

    Not what they hid, put off until after `now` (ms since the epoch), or muted by topic, author or venue;
    nor, unless it may `repeat`, what they have had.
    """
    signal = state.signals.get(paper.id)
    if signal is not None and (signal.hidden or signal.until > now or (signal.done and not repeat)):
        return False
    muted = {(s.aspect, s.name.casefold()) for s in state.stances if s.sign < 0}
    own = [("topic", topic) for topic in paper.topics] + [("author", author) for author in paper.authors]
    own += [("venue", paper.venue)] if paper.venue else []
    return not any((aspect, name.casefold()) in muted for aspect, name in own)


def _of_stances(
    stances: Iterable[Stance], bundle: Bundle, span: np.float32, vectors: Mapping[str, Floats]
) -> Iterator[Term]:
    for stance in stances:
        if stance.aspect == "text":
            if stance.name in vectors:
                part = np.float32(stance.sign * _INTEREST) * span * _nearness(bundle, vectors[stance.name])
                yield Term("interest", stance.name, part, stance.event)
        elif stance.sign > 0:
            part = np.zeros(len(bundle.items), dtype=np.float32)
            part[bundle.rows_of(stance.aspect, stance.name)] = FOLLOWED
            yield Term(stance.aspect, stance.name, part, stance.event)


def _nearness(bundle: Bundle, vector: Floats) -> Floats:
    """How near each text is: 1 for the nearest, 0 for those that are no nearer than is usual."""
    cosine: Floats = bundle.arrays["embeddings"] @ vector
    usual = cosine[: bundle.n_fitted]
    above = np.maximum(cosine - usual.mean() - usual.std(), 0)
    return np.asarray(above / (above[: bundle.n_fitted].max() or 1), dtype=np.float32)


def _of_refusals(state: UserState, bundle: Bundle, span: np.float32) -> Iterator[Term]:
    def paper_of(item: str) -> Paper | None:
        return bundle.paper(bundle.rows[item]) if item in bundle.rows else None

    for refused in refused_aspects(state, paper_of):
        part = np.zeros(len(bundle.items), dtype=np.float32)
        part[bundle.rows_of(refused.aspect, refused.name)] = -_REFUSED * span
        yield Term(f"refused-{refused.aspect}", refused.name, part, refused.refusals[-1].event)


def refused_aspects(state: UserState, paper_of: Callable[[str], Paper | None]) -> list[RefusedAspect]:
    """The topics and authors that are refused, in the order of their names; one followed since is not.

    Args:
        state: the reader's.
        paper_of: a paper by its id, None where it isn't known.
    """
    found: dict[tuple[str, str], list[tuple[str, Refusal]]] = {}
    for refusal in state.refusals:
        if refusal.reason is not Reason.TOO_OLD:
            for name in _meant(refusal, paper_of(refusal.item)):
                found.setdefault((refusal.reason.value, name.casefold()), []).append((name, refusal))
    for stance in state.stances:
        key = stance.aspect, stance.name.casefold()
        if key in found and stance.time >= found[key][-1][1].time:
            del found[key]
    return [
        RefusedAspect(aspect, named[-1][0], tuple(refusal for _, refusal in named))
        for (aspect, _), named in sorted(found.items())
    ]


def _meant(refusal: Refusal, paper: Paper | None) -> list[str]:
    """The topic or authors that are refused: the one named, else the paper's main topic, or its authors."""
    if refusal.name is not None:
        return [refusal.name]
    if paper is None:
        return []
    if refusal.reason is Reason.TOPIC:
        return list(paper.topics[:1])
    authors = list(paper.authors)
    return authors if len(authors) <= _FEW_AUTHORS else [authors[0], authors[-1]]


def _of_freshness(state: UserState, bundle: Bundle) -> Iterator[Term]:
    old = [refusal for refusal in state.refusals if refusal.reason is Reason.TOO_OLD]
    slope = state.setting(Setting.FRESHNESS) + min(_TOO_OLD * len(old), _MOST_TOO_OLD)
    if slope:
        halvings = -np.log2(bundle.ages + 1 / _DAYS_A_YEAR)
        usual = np.nanmean(halvings[: bundle.n_fitted]) if len(halvings) else 0.0
        part = np.nan_to_num(slope * (halvings - usual))
        yield Term("freshness", "", part.astype(np.float32), old[-1].event if old else None)
