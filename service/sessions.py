"""Who is signed in to the pages, by the token that their browser's cookie holds."""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass

from recsys.store import Role, Session, Store, StoreError
from service.cached import Cached


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in. Every form of theirs sends `csrf` back."""

    user: str
    role: Role
    session: str
    csrf: str

    @property
    def is_admin(self) -> bool:
        """Whether they may see /admin."""
        return self.role is Role.ADMIN


class Sessions:
    """Verifies sessions, each time in the record; what was right last will do while that can't answer.

    The CSRF token of a session is made of its id and the home's secret, so that none is stored.
    """

    def __init__(self, store: Store, secret: bytes) -> None:
        self._sessions = store.sessions
        self._secret = secret
        self._last: Cached[str, Session | None] = Cached(0)

    def holder(self, token: str) -> SignedIn | None:
        """Who is signed in by this token.

        Raises:
            recsys.store.StoreError: the record can't answer, and the session has not been seen lately.
        """
        session = self._last.get(token, lambda: self._sessions.verify(token))
        if session is None:
            self._last.drop(token)
            return None
        with suppress(StoreError):  # it is noted the next time
            self._sessions.note_seen(session)
        return SignedIn(session.user, session.role, session.id, self.csrf_of(session.id))

    def csrf_of(self, session: str) -> str:
        """What a session's forms send back, which no other site can know."""
        return hmac.digest(self._secret, b"recsys.csrf." + session.encode(), "sha256").hex()
