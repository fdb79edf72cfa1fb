"""A reader's events in figures that a person understands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from recsys.events import Kind, StoredEvent
from recsys.papers import Paper
from recsys.profile import UserState

_MOST_TOPICS = 10
_MOST_RECENT = 20


def counts(events: Iterable[StoredEvent]) -> dict[str, int]:
    """How many papers are liked and saved as things stand, and how many were read. `events` oldest first."""
    judged: dict[str | None, Kind] = {}
    saved: dict[str | None, Kind] = {}
    read = set()
    for event in events:
        match event.kind:
            case Kind.LIKE | Kind.DISLIKE:
                judged[event.item] = event.kind
            case Kind.SAVE | Kind.UNSAVE:
                saved[event.item] = event.kind
            case Kind.READ:
                read.add(event.item)
    return {
        "likes": sum(kind is Kind.LIKE for kind in judged.values()),
        "saves": sum(kind is Kind.SAVE for kind in saved.values()),
        "reads": len(read),
    }


def favourite_topics(state: UserState, papers: Mapping[str, Paper]) -> list[dict[str, Any]]:
    """Topics by their share of the reader's liking, the largest first."""
    weights: dict[str, float] = defaultdict(float)
    for item, confidence in state.confidences().items():
        for topic in papers[item].topics if item in papers else ():
            weights[topic] += confidence
    liked = {topic: weight for topic, weight in weights.items() if weight > 0}
    whole = sum(liked.values())
    best = sorted(liked.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TOPICS]
    return [{"topic": topic, "weight": round(weight / whole, 4)} for topic, weight in best]


def recent_acts(state: UserState, papers: Mapping[str, Paper]) -> list[dict[str, Any]]:
    """The papers that the reader did something to last, the latest first."""
    latest = sorted(state.signals.items(), key=lambda pair: (-pair[1].time, pair[0]))[:_MOST_RECENT]
    return [
        {
            "paper": {"id": item, "title": papers[item].title},
            "act": signal.act,
            "time": datetime.fromtimestamp(signal.time / 1000, UTC).isoformat(timespec="milliseconds"),
        }
        for item, signal in latest
        if item in papers
    ]
