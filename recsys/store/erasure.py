"""What the record holds of a reader: one list, from which they are exported and erased."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, select, tuple_

from recsys.store.engine import Database, chunks
from recsys.store.schema import (
    embeddings,
    events,
    invites,
    mailed_papers,
    mailings,
    papers,
    saved_searches,
    sessions,
    slates,
    subscriptions,
    user_tokens,
    users,
)

_CHUNK = 1_000


@dataclass(frozen=True)
class Held:
    """A table with rows of readers.

    Attributes:
        table: with a row for each thing held.
        user: the column that says whose it is.
        order: the columns that order a reader's rows, together unique among them.
        withheld: columns that say nothing of the reader, or that nobody may see; no export has them.
    """

    table: Table
    user: Column[str]
    order: tuple[Column[Any], ...]
    withheld: tuple[Column[Any], ...] = ()


# The readers' own rows go first: the lock on one makes whoever records an event of theirs meanwhile wait, so
# that the event either goes with the others or is the first of a reader born anew.
HELD = (
    Held(users, users.c.id, (users.c.id,)),
    Held(events, events.c.user, (events.c.time, events.c.id), (events.c.seq,)),
    Held(slates, slates.c.user, (slates.c.time, slates.c.id)),
    Held(
        user_tokens,
        user_tokens.c.user,
        (user_tokens.c.created, user_tokens.c.id),
        (user_tokens.c.secret_hash,),
    ),
    Held(sessions, sessions.c.user, (sessions.c.created, sessions.c.id), (sessions.c.secret_hash,)),
    Held(invites, invites.c.user, (invites.c.created, invites.c.id), (invites.c.secret_hash,)),
    Held(saved_searches, saved_searches.c.user, (saved_searches.c.created, saved_searches.c.id)),
    Held(subscriptions, subscriptions.c.user, (subscriptions.c.user,)),
    Held(mailed_papers, mailed_papers.c.user, (mailed_papers.c.paper,)),
    Held(mailings, mailings.c.user, (mailings.c.id,), (mailings.c.sender,)),
)


def erase(database: Database, user: str) -> dict[str, int]:
    """Remove all that the record holds of a reader, in one transaction; how many rows, by table.

    The vectors of interests that they put in plain words go too; another reader's is made anew when needed.

    Raises:
        StoreError: the record can't be written; nothing was removed.
    """
    with database.writing() as connection:
        texts = _texts_of(connection, user)
        removed = {
            str(held.table.name): connection.execute(delete(held.table).where(held.user == user)).rowcount
            for held in HELD
        }
        _forget_texts(connection, texts)
    return removed


def read(database: Database, held: Held, user: str) -> Iterator[Mapping[str, Any]]:
    """A reader's rows of one table as they stand in SQL, in order, `_CHUNK` of them in memory at a time."""
    columns = [column for column in held.table.c if all(column is not other for other in held.withheld)]
    names = [str(column.name) for column in columns]  # plain text, not SQLAlchemy's own kind of it
    statement = select(*columns, *(column.label(f"place_{n}") for n, column in enumerate(held.order)))
    ordered = statement.where(held.user == user).order_by(*held.order).limit(_CHUNK)
    last: tuple[Any, ...] | None = None
    while True:
        following = ordered if last is None else ordered.where(tuple_(*held.order) > last)
        with database.reading() as connection:
            rows = [tuple(row) for row in connection.execute(following)]
        for row in rows:
            yield dict(zip(names, row, strict=False))
        if len(rows) < _CHUNK:
            return
        last = rows[-1][len(columns) :]


def _texts_of(connection: Connection, user: str) -> set[str]:
    statement = select(events.c.text).where(events.c.user == user, events.c.text.is_not(None))
    return {hashlib.sha256(text.encode()).hexdigest() for text in connection.scalars(statement)}


def _forget_texts(connection: Connection, digests: set[str]) -> None:
    of_a_paper = select(papers.c.content_hash)
    for some in chunks(sorted(digests)):
        ours = embeddings.c.content_hash.in_(some), embeddings.c.content_hash.not_in(of_a_paper)
        connection.execute(delete(embeddings).where(*ours))
