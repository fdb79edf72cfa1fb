"""Which paper an arriving record is, and what it changes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from recsys.papers import Paper, PaperRecord, identities
from recsys.store.engine import chunks
from recsys.store.rows import PAPER_COLUMNS, as_paper
from recsys.store.schema import paper_aliases, papers, plain

_OWN = "own"  # the kind of an identity that a source made up


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """What became of the records; what comes twice in a batch counts once as new or changed."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: UpsertCounts) -> UpsertCounts:
        """The counts of both."""
        return UpsertCounts(
            self.added + other.added, self.updated + other.updated, self.unchanged + other.unchanged
        )


@dataclass(slots=True)
class _Entry:
    """A paper of the batch: as it was (None if new), as it becomes, and the names it has and gains."""

    before: Paper | None
    now: Paper
    names: set[str] = field(default_factory=set)
    gained: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.now != self.before


class _Batch:
    """The papers that the names of a batch of records may mean."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self.owner = {name: entry for entry in entries for name in entry.names}
        self.touched: dict[int, _Entry] = {}

    def take(self, record: PaperRecord, names: Sequence[str], source: str, now: int) -> None:
        offered = _offered(record)
        entry = self._find(names)
        if entry is None:
            entry = _Entry(None, Paper(row=0, id=names[0], source=source, added=now, **offered))
        else:
            entry.now = _merged(entry.now, offered, source)
        for name in names:
            if self.owner.setdefault(name, entry) is entry and name not in entry.names:
                entry.names.add(name)
                entry.gained.append(name)
        self.touched[id(entry)] = entry

    def _find(self, names: Sequence[str]) -> _Entry | None:
        for name in names:
            entry = self.owner.get(name)
            if entry is not None and not (_kind(name) == "title" and _is_another(names, entry)):
                return entry
        return None


def upsert_batch(
    connection: Connection, records: Sequence[PaperRecord], source: str, now: int
) -> UpsertCounts:
    """Add or merge the records within the caller's transaction, during which nobody else may upsert."""
    named = [[plain(name) for name in identities(record)] for record in records]
    batch = _Batch(_entries(connection, {name for names in named for name in names}))
    for record, names in zip(records, named, strict=True):
        batch.take(record, names, source, now)
    entries = list(batch.touched.values())
    new = [entry for entry in entries if entry.before is None]
    known = [entry for entry in entries if entry.before is not None]
    _insert(connection, new)
    _update(connection, [entry.now for entry in known if entry.changed], now)
    _add_aliases(connection, entries)
    updated = sum(entry.changed or bool(entry.gained) for entry in known)
    return UpsertCounts(len(new), updated, len(records) - len(new) - updated)


def _kind(name: str) -> str:
    prefix = name.partition(":")[0]
    return prefix if prefix in ("arxiv", "doi", "title") else _OWN


def _is_another(names: Sequence[str], entry: _Entry) -> bool:
    """Whether a title in common is a coincidence.

    The record's stronger names are all unknown to the paper; where the paper has another name of the same
    kind, such as another DOI, the two are different papers.
    """
    return bool({_kind(name) for name in names} & {_kind(name) for name in entry.names} - {"title"})


def _offered(record: PaperRecord) -> dict[str, Any]:
    return {
        "title": plain(record.title),
        "abstract": plain(record.abstract),
        "authors": tuple(plain(author) for author in record.authors),
        "topics": tuple(plain(topic) for topic in record.topics),
        "published": record.published,
        "url": plain(record.url) if record.url else None,
        "venue": plain(record.venue) if record.venue else None,
    }


def _rank(source: str) -> int:
    """How much a source is believed: our demonstration papers yield to any real one."""
    return 0 if source == "demo" else 1


def _merged(paper: Paper, offered: dict[str, Any], source: str) -> Paper:
    """The paper's own source, or a better one, has the say; others fill what is empty."""
    if source == paper.source or _rank(source) > _rank(paper.source):
        return replace(paper, source=source, **{name: value for name, value in offered.items() if value})
    missing = {name: value for name, value in offered.items() if value and not getattr(paper, name)}
    return replace(paper, **missing)


def _entries(connection: Connection, names: Iterable[str]) -> list[_Entry]:
    """The papers that have any of the names, each with all of its names."""
    rows: set[int] = set()
    for some_names in chunks(names):
        rows.update(
            connection.scalars(select(paper_aliases.c.paper_row).where(paper_aliases.c.alias.in_(some_names)))
        )
    entries: dict[int, _Entry] = {}
    for some in chunks(sorted(rows)):
        for row in connection.execute(select(*PAPER_COLUMNS).where(papers.c.row.in_(some))):
            paper = as_paper(row)
            entries[paper.row] = _Entry(paper, paper)
        for alias, row in connection.execute(
            select(paper_aliases.c.alias, paper_aliases.c.paper_row).where(
                paper_aliases.c.paper_row.in_(some)
            )
        ):
            entries[row].names.add(alias)
    return list(entries.values())


def _insert(connection: Connection, entries: list[_Entry]) -> None:
    if not entries:
        return
    values = [{**_values(entry.now), "id": entry.now.id, "updated": entry.now.added} for entry in entries]
    rows = connection.scalars(insert(papers).returning(papers.c.row, sort_by_parameter_order=True), values)
    for entry, row in zip(entries, rows, strict=True):
        entry.now = replace(entry.now, row=row)


def _update(connection: Connection, changed: list[Paper], now: int) -> None:
    if changed:
        statement = update(papers).where(papers.c.row == bindparam("this"))
        connection.execute(
            statement, [{**_values(paper), "updated": now, "this": paper.row} for paper in changed]
        )


def _add_aliases(connection: Connection, entries: list[_Entry]) -> None:
    gained = [{"alias": name, "paper_row": entry.now.row} for entry in entries for name in entry.gained]
    if gained:
        connection.execute(insert(paper_aliases), gained)


def _values(paper: Paper) -> dict[str, Any]:
    return {
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(paper.authors),
        "topics": list(paper.topics),
        "published": paper.published,
        "url": paper.url,
        "venue": paper.venue,
        "source": paper.source,
        "added": paper.added,
        "content_hash": paper.content_hash,
    }
