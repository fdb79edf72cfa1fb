"""Who may call: every request below /v1 carries an API key, in either of two headers."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from recsys.store import KeyInfo, Store
from service.cached import Cached
from service.problems import Problem

_KEPT_S = 30.0  # a revoked key is refused after so long; a dead record locks no known reader out

_bearer = HTTPBearer(auto_error=False, scheme_name="Bearer", description="`Authorization: Bearer rk_...`")
_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="X-API-Key", description="`X-API-Key: rk_...`"
)


class Keyring:
    """Verifies keys and remembers those that were right, by a hash: no key is ever held or logged."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: Cached[bytes, KeyInfo] = Cached(_KEPT_S)

    async def holder(self, key: str) -> KeyInfo:
        """Whose key this is.

        Raises:
            Problem: 401, it is nobody's.
            recsys.store.StoreError: the record can't answer, and the key has not been seen lately.
        """
        digest = hashlib.sha256(key.encode()).digest()
        known = self._known.current(digest)
        return known if known is not None else await run_in_threadpool(self._verify, key, digest)

    def _verify(self, key: str, digest: bytes) -> KeyInfo:
        def load() -> KeyInfo:
            found = self._store.keys.verify(key)
            if found is None:
                self._known.drop(digest)
                raise unauthorised(
                    "this key is unknown or revoked: `recsys keys create NAME` makes a new one"
                )
            return found

        return self._known.get(digest, load)


def unauthorised(detail: str) -> Problem:
    """401, saying which kind of credentials is asked for."""
    headers = {"WWW-Authenticate": 'Bearer realm="recsys"'}
    return Problem(401, "unauthorised", detail, headers=headers)


async def require_key(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    key: Annotated[str | None, Depends(_header)],
) -> KeyInfo:
    """The dependency of every route that needs a key."""
    given = credentials.credentials if credentials else key
    if not given:
        raise unauthorised("send an API key, as `Authorization: Bearer <key>` or as `X-API-Key: <key>`")
    keyring: Keyring = request.app.state.context.keyring
    return await keyring.holder(given)
