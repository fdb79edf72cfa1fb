"""The feeds that are read as sources of papers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from sqlalchemy import delete, or_, select, update

from recsys.events import now_ms
from recsys.store.engine import Database, insert_into
from recsys.store.schema import sources

NEVER = 2**62  # when a feed that is gone is due
_COLUMNS = sources.c


@dataclass(frozen=True, slots=True)
class Source:
    """One feed, or an OPML list of feeds. Times in ms since the epoch.

    `listed_by` is the address of the list that brought it; `etag` and `modified` are what its server said of
    the last answer; `polled` is when it last answered; `due` is when it is to be asked again; `problem` is
    what went wrong the last time, `failures` times in a row.
    """

    url: str
    title: str = ""
    listed_by: str | None = None
    added: int = 0
    etag: str | None = None
    modified: str | None = None
    polled: int | None = None
    due: int = 0
    failures: int = 0
    problem: str | None = None


_ALL = tuple(_COLUMNS[field.name] for field in fields(Source))


class SourceTable:
    """Sources by their address."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, url: str, title: str = "", listed_by: str | None = None) -> bool:
        """Add a source, due at once; False if it is there already."""
        new = Source(url, title, listed_by, added=now_ms())
        with self._database.writing() as connection:
            adding = insert_into(connection, sources).on_conflict_do_nothing().returning(_COLUMNS.url)
            return connection.execute(adding, asdict(new)).first() is not None

    def remove(self, url: str) -> int:
        """Forget a source and those that it listed; how many that were. Their papers stay."""
        statement = delete(sources).where(or_(_COLUMNS.url == url, _COLUMNS.listed_by == url))
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount

    def all(self) -> list[Source]:
        """Every source, the oldest first."""
        statement = select(*_ALL).order_by(_COLUMNS.added, _COLUMNS.url)
        with self._database.reading() as connection:
            return [Source(*row) for row in connection.execute(statement)]

    def due(self, now: int) -> list[Source]:
        """Those to be asked by now, the longest due first."""
        statement = select(*_ALL).where(_COLUMNS.due <= now).order_by(_COLUMNS.due, _COLUMNS.url)
        with self._database.reading() as connection:
            return [Source(*row) for row in connection.execute(statement)]

    def settle(self, source: Source) -> None:
        """Note what came of asking it; nothing, if it was removed meanwhile."""
        statement = update(sources).where(_COLUMNS.url == source.url)
        with self._database.writing() as connection:
            connection.execute(statement.values(asdict(source)))
