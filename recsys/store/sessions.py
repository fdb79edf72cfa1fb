"""Who is signed in to the pages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from recsys.events import now_ms
from recsys.store.engine import Database
from recsys.store.hashing import NO_HASH, fits, hash_of, new_secret
from recsys.store.invites import HOUR_MS, Role, use
from recsys.store.schema import plain, sessions

LASTS_MS = 30 * 24 * HOUR_MS  # from when it was last seen
_SEEN_EVERY_MS = HOUR_MS  # how exactly that is noted: a page that is looked at costs no write


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of a session; times in ms since the epoch."""

    id: str
    user: str
    role: Role
    created: int
    seen: int
    expires: int


_INFO = tuple(sessions.c[name] for name in Session.__slots__)


class SessionTable:
    """Sessions; only the hash of a session's secret is stored, and one that has ended is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign_in(self, invite: str) -> tuple[Session, str] | None:
        """Use a link up and open a session, in one transaction; None if the link isn't good (any more).

        Returns:
            the session, and its token, `<id>_<secret>`: the record can't tell it again.
        """
        id, secret, now = secrets.token_hex(6), new_secret(), now_ms()
        with self._database.writing() as connection:
            by = use(connection, invite, now)
            if by is None:
                return None
            session = Session(id, by.user, by.role, now, now, now + LASTS_MS)
            values = {name: getattr(session, name) for name in Session.__slots__}
            connection.execute(insert(sessions), values | {"secret_hash": hash_of(secret)})
            connection.execute(delete(sessions).where(sessions.c.expires <= now))
        return session, f"{id}_{secret}"

    def verify(self, token: str) -> Session | None:
        """Whose session it is; None if it is nobody's, or has ended."""
        id, _, secret = token.partition("_")
        statement = select(*_INFO, sessions.c.secret_hash).where(sessions.c.id == plain(id))
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        *info, secret_hash = row or (None, NO_HASH)
        if not fits(secret, secret_hash):
            return None
        session = _session(info)
        return session if now_ms() < session.expires else None

    def note_seen(self, session: Session) -> None:
        """Let a session that is used last on."""
        now = now_ms()
        if now - session.seen < _SEEN_EVERY_MS:
            return
        lasting = update(sessions).where(sessions.c.id == session.id)
        with self._database.writing() as connection:
            connection.execute(lasting.values(seen=now, expires=now + LASTS_MS))

    def of_user(self, user: str) -> list[Session]:
        """The reader's sessions, the oldest first."""
        statement = select(*_INFO).where(sessions.c.user == plain(user), sessions.c.expires > now_ms())
        with self._database.reading() as connection:
            ordered = statement.order_by(sessions.c.created, sessions.c.id)
            return [_session(row) for row in connection.execute(ordered)]

    def end(self, id: str, user: str) -> bool:
        """Sign the reader out of one session; False if they have no such one."""
        one = delete(sessions).where(sessions.c.id == plain(id), sessions.c.user == plain(user))
        with self._database.writing() as connection:
            return connection.execute(one).rowcount == 1

    def end_all(self, user: str) -> int:
        """Sign the reader out everywhere; of how many sessions."""
        with self._database.writing() as connection:
            return connection.execute(delete(sessions).where(sessions.c.user == plain(user))).rowcount


def _session(row: Any) -> Session:
    id, user, role, *times = row
    return Session(id, user, Role(role), *times)
