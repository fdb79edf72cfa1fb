"""One's own data: a folder with papers in any format of `recsys ingest`, and events of `recsys import`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from recsys.errors import UserError
from recsys.events import StoredEvent, now_ms
from recsys.papers import Paper, PaperRecord
from recsys.profile import UserState, state_from_events
from recsys.reading import topic_features, topics_of
from recsys.sources import FORMATS, Rejected, detect
from recsys.sources.histories import events_file
from recsys.sources.reading import opened, until_broken
from recsys.store import Store
from training.evaluation.data.dataset import Dataset, Groups, in_csr_order

T = TypeVar("T")


def load_own(folder: Path) -> Dataset:
    """The papers in `papers.*` and the events in `events.jsonl` or `events.csv` (either may be .gz).

    They pass through a record of their own, so that papers are told apart and events are read exactly as in
    service. A paper counts with all that a reader did with it, at the time of the last act.

    Raises:
        UserError: a file is missing, or nothing in it can be used.
    """
    papers_path = _only(folder, "papers.*", "papers.jsonl, papers.bib or another format of `recsys ingest`")
    events_path = _only(folder, "events.*", "events.jsonl or events.csv")
    with (
        tempfile.TemporaryDirectory(prefix="recsys-evaluate-") as place,
        Store.open(f"sqlite:///{Path(place) / 'record.db'}") as store,
    ):
        store.migrate()
        received = now_ms()
        with _stream(papers_path) as (head, stream):
            records, bad_papers = _sorted_out(
                until_broken(FORMATS[detect(head, papers_path.name)](stream)), PaperRecord, papers_path
            )
        store.papers.upsert(records, "own")
        with _stream(events_path) as (head, stream):
            events, bad_events = _sorted_out(
                until_broken(events_file(stream, head, received)), StoredEvent, events_path
            )
        store.events.add(events, received)
        papers = tuple(store.papers.all())
        by_user = sorted(store.events.all(), key=lambda event: event.user)
    states = [state_from_events(u, list(acts)) for u, acts in groupby(by_user, lambda event: event.user)]
    notes = [
        f"{count} of {path.name} were refused, the first because {first.reason}"
        for path, count, first in (*bad_papers, *bad_events)
    ]
    return _dataset(papers, states, tuple(notes), events_path)


def _dataset(
    papers: tuple[Paper, ...], states: list[UserState], notes: tuple[str, ...], path: Path
) -> Dataset:
    rows = {paper.id: row for row, paper in enumerate(papers)}
    said = [
        (number, rows[item], value, time)
        for number, state in enumerate(states)
        for item, (value, time) in state.said().items()
        if item in rows
    ]
    if not any(value > 0 for _, _, value, _ in said):
        raise UserError(f"{path}: no reader likes any of the papers; give events about the papers' ids")
    users, items, values, times = (np.array(column) for column in zip(*said, strict=True))
    shape = (len(states), len(papers))
    matrix, in_order = in_csr_order(users, items, values.astype(np.float32), times, shape)
    names = tuple(topics_of(papers))
    years = [float(paper.published[:4]) if paper.published else float("nan") for paper in papers]
    return Dataset(
        name="own",
        interactions=matrix,
        users=tuple(state.user for state in states),
        items=tuple(paper.id for paper in papers),
        content=[paper.text for paper in papers],
        times=in_order,
        topics=Groups(names, topic_features(papers, names)) if names else None,
        years=np.array(years),
        notes=notes,
    )


def _only(folder: Path, pattern: str, what: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        seen = f"{len(found)} files {pattern}" if found else f"no {pattern}"
        raise UserError(f"--data: {folder} has {seen}; give a folder with one {what}")
    return found[0]


@contextmanager
def _stream(path: Path) -> Iterator[tuple[bytes, BinaryIO]]:
    with path.open("rb") as raw:
        yield opened(raw, str(path))


def _sorted_out(
    entries: Iterable[T | Rejected], kind: type[T], path: Path
) -> tuple[list[T], list[tuple[Path, int, Rejected]]]:
    """Those that could be read; and how many could not, with the first of them."""
    everything = list(entries)
    good = [entry for entry in everything if isinstance(entry, kind)]
    bad = [entry for entry in everything if isinstance(entry, Rejected)]
    if not good:
        reason = bad[0].reason if bad else "it is empty"
        raise UserError(f"--data: nothing in {path} can be used: {reason}")
    return good, [(path, len(bad), bad[0])] if bad else []
