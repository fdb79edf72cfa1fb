"""The events: what readers did, each counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, exists, func, select, tuple_, update

from recsys.events import Kind, StoredEvent
from recsys.store.engine import Database, chunks, insert_into
from recsys.store.papers import resolve
from recsys.store.rows import EVENT_COLUMNS, as_event
from recsys.store.schema import events, plain, slates, users

_CHUNK = 50_000


class Outcome(Enum):
    """What became of an event."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"  # the same event is there already
    CONFLICT = "conflict"  # its id is there with other content; the first one stays
    UNKNOWN_ITEM = "unknown_item"  # no paper has this identity


class Stamp(NamedTuple):
    """What tells one state of a user from another: a user who was erased and comes back is born anew."""

    born: int  # ms since the epoch
    events: int


class EventTable:
    """Events by id, which is their idempotency key; `time` and `received` in ms since the epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._of_user = _compiled_of_user(database)

    def add(
        self, given: Sequence[StoredEvent], received: int, *, timeless: Collection[str] = frozenset()
    ) -> list[Outcome]:
        """Keep the events that are new, in one transaction, on disk when this returns.

        An event's item is stored as its paper's canonical id. Users who are new are created. `timeless` are
        the ids of events whose client gave no time: their times aren't compared with what is there already.

        Returns:
            the outcome of each event, in order.

        Raises:
            StoreError: the record can't be written; none of the events was kept.
        """
        with self._database.writing() as connection:
            named = {id for event in given for id in (event.item, event.other) if id is not None}
            canonical = resolve(connection, named)
            meant = [_meant(event, canonical) for event in given]
            first: dict[str, StoredEvent] = {}
            for event in meant:
                if event is not None:
                    first.setdefault(event.id, event)
            accepted = _insert(connection, first.values(), received)
            _count(connection, [first[id] for id in accepted], received)
            there = _by_id(connection, first.keys() - accepted) | {id: first[id] for id in accepted}
        outcomes = []
        for event in meant:
            if event is None:
                outcomes.append(Outcome.UNKNOWN_ITEM)
            elif event.id in accepted:
                accepted.remove(event.id)  # the next one with this id repeats it
                outcomes.append(Outcome.ACCEPTED)
            else:
                same = _same(event, there[event.id], ignore_time=event.id in timeless)
                outcomes.append(Outcome.REPEATED if same else Outcome.CONFLICT)
        return outcomes

    def of_user(self, user: str) -> list[StoredEvent]:
        """The user's events, ordered by (time, id)."""
        with self._database.reading() as connection:
            # Past SQLAlchemy's rows: this is read on each event, for users with thousands of them.
            cursor = connection.exec_driver_sql(self._of_user, (plain(user),)).cursor
            return [as_event(row) for row in cursor.fetchall()]

    def stamp(self, user: str) -> Stamp:
        """Which state of the user is the record's own; zeros for an unknown user."""
        with self._database.reading() as connection:
            statement = select(users.c.created, users.c.events).where(users.c.id == user)
            row = connection.execute(statement).one_or_none()
        return Stamp(*row) if row else Stamp(0, 0)

    def all(self, chunk: int = _CHUNK) -> Iterator[StoredEvent]:
        """Every event, ordered by (time, id), `chunk` of them in memory at a time.

        No transaction is held meanwhile: an event that arrives during the walk is in it if its place is yet
        to come.
        """
        place = tuple_(events.c.time, events.c.id)
        last = (-1, "")
        while True:
            statement = select(*EVENT_COLUMNS).where(place > last).order_by(events.c.time, events.c.id)
            with self._database.reading() as connection:
                found = [as_event(row) for row in connection.execute(statement.limit(chunk))]
            yield from found
            if len(found) < chunk:
                return
            last = (found[-1].time, found[-1].id)

    def users(self) -> Iterator[tuple[str, int]]:
        """Every user with the number of their events, ordered by user."""
        last = ""
        while True:
            statement = select(users.c.id, users.c.events).where(users.c.id > last).order_by(users.c.id)
            with self._database.reading() as connection:
                found = [(id, number) for id, number in connection.execute(statement.limit(_CHUNK))]
            yield from found
            if len(found) < _CHUNK:
                return
            last = found[-1][0]

    def user_exists(self, user: str) -> bool:
        """Whether any event of this user was ever accepted."""
        return self.stamp(user).events > 0

    def simulated_users(self) -> set[str]:
        """The users all of whose events were simulated."""
        with self._database.reading() as connection:
            return set(connection.scalars(select(users.c.id).where(users.c.simulated)))

    def count(self) -> int:
        """How many events there are."""
        with self._database.reading() as connection:
            return connection.scalars(select(func.count()).select_from(events)).one()

    def latest(self) -> int | None:
        """The time of the last event; None where there is none."""
        with self._database.reading() as connection:
            latest: int | None = connection.scalars(select(func.max(events.c.time))).one()
        return latest

    def tally(self, since: int, kinds: Collection[Kind]) -> list[tuple[str, str, int]]:
        """(item, kind, distinct users) of these kinds of event since that time, ordered by item and kind.

        What has been undone doesn't count.
        """
        number = func.count(events.c.user.distinct())
        undo, again = events.alias(), events.alias()
        undone_itself = exists().where(again.c.undoes == undo.c.id, again.c.user == undo.c.user)
        undone = exists().where(undo.c.undoes == events.c.id, undo.c.user == events.c.user, ~undone_itself)
        statement = (
            select(events.c.item, events.c.kind, number)
            .where(events.c.time >= since, events.c.kind.in_(list(kinds)), events.c.item.is_not(None))
            .where(~undone)
            .group_by(events.c.item, events.c.kind)
            .order_by(events.c.item, events.c.kind)
        )
        with self._database.reading() as connection:
            return [(item, kind, users) for item, kind, users in connection.execute(statement)]

    def mark_lost_slates(self, before: int) -> int:
        """Mark the events received before `before` whose slate never reached the record.

        Returns:
            how many were marked that had not been.
        """
        statement = (
            update(events)
            .where(events.c.received < before, events.c.slate.is_not(None), ~events.c.slate_lost)
            .where(~exists().where(slates.c.id == events.c.slate))
            .values(slate_lost=True)
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount


_TEXTS = ("id", "user", "topic", "author", "venue", "text", "slate", "undoes")


def _compiled_of_user(database: Database) -> str:
    dialect = database.engine.dialect
    columns = ", ".join(str(column.compile(dialect=dialect)) for column in EVENT_COLUMNS)
    place = "%s" if database.is_postgresql else "?"
    return f'SELECT {columns} FROM events WHERE "user" = {place} ORDER BY time, id'  # noqa: S608 (our own names)


def _meant(event: StoredEvent, canonical: dict[str, str]) -> StoredEvent | None:
    """The event as it would be stored; None if a paper of it is unknown."""
    papers = {name: id for name in ("item", "other") if (id := getattr(event, name)) is not None}
    if not canonical.keys() >= set(papers.values()):
        return None
    meant: dict[str, Any] = {name: canonical[id] for name, id in papers.items()}
    meant |= {name: plain(text) for name in _TEXTS if (text := getattr(event, name)) is not None}
    return replace(event, **meant)


def _same(event: StoredEvent, there: StoredEvent, *, ignore_time: bool) -> bool:
    time = there.time if ignore_time else event.time
    return replace(event, time=time, simulated=there.simulated) == there


def _insert(connection: Connection, given: Iterable[StoredEvent], received: int) -> set[str]:
    """Insert those whose ids are new and return these ids.

    In the order of their ids, so that two writers with the same events wait for each other, not deadlock.
    """
    values = [_values(event, received) for event in sorted(given, key=lambda event: event.id)]
    if not values:
        return set()
    statement = insert_into(connection, events).on_conflict_do_nothing(index_elements=[events.c.id])
    return set(connection.scalars(statement.returning(events.c.id), values))


def _values(event: StoredEvent, received: int) -> dict[str, object]:
    return {**{column.name: getattr(event, column.name) for column in EVENT_COLUMNS}, "received": received}


def _count(connection: Connection, accepted: list[StoredEvent], received: int) -> None:
    """Add the events to their users' numbers, which are thus always those of the events that are there."""
    if not accepted:
        return
    numbers = Counter(event.user for event in accepted)
    real = {event.user for event in accepted if not event.simulated}
    values = [
        {"id": user, "created": received, "simulated": user not in real, "events": numbers[user]}
        for user in sorted(numbers)
    ]
    statement = insert_into(connection, users)
    adding = statement.on_conflict_do_update(
        index_elements=[users.c.id],
        set_={
            "events": users.c.events + statement.excluded.events,
            "simulated": and_(users.c.simulated, statement.excluded.simulated),
        },
    )
    connection.execute(adding, values)


def _by_id(connection: Connection, ids: Iterable[str]) -> dict[str, StoredEvent]:
    found: dict[str, StoredEvent] = {}
    for some in chunks(ids):
        for row in connection.execute(select(*EVENT_COLUMNS).where(events.c.id.in_(some))):
            event = as_event(row)
            found[event.id] = event
    return found
