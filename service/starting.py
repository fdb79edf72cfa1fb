"""The set of papers that a newcomer is asked about: chosen, and logged like any other slate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from recsys.events import now_ms
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query, Ranker
from recsys.slates import Slate, SlateItem
from recsys.stated import muted_rows
from recsys.teaching import TEACHING, teaching_set
from service.answers import Part
from service.context import Context
from service.fallback import rank_without_bundle
from service.ranking import slate_of


@dataclass(frozen=True)
class Start:
    """What to ask: the slate as it is logged, its papers by id, and the parts it had to do without."""

    slate: Slate
    papers: dict[str, Paper]
    missing: list[Part]


def start_for(context: Context, state: UserState, limit: int, shown: Collection[int] = ()) -> Start:
    """The papers whose answers would teach most of this reader; the slate is logged, if it isn't empty.

    What the reader did anything to isn't asked again. Without a bundle it is what is trending and new.

    Args:
        context: the application's parts.
        state: what is known of the reader so far.
        limit: how many papers.
        shown: tokens of those that were asked about before.

    Raises:
        recsys.store.StoreError: there is no bundle, and the record can't answer either.
    """
    ranker = context.live.ranker
    if ranker is None:
        start = _without_bundle(context, state, limit, shown)
    else:
        start = _by_bundle(context, ranker, state, limit, shown)
    if start.slate.items:
        context.slates.add(start.slate)
    return start


def _by_bundle(
    context: Context, ranker: Ranker, state: UserState, limit: int, shown: Collection[int]
) -> Start:
    bundle = ranker.bundle
    interests, whole = context.interests.of(state, bundle)
    made = ranker.scores(state, interests)
    asked = _asked(ranker, state, shown)
    allowed = ~asked
    for rows in muted_rows(state, bundle):
        allowed[rows] = False
    lessons = teaching_set(ranker.embeddings, made.total, np.flatnonzero(asked), allowed, limit)
    items = tuple(
        SlateItem(bundle.items[lesson.row], len(shown) + place, lesson.worth, 1.0, True)
        for place, lesson in enumerate(lessons)
    )
    slate = Slate(uuid4().hex, state.user, now_ms(), TEACHING, bundle.id, items)
    papers = {bundle.items[lesson.row]: bundle.paper(lesson.row) for lesson in lessons}
    return Start(slate, papers, [] if whole else ["encoder"])


def _without_bundle(context: Context, state: UserState, limit: int, shown: Collection[int]) -> Start:
    query = Query(limit, shown=frozenset(shown), now=now_ms())
    ranking, papers = rank_without_bundle(context.store, context.trending, state, query)
    return Start(slate_of(uuid4().hex, state.user, now_ms(), ranking, None), papers, ["bundle"])


def _asked(ranker: Ranker, state: UserState, shown: Collection[int]) -> NDArray[np.bool_]:
    """Which papers the reader was asked about, or did anything to: bool (n_items,)."""
    asked, rows = ranker.were_shown(shown), ranker.bundle.rows
    asked[[rows[item] for item in state.signals if item in rows]] = True
    return asked
