"""The keys of API clients."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from recsys.events import now_ms
from recsys.store.engine import Database
from recsys.store.hashing import NO_HASH, fits, hash_of, new_secret
from recsys.store.schema import keys


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of a key. `created` and `revoked` in ms since the epoch; `revoked` None while valid."""

    id: str
    name: str
    created: int
    revoked: int | None


_INFO = (keys.c.id, keys.c.name, keys.c.created, keys.c.revoked)


class KeyTable:
    """API keys; only the SHA-256 of a key's secret is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str) -> str:
        """A new key, `rk_<id>_<secret>`: this is the only time that it is to be seen."""
        id, secret = secrets.token_hex(4), new_secret()
        values = {"id": id, "name": name, "secret_hash": hash_of(secret), "created": now_ms()}
        with self._database.writing() as connection:
            connection.execute(insert(keys), values)
        return f"rk_{id}_{secret}"

    def verify(self, key: str) -> KeyInfo | None:
        """Whose key this is; None if it is malformed, unknown, wrong or revoked, all after the same work."""
        prefix, id, secret = [*key.split("_", 2), "", ""][:3]
        with self._database.reading() as connection:
            row = connection.execute(select(*_INFO, keys.c.secret_hash).where(keys.c.id == id)).one_or_none()
        *info, secret_hash = row or ("", "", 0, 0, NO_HASH)
        matches = fits(secret, secret_hash)
        found = KeyInfo(*info)
        return found if matches and prefix == "rk" and found.revoked is None else None

    def list(self) -> list[KeyInfo]:
        """Every key, revoked ones too, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(*_INFO).order_by(keys.c.created, keys.c.id))
            return [KeyInfo(*row) for row in rows]

    def revoke(self, id: str) -> bool:
        """Make the key worthless from now on; False if there is no such key (or it was revoked before)."""
        statement = update(keys).where(keys.c.id == id, keys.c.revoked.is_(None)).values(revoked=now_ms())
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def count(self) -> int:
        """How many keys are valid."""
        with self._database.reading() as connection:
            return connection.scalars(select(func.count()).where(keys.c.revoked.is_(None))).one()
