"""The first start's demo: the catalogue, and simulated readers who have been at it for some weeks."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.demo import SOURCE, demo_papers
from recsys.events import now_ms
from recsys.store import Store
from training.simulate import READERS, simulate


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much is in the record now, of what the demo brought."""

    papers: int
    readers: int
    events: int


def load_demo(store: Store) -> Loaded:
    """Bring the demo into the record; the events in one transaction, so that they are there whole or not."""
    records = list(demo_papers())
    counts = store.papers.upsert(records, SOURCE)
    events = 0
    if not store.events.simulated_users():
        titles = {record.title for record in records}
        papers = [paper for paper in store.papers.all() if paper.title in titles]
        now = now_ms()
        acts = [act for act in simulate(papers, now) if act.time < now]
        store.events.add(acts, now)
        events = len(acts)
    return Loaded(counts.added + counts.updated + counts.unchanged, READERS, events)
