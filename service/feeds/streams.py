"""What can be followed: a reader's recommendations, trends, topics, saved searches, papers like one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal, get_args
from urllib.parse import quote

from recsys.events import Kind, now_ms
from recsys.papers import Paper
from recsys.profile import UserState
from recsys.rank import Query, Ranking, shown_token
from recsys.stated import allowed
from service.context import Context
from service.nearest import nearest
from service.problems import Problem, unknown_paper
from service.ranking import log_slate, rank_for
from service.searching import search

Name = Literal["recommended", "trending", "topic", "search", "similar"]

_DAY_MS = 86_400_000
_SPARE = 200  # papers read beyond those asked for, since hidden ones and muted topics take some away
_LIKED_PAPERS = 3  # how many of them a reader's own list of streams is given


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing to follow. `about` is a topic, the id of a saved search, or of a paper."""

    name: Name
    about: str = ""

    @property
    def path(self) -> str:
        """Its place in addresses, such as "recommended" or "topic/Reward%20models"."""
        return f"{self.name}/{quote(self.about, safe=':')}" if self.about else self.name


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper of a stream, why it is there, and its place in the slate that showed it, if one did."""

    paper: Paper
    reasons: tuple[str, ...]
    slate: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a stream holds now, best first."""

    stream: Stream
    user: str
    title: str
    entries: tuple[Entry, ...]


def stream_at(path: str) -> Stream | None:
    """The stream of a decoded path.

    >>> stream_at("topic/Reward models")
    Stream(name='topic', about='Reward models')
    >>> stream_at("topic"), stream_at("trending/x")
    (None, None)
    """
    found, _, about = path.partition("/")
    for name in get_args(Name):
        if name == found and bool(about) == (name in ("topic", "search", "similar")):
            return Stream(name, about)
    return None


def listing(
    context: Context, user: str, stream: Stream, limit: int, passed: frozenset[str] = frozenset()
) -> Listing:
    """What the stream holds now; the same while nothing has happened, and on one day.

    Args:
        context: what it is made with.
        user: the reader.
        stream: what is listed.
        limit: how many papers at most.
        passed: ids of papers that the reader passed over, and is not recommended now.

    Raises:
        Problem: 404, the reader has no such search, or there is no such paper.
        recsys.store.StoreError: neither the record nor a bundle can answer.
    """
    state, degraded = context.state_of(user)
    if stream.name in ("recommended", "topic"):
        entries = _recommended(context, state, stream, limit, passed)
    else:
        entries = _LISTERS[stream.name](context, state, stream, limit)
    title = title_of(context, user, stream)
    context.count_degraded(degraded)
    known = context.papers(entry.paper.id for entry in entries)  # a bundle's papers don't know when they came
    current = (replace(entry, paper=known.get(entry.paper.id, entry.paper)) for entry in entries)
    return Listing(stream, user, title, tuple(current))


def title_of(context: Context, user: str, stream: Stream) -> str:
    """The stream's title.

    Raises:
        Problem: 404, the reader has no such search, or there is no such paper.
    """
    match stream.name:
        case "recommended":
            return "Recommended for you"
        case "trending":
            return "Trending papers"
        case "topic":
            return f"Recommended on {stream.about}"
        case "search":
            return f"Search: {_query(context, user, stream.about)}"
        case "similar":
            return f"Like “{_paper(context, stream.about).title}”"


def streams_of(context: Context, user: str) -> list[Stream]:
    """What the reader may want to follow: topics they follow, searches they saved, papers they chose last."""
    state, _ = context.state_of(user)
    chosen = [(-s.time, item) for item, s in state.signals.items() if s.act in (Kind.LIKE, Kind.SAVE)]
    return [
        Stream("recommended"),
        Stream("trending"),
        *(Stream("topic", topic) for topic in state.follows),
        *(Stream("search", saved.id) for saved in context.store.searches.of_user(user)),
        *(Stream("similar", item) for _, item in sorted(chosen)[:_LIKED_PAPERS]),
    ]


def _recommended(
    context: Context, state: UserState, stream: Stream, limit: int, passed: frozenset[str]
) -> list[Entry]:
    """The slate of this day and state of things: asked for again, it is the same one, and logged once."""
    ranker = context.live.ranker
    shown = frozenset(shown_token(item) for item in passed)
    day = now_ms() // _DAY_MS
    query = Query(
        limit=limit,
        category=stream.about or None,
        shown=shown,
        now=day * _DAY_MS,  # what was put off comes back as a day begins, so that the day's slate stays
    )
    edition = ranker.bundle.edition if ranker else context.store.papers.last_row()
    slate = _digest(stream.path, limit, state.user, state.version, sorted(shown), edition, day)
    ranking, papers, missing = rank_for(context, ranker, state, query, seed=int(slate[:15], 16))
    context.count_degraded(missing)
    if ranker is None:  # trends change by what others do
        slate = _digest(slate, *papers)
    ranking = _from_0(ranking, len(shown))
    log_slate(context, slate, state.user, ranking, ranker.bundle.id if ranker else None)
    return [
        Entry(papers[item.id], tuple(reason.text for reason in item.reasons), slate, item.position)
        for item in ranking.items
    ]


def _from_0(ranking: Ranking, offset: int) -> Ranking:
    """The ranking with places counted from 0: what was passed over was not on an earlier page."""
    items = tuple(replace(item, position=item.position - offset) for item in ranking.items)
    pair = None if ranking.pair is None else ranking.pair - offset
    return replace(ranking, items=items, pair=pair)


def _trending(context: Context, state: UserState, stream: Stream, limit: int) -> list[Entry]:
    today = now_ms() // _DAY_MS * _DAY_MS

    def may_be_shown(paper: Paper) -> bool:
        return allowed(paper, state, today, repeat=True)

    taken_up = [trend.paper for trend in context.trending.top("7d") if may_be_shown(trend.paper)][:limit]
    if taken_up:
        crowd = "simulated readers" if context.any_simulated() else "readers"
        return [Entry(paper, (f"Taken up by {crowd} in the last 7 days",)) for paper in taken_up]
    newest = context.store.papers.newest(limit + _SPARE)
    return [Entry(paper, ("New in the catalogue",)) for paper in newest if may_be_shown(paper)][:limit]


def _search(context: Context, state: UserState, stream: Stream, limit: int) -> list[Entry]:
    query = _query(context, state.user, stream.about)
    matches, degraded = search(context, query, limit, state.hidden)
    context.count_degraded(degraded)
    return [Entry(match.paper, (f"Found for “{query}”",)) for match in matches]


def _similar(context: Context, state: UserState, stream: Stream, limit: int) -> list[Entry]:
    paper = _paper(context, stream.about)
    scored, degraded = nearest(context, paper, limit, state.hidden)
    context.count_degraded(degraded)
    reason = f"Like “{paper.title}”"
    return [Entry(found, (reason,)) for found, _ in scored]


_LISTERS = {"trending": _trending, "search": _search, "similar": _similar}


def _query(context: Context, user: str, id: str) -> str:
    saved = context.store.searches.get(id, user)
    if saved is None:
        detail = f"{user!r} has no saved search {id!r}: see GET /v1/users/{{id}}/searches"
        raise Problem(404, "unknown-search", detail)
    return saved.query


def _paper(context: Context, id: str) -> Paper:
    paper = context.papers([id]).get(id)
    if paper is None:
        raise unknown_paper(id)
    return paper


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:32]
