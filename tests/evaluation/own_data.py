"""A small folder of one's own data, as `recsys evaluate --dataset own` takes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from worlds import World, make_world

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def write_own(folder: Path, world: World | None = None) -> World:
    """Papers with topics and dates, and likes in a random order of time."""
    world = world or make_world(n_users=60, n_items=70)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "papers.jsonl").open("w") as papers:
        for item, text in enumerate(world.texts):
            paper = {
                "id": f"p{item}",
                "title": f"Paper number {item} of the world",
                "abstract": text,
                "topics": [f"theme-{world.themes[item]}"],
                "published": f"{2015 + item % 10}-01-01",
            }
            papers.write(json.dumps(paper) + "\n")
    rng = np.random.default_rng(0)
    with (folder / "events.jsonl").open("w") as events:
        users, items = world.interactions.nonzero()
        for number, (user, item) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
            moment = BEGIN + timedelta(minutes=int(rng.integers(0, 100_000)))
            kind = "dislike" if rng.random() < 0.1 else "like"
            event = {"id": f"e{number}", "user": f"u{user}", "item": f"p{item}", "kind": kind}
            events.write(json.dumps({**event, "time": moment.isoformat()}) + "\n")
    return world
