"""Who wants the digest, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, select, update

from recsys.events import now_ms
from recsys.store.engine import Database, insert_into
from recsys.store.schema import plain, subscriptions


@dataclass(frozen=True, slots=True)
class DigestSubscription:
    """One reader's wish. Times in ms since the epoch.

    `hour` (0 to 23) is in `zone`, an IANA name. `since` is when hour and zone began to count, `requested`
    when the reader last asked for the digest, `confirmed` when they said that the address is theirs: nothing
    but the question goes to an address before.
    """

    user: str
    address: str
    hour: int
    zone: str
    on: bool
    since: int
    requested: int
    confirmed: int | None


_COLUMNS = tuple(subscriptions.c)


class SubscriptionTable:
    """Subscriptions by user: at most one each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, user: str, address: str, hour: int, zone: str, *, on: bool = True, confirmed: bool = False
    ) -> DigestSubscription:
        """Set the reader's wish. A confirmed address stays so; with `confirmed` a new one is so at once."""
        now, user = now_ms(), plain(user)
        with self._database.writing() as connection:
            found = connection.execute(select(*_COLUMNS).where(subscriptions.c.user == user)).one_or_none()
            before = DigestSubscription(*found) if found else None
            known = before.confirmed if before and before.address == address else None
            same = before is not None and (before.hour, before.zone, before.on) == (hour, zone, on)
            since = before.since if before and same else now
            if confirmed and known is None:
                known = now
            wish = DigestSubscription(user, address, hour, zone, on, since, requested=now, confirmed=known)
            statement = insert_into(connection, subscriptions)
            values = asdict(wish)
            put = statement.on_conflict_do_update(index_elements=[subscriptions.c.user], set_=values)
            connection.execute(put, values)
        return wish

    def get(self, user: str) -> DigestSubscription | None:
        """The reader's wish."""
        return next(iter(self._where(subscriptions.c.user == plain(user))), None)

    def list(self) -> Sequence[DigestSubscription]:
        """All of them, those that are off or unconfirmed too, ordered by user."""
        return self._where(subscriptions.c.user.is_not(None))

    def confirmed_at(self, address: str) -> Sequence[str]:
        """The readers who said that this address is theirs."""
        confirmed = subscriptions.c.confirmed.is_not(None)
        return [wish.user for wish in self._where(confirmed & (subscriptions.c.address == plain(address)))]

    def delete(self, user: str) -> bool:
        """Forget the reader's address and wish; False if there was none."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(subscriptions).where(subscriptions.c.user == plain(user)))
            return gone.rowcount == 1

    def confirm(self, user: str, address: str) -> bool:
        """Note that this address is the reader's; False if it isn't the one they are subscribed with."""
        with self._database.writing() as connection:
            mine = self._of(user, address)
            connection.execute(
                update(subscriptions)
                .where(mine, subscriptions.c.confirmed.is_(None))
                .values(confirmed=now_ms())
            )
            return connection.execute(select(subscriptions.c.user).where(mine)).one_or_none() is not None

    def switch_off(self, user: str, address: str) -> bool:
        """Mail no more to this address; False if it isn't the one the reader is subscribed with."""
        with self._database.writing() as connection:
            off = update(subscriptions).where(self._of(user, address)).values(on=False)
            return connection.execute(off).rowcount == 1

    def _of(self, user: str, address: str) -> ColumnElement[bool]:
        return (subscriptions.c.user == plain(user)) & (subscriptions.c.address == address)

    def _where(self, condition: ColumnElement[bool]) -> Sequence[DigestSubscription]:
        statement = select(*_COLUMNS).where(condition).order_by(subscriptions.c.user)
        with self._database.reading() as connection:
            return [DigestSubscription(*row) for row in connection.execute(statement)]
