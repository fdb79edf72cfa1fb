"""Every call of the API as plain data, which the two clients send alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import uuid4

import orjson
from pydantic import BaseModel

from recsys.client import answers, reader_answers
from recsys.client.answers import Answer
from recsys.events import Event
from recsys.papers import PaperRecord

Window = Literal["24h", "7d", "30d"]
Since = str | date  # an ISO date, or a duration such as "7d"

_MOST_ENTRIES = 1_000  # of one request; the service takes no more
_MOST_BYTES = 1_900_000  # likewise, with room for what surrounds the entries

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Call(Generic[A]):
    """One request and the type of its answer; `body` is JSON."""

    method: str
    path: str
    answer: type[A]
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


def recommendations(
    user: str,
    limit: int,
    cursor: str | None,
    category: str | None,
    since: Since | None,
    repeat: bool | None,
    explore: bool,
    in_full: bool,
) -> Call[answers.Slate]:
    """GET /v1/recommendations."""
    query = _query(
        user=user,
        limit=limit,
        cursor=cursor,
        category=category,
        since=since,
        repeat=repeat,
        exploration=None if explore else "off",
        explain="full" if in_full else None,
    )
    return Call("GET", "v1/recommendations", answers.Slate, query)


def one_event(event: Event) -> Call[answers.EventsTaken]:
    """POST /v1/events with one event: if it is refused, that is the call's problem."""
    return Call("POST", "v1/events", answers.EventsTaken, body=_json(event))


def events(given: Iterable[Event]) -> Iterator[tuple[int, Call[answers.EventsTaken]]]:
    """POST /v1/events for as many requests as it takes, each with the place of its first event."""
    for start, body in _batches("events", given):
        yield start, Call("POST", "v1/events", answers.EventsTaken, body=body)


def papers_added(given: Iterable[PaperRecord]) -> Iterator[tuple[int, Call[answers.PapersTaken]]]:
    """POST /v1/papers for as many requests as it takes, each with the place of its first paper."""
    for start, body in _batches("papers", given):
        yield start, Call("POST", "v1/papers", answers.PapersTaken, body=body)


def papers(limit: int, cursor: str | None, topic: str | None, since: Since | None) -> Call[answers.PaperPage]:
    """GET /v1/papers."""
    query = _query(limit=limit, cursor=cursor, topic=topic, since=since)
    return Call("GET", "v1/papers", answers.PaperPage, query)


def paper(id: str) -> Call[answers.Paper]:
    """GET /v1/papers/{id}."""
    return Call("GET", f"v1/papers/{_segment(id)}", answers.Paper)


def similar(id: str, limit: int, user: str | None) -> Call[answers.Similar]:
    """GET /v1/papers/{id}/similar."""
    query = _query(limit=limit, user=user)
    return Call("GET", f"v1/papers/{_segment(id)}/similar", answers.Similar, query)


def scores(user: str, papers: Sequence[str | PaperRecord]) -> Call[answers.Scores]:
    """POST /v1/scores."""
    asked = [paper if isinstance(paper, str) else paper.model_dump(exclude_none=True) for paper in papers]
    return Call("POST", "v1/scores", answers.Scores, body=orjson.dumps({"user": user, "papers": asked}))


def search(text: str, limit: int, user: str | None) -> Call[answers.Found]:
    """GET /v1/search."""
    return Call("GET", "v1/search", answers.Found, _query(q=text, limit=limit, user=user))


def trending(window: Window, limit: int, category: str | None) -> Call[answers.Trending]:
    """GET /v1/trending."""
    query = _query(window=window, limit=limit, category=category)
    return Call("GET", "v1/trending", answers.Trending, query)


def digest_set(user: str, address: str, hour: int, zone: str, on: bool) -> Call[reader_answers.Digest]:
    """PUT /v1/users/{id}/digest."""
    body = orjson.dumps({"address": address, "hour": hour, "zone": zone, "on": on})
    return Call("PUT", f"v1/users/{_segment(user)}/digest", reader_answers.Digest, body=body)


def digest(user: str) -> Call[reader_answers.Digest]:
    """GET /v1/users/{id}/digest."""
    return Call("GET", f"v1/users/{_segment(user)}/digest", reader_answers.Digest)


def digest_deleted(user: str) -> Call[reader_answers.DigestDeleted]:
    """DELETE /v1/users/{id}/digest."""
    return Call("DELETE", f"v1/users/{_segment(user)}/digest", reader_answers.DigestDeleted)


def profile(user: str) -> Call[reader_answers.Profile]:
    """GET /v1/users/{id}/profile."""
    return Call("GET", f"v1/users/{_segment(user)}/profile", reader_answers.Profile)


def correction(user: str, changes: Mapping[str, Any]) -> Call[reader_answers.Profile]:
    """PATCH /v1/users/{id}/profile; the id made here lets it count once, however often it is sent."""
    body = orjson.dumps({"id": uuid4().hex, **changes})
    return Call("PATCH", f"v1/users/{_segment(user)}/profile", reader_answers.Profile, body=body)


def reset(user: str) -> Call[reader_answers.Profile]:
    """POST /v1/users/{id}/reset, which counts once likewise."""
    body = orjson.dumps({"id": uuid4().hex})
    return Call("POST", f"v1/users/{_segment(user)}/reset", reader_answers.Profile, body=body)


def export(user: str) -> Call[reader_answers.Export]:
    """GET /v1/users/{id}/export."""
    return Call("GET", f"v1/users/{_segment(user)}/export", reader_answers.Export)


def erasure(user: str) -> Call[reader_answers.Erased]:
    """DELETE /v1/users/{id}."""
    return Call("DELETE", f"v1/users/{_segment(user)}", reader_answers.Erased)


def seeds(user: str, ids: Sequence[str], titles: Sequence[str], bibtex: str) -> Call[reader_answers.Seeds]:
    """POST /v1/users/{id}/seeds."""
    body = orjson.dumps({"ids": list(ids), "titles": list(titles), "bibtex": bibtex})
    return Call("POST", f"v1/users/{_segment(user)}/seeds", reader_answers.Seeds, body=body)


def start(user: str, limit: int, cursor: str | None) -> Call[reader_answers.Start]:
    """GET /v1/users/{id}/start."""
    query = _query(limit=limit, cursor=cursor)
    return Call("GET", f"v1/users/{_segment(user)}/start", reader_answers.Start, query)


def all_events_taken(parts: Iterable[tuple[int, answers.EventsTaken]]) -> answers.EventsTaken:
    """The answers to a batch's requests as one; refusals are counted from the batch's first event."""
    held = list(parts)
    return answers.EventsTaken(
        accepted=tuple(id for _, part in held for id in part.accepted),
        repeated=tuple(id for _, part in held for id in part.repeated),
        refused=_refused(held),
        state="fresh" if all(part.state == "fresh" for _, part in held) else "deferred",
    )


def all_papers_taken(parts: Iterable[tuple[int, answers.PapersTaken]]) -> answers.PapersTaken:
    """Likewise for papers."""
    held = list(parts)
    items = tuple(item for _, part in held for item in part.items)
    return answers.PapersTaken(items=items, refused=_refused(held))


def _refused(
    parts: Iterable[tuple[int, answers.EventsTaken | answers.PapersTaken]],
) -> tuple[answers.Refusal, ...]:
    return tuple(
        refusal.model_copy(update={"index": start + refusal.index})
        for start, part in parts
        for refusal in part.refused
    )


def _batches(name: str, entries: Iterable[BaseModel]) -> Iterator[tuple[int, bytes]]:
    """Bodies of `{name: [...]}` within the service's limits, each with the place of its first entry."""
    held: list[bytes] = []
    start = size = 0
    for entry in entries:
        encoded = _json(entry)
        if held and (len(held) == _MOST_ENTRIES or size + len(encoded) > _MOST_BYTES):
            yield start, _list_of(name, held)
            start, size, held = start + len(held), 0, []
        held.append(encoded)
        size += len(encoded) + 1
    if held:
        yield start, _list_of(name, held)


def _list_of(name: str, encoded: list[bytes]) -> bytes:
    return b'{"%b":[%b]}' % (name.encode(), b",".join(encoded))


def _json(entry: BaseModel) -> bytes:
    return orjson.dumps(entry.model_dump(mode="json", exclude_defaults=True))


def _query(**given: str | int | bool | date | None) -> dict[str, str]:
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: str | int | bool | date) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _segment(id: str) -> str:
    """An id as one segment of a path: slashes escaped, and dots where they would mean a folder."""
    return id.replace(".", "%2E") if id in (".", "..") else quote(id, safe=":")
