"""The log of what was shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

from sqlalchemy import delete, func, select

from recsys.slates import Slate, SlateItem
from recsys.store.engine import Database, insert_into
from recsys.store.schema import slates

SLATE_COLUMNS = (
    slates.c.id,
    slates.c.user,
    slates.c.time,
    slates.c.policy,
    slates.c.bundle,
    slates.c["items"],
    slates.c.pair,
)


class SlateTable:
    """Slates by id; their scores and propensities come back exactly as they went in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, slates_shown: Sequence[Slate]) -> None:
        """Keep the slates, in one transaction; one whose id is there already is left as it is."""
        if not slates_shown:
            return
        values = [_values(slate) for slate in sorted(slates_shown, key=lambda slate: slate.id)]
        with self._database.writing() as connection:
            connection.execute(insert_into(connection, slates).on_conflict_do_nothing(), values)

    def get(self, id: str) -> Slate | None:
        """The slate with this id."""
        with self._database.reading() as connection:
            row = connection.execute(select(*SLATE_COLUMNS).where(slates.c.id == id)).one_or_none()
        return as_slate(row) if row else None

    def of_user(self, user: str, limit: int) -> list[Slate]:
        """The user's last slates, the newest first."""
        statement = select(*SLATE_COLUMNS).where(slates.c.user == user)
        newest_first = statement.order_by(slates.c.time.desc(), slates.c.id.desc()).limit(max(limit, 0))
        with self._database.reading() as connection:
            return [as_slate(row) for row in connection.execute(newest_first)]

    def all(self, chunk: int = 10_000) -> Iterator[Slate]:
        """Every slate, ordered by id, `chunk` of them in memory at a time."""
        last = ""
        while True:
            statement = select(*SLATE_COLUMNS).where(slates.c.id > last).order_by(slates.c.id).limit(chunk)
            with self._database.reading() as connection:
                found = [as_slate(row) for row in connection.execute(statement)]
            yield from found
            if len(found) < chunk:
                return
            last = found[-1].id

    def erase(self, user: str, until: int) -> int:
        """Remove what was shown to a user up to a time (ms, inclusive); returns how many slates there were.

        For slates that were written late: `Store.erase` removes those that are there, with all else.
        """
        statement = delete(slates).where(slates.c.user == user, slates.c.time <= until)
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount

    def count(self) -> int:
        """How many slates there are."""
        with self._database.reading() as connection:
            return connection.scalars(select(func.count()).select_from(slates)).one()


def _values(slate: Slate) -> dict[str, Any]:
    return {
        "id": slate.id,
        "user": slate.user,
        "time": slate.time,
        "policy": slate.policy,
        "bundle": slate.bundle,
        "items": [_packed(item) for item in slate.items],
        "pair": slate.pair,
    }


def _packed(item: SlateItem) -> list[Any]:
    """As JSON, without what isn't said at the end."""
    values = list(astuple(item))
    while values[-1] is None:
        values.pop()
    return values


def as_slate(row: Any) -> Slate:
    """A slate from its `SLATE_COLUMNS`."""
    id, user, time, policy, bundle, items, pair = row
    return Slate(id, user, time, policy, bundle, tuple(SlateItem(*item) for item in items), pair)
