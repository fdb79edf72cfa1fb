"""The papers nearest to one, by what they say and by who reads them."""

from __future__ import annotations

from collections.abc import Collection

from recsys.papers import Paper
from service.context import Context

Scored = list[tuple[Paper, float]]


def nearest(context: Context, paper: Paper, limit: int, hidden: Collection[str]) -> tuple[Scored, list[str]]:
    """Papers with scores, the nearest first, and the parts that were missing for it.

    A paper that is not ranked yet is compared by the words of its title.
    """
    ranker = context.live.ranker
    if ranker is not None and paper.id in ranker.bundle.rows:
        found = ranker.similar(paper.id, limit, hidden)
        return [(ranker.bundle.paper(row), score) for row, score in found], []
    return _by_title(context, paper, limit, set(hidden)), ["bundle"]


def _by_title(context: Context, paper: Paper, limit: int, hidden: set[str]) -> Scored:
    left_out = hidden | {paper.id}
    found = context.store.papers.search(paper.title, limit + len(left_out))
    scores = {id: score for id, score in found if id not in left_out}
    papers = context.papers(scores)
    return [(papers[id], score) for id, score in scores.items()][:limit]
