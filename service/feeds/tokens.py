"""The secrets of feed addresses."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode

from recsys.store import Scope, Store, TokenInfo


class FeedTokens:
    """Tokens of feed addresses; the record holds their hashes only.

    A token's secret is made of its id and the home's secret, so that the hub can tell its subscribers an
    address that the record doesn't know.
    """

    def __init__(self, store: Store, secret: bytes) -> None:
        self._tokens = store.tokens
        self._secret = secret

    def create(self, user: str, name: str) -> tuple[TokenInfo, str]:
        """A new token of the reader's."""
        return self._tokens.create(user, Scope.FEED, name, self._secret_of)

    def verify(self, token: str) -> TokenInfo | None:
        """Whose token this is; None if it is nobody's, or revoked."""
        return self._tokens.verify(token, Scope.FEED)

    def again(self, id: str) -> tuple[TokenInfo, str] | None:
        """The token with this id once more; None if it is unknown, revoked, or of another home's secret."""
        token = f"{Scope.FEED}_{id}_{self._secret_of(id)}"
        info = self.verify(token)
        return (info, token) if info else None

    def _secret_of(self, id: str) -> str:
        digest = hmac.digest(self._secret, b"recsys.feed." + id.encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")
