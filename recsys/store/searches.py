"""The searches that readers have saved, to be told what comes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select

from recsys.events import now_ms
from recsys.store.engine import Database, insert_into
from recsys.store.schema import saved_searches


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One saved search; `created` in ms since the epoch."""

    id: str
    user: str
    query: str
    created: int


_COLUMNS = saved_searches.c
_ALL = (_COLUMNS.id, _COLUMNS.user, _COLUMNS.query, _COLUMNS.created)


class SearchTable:
    """Saved searches by reader; the same words are saved once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, user: str, query: str) -> SavedSearch:
        """The reader's search for these words, saved now or before."""
        values = {"id": secrets.token_hex(4), "user": user, "query": query, "created": now_ms()}
        with self._database.writing() as connection:
            connection.execute(insert_into(connection, saved_searches).on_conflict_do_nothing(), values)
            statement = select(*_ALL).where(_COLUMNS.user == user, _COLUMNS.query == query)
            return SavedSearch(*connection.execute(statement).one())

    def get(self, id: str, user: str) -> SavedSearch | None:
        """The reader's search with this id."""
        statement = select(*_ALL).where(_COLUMNS.id == id, _COLUMNS.user == user)
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        return SavedSearch(*row) if row else None

    def of_user(self, user: str) -> list[SavedSearch]:
        """The reader's searches, the oldest first."""
        statement = select(*_ALL).where(_COLUMNS.user == user).order_by(_COLUMNS.created, _COLUMNS.id)
        with self._database.reading() as connection:
            return [SavedSearch(*row) for row in connection.execute(statement)]

    def remove(self, id: str, user: str) -> bool:
        """Forget the search; False if the reader has no such one."""
        statement = delete(saved_searches).where(_COLUMNS.id == id, _COLUMNS.user == user)
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1
