"""One-time links by which readers sign in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from recsys.events import now_ms
from recsys.store.engine import Database
from recsys.store.hashing import NO_HASH, fits, hash_of, new_secret
from recsys.store.schema import invites, plain

HOUR_MS = 3_600_000


class Role(StrEnum):
    """What a reader who signed in may do beyond reading."""

    READER = "reader"
    ADMIN = "admin"  # sees /admin, too


@dataclass(frozen=True, slots=True)
class Invite:
    """What is known of a link; times in ms since the epoch, `used` None while it is unused."""

    id: str
    user: str
    role: Role
    address: str | None
    created: int
    expires: int
    used: int | None

    def good(self, now: int) -> bool:
        """Whether it may be followed."""
        return self.used is None and now < self.expires


_INFO = tuple(invites.c[name] for name in Invite.__slots__)


class InviteTable:
    """Links; only the hash of a link's secret is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, user: str, role: Role = Role.READER, hours: float = 48, address: str | None = None
    ) -> tuple[Invite, str]:
        """A new link's token, `<id>_<secret>`: the record can't tell it again.

        Args:
            user: who signs in by it.
            role: of their session.
            hours: how long it is good for.
            address: where it is going to be mailed to.
        """
        id, secret, now = secrets.token_hex(6), new_secret(), now_ms()
        invite = Invite(id, plain(user), role, address, now, now + round(hours * HOUR_MS), None)
        values = {name: getattr(invite, name) for name in Invite.__slots__}
        with self._database.writing() as connection:
            connection.execute(insert(invites), values | {"secret_hash": hash_of(secret)})
        return invite, f"{id}_{secret}"

    def find(self, token: str) -> Invite | None:
        """Which link this is, used and expired ones too; None if it is none of ours."""
        with self._database.reading() as connection:
            return _find(connection, token)

    def mailed_to(self, address: str) -> dict[str, Role]:
        """The readers to whom links were mailed at this address, each with the role of the last one."""
        statement = select(invites.c.user, invites.c.role).where(invites.c.address == plain(address))
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(invites.c.created, invites.c.id))
            return {user: Role(role) for user, role in rows}

    def revoke(self, user: str) -> int:
        """Forget the reader's links, so that none is worth anything, and where they were mailed; how many."""
        with self._database.writing() as connection:
            return connection.execute(delete(invites).where(invites.c.user == plain(user))).rowcount


def use(connection: Connection, token: str, now: int) -> Invite | None:
    """Use a link up within a transaction; None if it isn't good (any more). Of two at once one wins."""
    found = _find(connection, token)
    if found is None:
        return None
    good = (invites.c.id == found.id, invites.c.used.is_(None), invites.c.expires > now)
    taken = connection.execute(update(invites).where(*good).values(used=now)).rowcount == 1
    return found if taken else None


def _find(connection: Connection, token: str) -> Invite | None:
    id, _, secret = token.partition("_")
    row = connection.execute(select(*_INFO, invites.c.secret_hash).where(invites.c.id == plain(id)))
    *info, secret_hash = row.one_or_none() or (None, NO_HASH)
    return _invite(info) if fits(secret, secret_hash) else None


def _invite(row: Any) -> Invite:
    id, user, role, *rest = row
    return Invite(id, user, Role(role), *rest)
