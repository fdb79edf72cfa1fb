"""The links of a mail that are about the mail: to confirm the address, and to stop."""

from __future__ import annotations

import hashlib
from typing import Literal, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from recsys.events import now_ms
from service.problems import Problem

Purpose = Literal["confirm", "unsubscribe"]

_LONGEST = 2_000
_CONFIRM_WITHIN_MS = 7 * 86_400_000


class Recipient(NamedTuple):
    """Whom a link is for."""

    user: str
    address: str


class MailLinks:
    """Makes and reads them; signed by HMAC-SHA-256. A link to stop never expires: old mail must stop too."""

    def __init__(self, secret: bytes) -> None:
        signing = {"digest_method": staticmethod(hashlib.sha256), "key_derivation": "hmac"}
        self._serializers = {
            purpose: URLSafeSerializer(secret, salt=f"recsys.mail.{purpose}", signer_kwargs=signing)
            for purpose in ("confirm", "unsubscribe")
        }

    def path(self, purpose: Purpose, user: str, address: str) -> str:
        """The path of a link, from the root of the service."""
        made = now_ms() if purpose == "confirm" else 0
        return f"/mail/{purpose}/{self._serializers[purpose].dumps([user, address, made])!s}"

    def read(self, purpose: Purpose, token: str) -> Recipient:
        """Whom the link with this token is for.

        Raises:
            Problem: 404, we didn't make it; 410, it has expired.
        """
        try:
            if len(token) > _LONGEST:
                raise BadSignature(token[:20])
            user, address, made = self._serializers[purpose].loads(token)
        except BadSignature:
            detail = "this link is not one of ours, or was cut off: copy it whole from the mail"
            raise Problem(404, "unknown-link", detail) from None
        if purpose == "confirm" and now_ms() - made > _CONFIRM_WITHIN_MS:
            raise Problem(410, "expired-link", "this link has expired: subscribe again for another")
        return Recipient(user, address)
