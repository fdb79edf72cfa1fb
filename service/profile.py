"""A reader's profile: their events in figures and words that a person understands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from recsys.beliefs import beliefs, items_named
from recsys.choices import choices
from recsys.events import Kind, Setting, StoredEvent, now_ms
from recsys.meaning import SHIPPED
from recsys.papers import Paper
from recsys.profile import UserState, standing_events, state_from_events
from service.context import Context

_MOST_TOPICS = 10
_MOST_RECENT = 20


def profile_of(context: Context, user: str) -> dict[str, Any]:
    """The profile, as API answers show it; of a reader nobody has heard of, zeros and usual settings.

    Raises:
        recsys.store.StoreError: the record can't be read.
    """
    events = context.store.events.of_user(user)
    standing = standing_events(events)
    state = state_from_events(user, events)
    papers = context.papers(items_named(state))
    ranker = context.live.ranker
    meaning, changed_at = (ranker.meaning, ranker.changed_at(state)) if ranker else (SHIPPED, None)
    held = beliefs(state, standing, papers, now_ms(), meaning, changed_at)
    return {
        "user": user,
        "simulated": bool(events) and all(event.simulated for event in events),
        "events": len(events),
        "counting": len(standing),
        "paused": bool(state.setting(Setting.PAUSED)),
        **counts(standing),
        "hidden": len(state.hidden),
        "follows": list(state.follows),
        "mutes": list(state.mutes),
        "topics": favourite_topics(state, papers),
        "recent": recent_acts(state, papers),
        "beliefs": [belief.public() for belief in held],
        "settings": [choice.public() for choice in choices(state, standing)],
        "version": state.version,
    }


def counts(events: Iterable[StoredEvent]) -> dict[str, int]:
    """How many papers are liked and saved as things stand, and how many were read.

    `events` are those that count (`standing_events`), oldest first.
    """
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
