"""Papers as the pages show them, one card each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from recsys.events import StoredEvent, now_ms
from recsys.explain import Reason
from recsys.papers import Paper
from service.standing import acts_in_force

_MOST_AUTHORS = 3
_MOST_REASONS = 2
_EXCERPT = 420
_LABELS = {
    "content": "Text",
    "readers": "Readers",
    "popular": "Popular",
    "variety": "Variety",
    "trending": "Trending",
    "new": "New",
    "topic": "You said",
    "author": "You said",
    "venue": "You said",
    "interest": "You said",
    "freshness": "You said",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A paper on a page: why it is there, its place in the slate, and what the reader did to it.

    Attributes:
        paper: the paper.
        why: (label, text) of each reason.
        slate: the id of the slate that shows it; None where no ranking does.
        position: its place in that slate, from 0.
        acts: the acts in force, by the ids of their events.
        is_new: whether it wasn't on the page before the reader's last act.
    """

    paper: Paper
    why: tuple[tuple[str, str], ...] = ()
    slate: str | None = None
    position: int | None = None
    acts: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = False

    @property
    def address(self) -> str:
        """Of its own page."""
        return paper_address(self.paper.id, self.slate, self.position)

    @property
    def byline(self) -> str:
        """Authors, venue and date in a line."""
        authors = list(self.paper.authors)
        names = ", ".join(authors[:_MOST_AUTHORS])
        if len(authors) > _MOST_AUTHORS:
            names += f" and {len(authors) - _MOST_AUTHORS} more"
        return " · ".join(part for part in (names, self.paper.venue, self.paper.published) if part)

    @property
    def excerpt(self) -> str:
        """How the abstract begins."""
        return textwrap.shorten(self.paper.abstract, _EXCERPT, placeholder=" …")


def paper_address(id: str, slate: str | None = None, position: int | None = None) -> str:
    """Of a paper's page. The id is a parameter, not a part of the path: it may hold slashes and dots.

    >>> paper_address("x/../y")
    '/paper?id=x%2F..%2Fy'
    """
    place = {} if slate is None else {"slate": slate, "position": position}
    return f"/paper?{urlencode({'id': id, **place})}"


def why_of(reasons: Iterable[Reason]) -> tuple[tuple[str, str], ...]:
    """The weightiest reasons, each with a label of one word or two."""
    return tuple((_LABELS.get(reason.kind, "You said"), reason.text) for reason in reasons)[:_MOST_REASONS]


def cards_of(
    papers: Iterable[Paper], events: Iterable[StoredEvent], why: tuple[tuple[str, str], ...] = ()
) -> list[Card]:
    """Cards of papers that no slate shows, with what the reader did to them."""
    acts = acts_in_force(events, now_ms())
    return [Card(paper, why, acts=acts.get(paper.id, {})) for paper in papers]
