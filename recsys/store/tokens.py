"""What opens one reader's own part of the service: the tokens of feed addresses, and app passwords."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, select, update

from recsys.events import now_ms
from recsys.store.engine import Database
from recsys.store.hashing import NO_HASH, fits, hash_of, new_secret
from recsys.store.schema import plain, user_tokens


class Scope(StrEnum):
    """What a token opens; its value begins the token."""

    FEED = "rf"
    APP = "ra"


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What is known of a token. `created` and `revoked` in ms since the epoch; `revoked` None while valid."""

    id: str
    user: str
    name: str
    created: int
    revoked: int | None


_COLUMNS = user_tokens.c
_INFO = (_COLUMNS.id, _COLUMNS.user, _COLUMNS.name, _COLUMNS.created, _COLUMNS.revoked)


def random_secret(_: str) -> str:
    """256 random bits."""
    return new_secret()


class TokenTable:
    """Tokens of readers; as with API keys, only the SHA-256 of 256 bits that nobody guesses is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, user: str, scope: Scope, name: str = "", secret_of: Callable[[str], str] = random_secret
    ) -> tuple[TokenInfo, str]:
        """A new token, `<scope>_<id>_<secret>`: the record can't tell it again.

        Args:
            user: whose it is.
            scope: what it opens.
            name: for the reader's own list.
            secret_of: makes the secret for an id, if it is not to be random.
        """
        id = secrets.token_hex(6)
        secret = secret_of(id)
        info = TokenInfo(id, plain(user), plain(name), now_ms(), None)
        values = {"id": id, "scope": scope, "user": user, "name": name, "created": info.created}
        with self._database.writing() as connection:
            connection.execute(insert(user_tokens), values | {"secret_hash": hash_of(secret)})
        return info, f"{scope}_{id}_{secret}"

    def verify(self, token: str, scope: Scope) -> TokenInfo | None:
        """Whose token of this scope it is; None if it is malformed, unknown, wrong or revoked."""
        prefix, id, secret = [*token.split("_", 2), "", ""][:3]
        statement = select(*_INFO, _COLUMNS.secret_hash).where(_COLUMNS.id == id, _COLUMNS.scope == scope)
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        *info, secret_hash = row or ("", "", "", 0, 0, NO_HASH)
        matches = fits(secret, secret_hash)
        found = TokenInfo(*info)
        return found if matches and prefix == scope and found.revoked is None else None

    def get(self, id: str, scope: Scope) -> TokenInfo | None:
        """What is known of the token with this id, if it is valid."""
        statement = select(*_INFO).where(
            _COLUMNS.id == id, _COLUMNS.scope == scope, _COLUMNS.revoked.is_(None)
        )
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        return TokenInfo(*row) if row else None

    def of_user(self, user: str, scope: Scope) -> list[TokenInfo]:
        """The reader's valid tokens of this scope, the oldest first."""
        statement = (
            select(*_INFO)
            .where(_COLUMNS.user == user, _COLUMNS.scope == scope, _COLUMNS.revoked.is_(None))
            .order_by(_COLUMNS.created, _COLUMNS.id)
        )
        with self._database.reading() as connection:
            return [TokenInfo(*row) for row in connection.execute(statement)]

    def revoke(self, id: str, user: str, scope: Scope) -> bool:
        """Make the reader's token worthless at once; False if they have no such valid one."""
        statement = (
            update(user_tokens)
            .where(_COLUMNS.id == id, _COLUMNS.user == user, _COLUMNS.scope == scope)
            .where(_COLUMNS.revoked.is_(None))
            .values(revoked=now_ms())
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1
