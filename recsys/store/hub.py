"""Who is to be told when a feed changes (WebSub)."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from recsys.store.engine import Database, insert_into
from recsys.store.schema import hub_subscriptions

_COLUMNS = hub_subscriptions.c


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of one feed.

    `token` is the id of the feed's token, `feed` its path with the ending, as in addresses. `base` is the
    service's address as the subscriber knows it, `etag` what was delivered last. `expires` and `due` are in
    ms since the epoch.
    """

    token: str
    feed: str
    callback: str
    base: str
    secret: str | None
    etag: str
    expires: int
    due: int
    failures: int = 0


_ALL = tuple(_COLUMNS[field.name] for field in fields(Subscription))


class HubTable:
    """Subscriptions by token, feed and callback."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, subscription: Subscription) -> None:
        """Keep a subscription; one that is there is renewed."""
        values = dict(zip((column.name for column in _ALL), astuple(subscription), strict=True))
        with self._database.writing() as connection:
            adding = insert_into(connection, hub_subscriptions)
            renewing = adding.on_conflict_do_update(
                index_elements=[_COLUMNS.token, _COLUMNS.feed, _COLUMNS.callback], set_=values
            )
            connection.execute(renewing, values)

    def remove(self, token: str, feed: str, callback: str) -> None:
        """Forget a subscription, if it is there."""
        with self._database.writing() as connection:
            connection.execute(delete(hub_subscriptions).where(_is(token, feed, callback)))

    def count(self, token: str) -> int:
        """How many there are of all feeds of a token."""
        statement = select(func.count()).select_from(hub_subscriptions).where(_COLUMNS.token == token)
        with self._database.reading() as connection:
            return connection.scalars(statement).one()

    def due(self, now: int, limit: int) -> list[Subscription]:
        """Those to be looked at by now, the longest due first."""
        statement = select(*_ALL).where(_COLUMNS.due <= now).order_by(_COLUMNS.due).limit(limit)
        with self._database.reading() as connection:
            return [Subscription(*row) for row in connection.execute(statement)]

    def claim(self, subscription: Subscription, until: int) -> bool:
        """Take it for one look, until then; of several workers only one does."""
        found = _is(subscription.token, subscription.feed, subscription.callback)
        statement = update(hub_subscriptions).where(found, _COLUMNS.due == subscription.due)
        with self._database.writing() as connection:
            return connection.execute(statement.values(due=until)).rowcount == 1

    def settle(self, subscription: Subscription, claimed: int, etag: str, due: int, failures: int) -> None:
        """Note what came of the look; nothing, if it was renewed or removed meanwhile."""
        found = and_(
            _is(subscription.token, subscription.feed, subscription.callback), _COLUMNS.due == claimed
        )
        values = {"etag": etag, "due": due, "failures": failures}
        with self._database.writing() as connection:
            connection.execute(update(hub_subscriptions).where(found).values(values))


def _is(token: str, feed: str, callback: str) -> ColumnElement[bool]:
    return and_(_COLUMNS.token == token, _COLUMNS.feed == feed, _COLUMNS.callback == callback)
