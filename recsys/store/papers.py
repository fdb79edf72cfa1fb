"""The catalogue: papers, and every name that a paper is known by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, desc, func, or_, select

from recsys.events import now_ms
from recsys.papers import Paper, PaperRecord, identity_of
from recsys.store.engine import Database, chunks
from recsys.store.rows import PAPER_COLUMNS, as_paper
from recsys.store.schema import paper_aliases, papers, plain
from recsys.store.search import search
from recsys.store.upsert import UpsertCounts, upsert_batch

_BATCH = 1_000
_UPSERTING = 0x72656302  # the advisory lock of upserts
_IN_ORDER = select(*PAPER_COLUMNS).order_by(papers.c.row)


class PaperTable:
    """Papers by row (their place in SQL, never used twice) and by id (their canonical identity)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upsert(self, records: Iterable[PaperRecord], source: str) -> UpsertCounts:
        """Add the papers that are new and merge the others, 1,000 records a transaction.

        A record is the paper that has any of its `identities`, the strongest first; a title in common does
        not count where both have an identity of the same kind that differs. The paper's own source, or any
        over "demo", overwrites what it offers; another source fills what is empty. The canonical id stays.
        """
        counts = UpsertCounts()
        for batch in chunks(records, _BATCH):
            # One at a time, so that no two add the same paper, and that rows appear in their order: whoever
            # asks for those `after` the last row it knows misses none.
            with self._database.writing_alone(_UPSERTING) as connection:
                counts += upsert_batch(connection, batch, source, now_ms())
        return counts

    def get(self, id: str) -> Paper | None:
        """The paper with this identity: canonical, "arxiv:...", "doi:...", "title:..." or a source's own."""
        return self.get_many([id]).get(id)

    def get_many(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The papers with these identities, keyed as asked for; unknown ones are absent."""
        with self._database.reading() as connection:
            return {id: as_paper(paper) for id, paper in _known(connection, PAPER_COLUMNS, ids)}

    def resolve(self, ids: Iterable[str]) -> dict[str, str]:
        """The canonical id of each known identity; unknown ones are absent."""
        with self._database.reading() as connection:
            return resolve(connection, ids)

    def all(self) -> list[Paper]:
        """Every paper, ordered by row."""
        return self.after(0)

    def after(self, row: int) -> list[Paper]:
        """The papers that came later than the one at `row`, ordered by row."""
        return self._read(_IN_ORDER.where(papers.c.row > row))

    def rows_after(self, row: int, limit: int) -> list[int]:
        """The rows of the papers that came after the one at `row`: of the latest `limit`, the latest last."""
        statement = select(papers.c.row).where(papers.c.row > row).order_by(desc("row")).limit(limit)
        with self._database.reading() as connection:
            return list(connection.scalars(statement))[::-1]

    def page(self, after_row: int, limit: int) -> list[Paper]:
        """At most `limit` of the papers after `after_row`, ordered by row."""
        return self._read(_IN_ORDER.where(papers.c.row > after_row).limit(max(limit, 0)))

    def newest(self, limit: int, topic: str | None = None, since: str | None = None) -> list[Paper]:
        """The latest published first, then those without a date; among equals the latest added.

        `topic` is one of the paper's topics, in whatever case. `since` is an ISO date, inclusive; papers
        without a date are then left out.
        """
        statement = select(*PAPER_COLUMNS)
        if topic is not None:
            statement = statement.where(self._has_topic(topic))
        # Two questions, each answered from the end of the index: the databases sort NULL at different ends.
        dated = statement.where(papers.c.published >= (since or ""))
        found = self._read(dated.order_by(desc("published"), desc("added"), desc("row")).limit(max(limit, 0)))
        if since is None and len(found) < limit:
            undated = statement.where(papers.c.published.is_(None))
            found += self._read(undated.order_by(desc("added"), desc("row")).limit(limit - len(found)))
        return found

    def added_since(self, time: int) -> set[str]:
        """The ids of the papers that came into the catalogue since, in ms since the epoch."""
        with self._database.reading() as connection:
            return set(connection.scalars(select(papers.c.id).where(papers.c.added >= time)))

    def count(self) -> int:
        """How many papers there are."""
        with self._database.reading() as connection:
            return connection.scalars(select(func.count()).select_from(papers)).one()

    def last_row(self) -> int:
        """The row of the paper that was added last; 0 where there is none."""
        with self._database.reading() as connection:
            return connection.scalars(select(func.max(papers.c.row))).one() or 0

    def by_row(self, rows: Iterable[int]) -> dict[int, Paper]:
        """The papers at these rows; those that aren't there are absent."""
        return {
            paper.row: paper
            for some in chunks(rows)
            for paper in self._read(select(*PAPER_COLUMNS).where(papers.c.row.in_(some)))
        }

    def search(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Ids and scores (larger is better) of the papers with any of the query's words, the best first."""
        with self._database.reading() as connection:
            return search(connection, query, limit)

    def _has_topic(self, topic: str) -> ColumnElement[bool]:
        each = func.json_array_elements_text if self._database.is_postgresql else func.json_each
        values = each(papers.c.topics).table_valued("value")
        name = plain(topic)  # SQLite's lower() knows ASCII only: other letters must then match as they are
        same = or_(values.c.value == name, func.lower(values.c.value) == name.lower())
        return select(values.c.value).where(same).exists()

    def _read(self, statement: Select[*tuple[object, ...]]) -> list[Paper]:
        with self._database.reading() as connection:
            return [as_paper(row) for row in connection.execute(statement)]


def resolve(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """As `PaperTable.resolve`, within the caller's transaction."""
    return {id: row[0] for id, row in _known(connection, [papers.c.id], ids)}


def _known(
    connection: Connection, columns: Sequence[ColumnElement[Any]], ids: Iterable[str]
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Each known id with these columns of its paper: the paper of just that id, else of what it means.

    An id that SQL can't hold can't be known.
    """
    statement = select(paper_aliases.c.alias, *columns).join_from(paper_aliases, papers)
    for asked in chunks(dict.fromkeys(id for id in ids if id == plain(id))):
        meant = {id: identity_of(id) for id in asked}
        either = statement.where(paper_aliases.c.alias.in_({*meant, *meant.values()}))
        rows = {alias: row for alias, *row in connection.execute(either)}
        for id, identity in meant.items():
            if found := rows.get(id) or rows.get(identity):
                yield id, found
