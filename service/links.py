"""Signed links: what a reader may do to a paper by following one, from a feed or from a mail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import orjson
from itsdangerous import BadSignature, URLSafeSerializer

from recsys.events import now_ms
from service.problems import Problem

_DAY_MS = 86_400_000
_LONGEST = 2_000  # characters of a token; ours stay below 1,000


class Act(StrEnum):
    """What a link does: it opens the paper, or gives feedback on it."""

    OPEN = "open"
    LIKE = "like"
    DISLIKE = "dislike"
    SAVE = "save"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says. `expires` in ms since the epoch; `digest` names the link in the ids of its events."""

    user: str
    paper: str
    act: Act
    slate: str | None
    position: int | None
    expires: int
    digest: str


class Links:
    """Makes and reads links. A link grants one act of one reader on one paper, until it expires.

    It is signed by HMAC-SHA-256, not encrypted: whoever has a link can read which reader it is for.

    Args:
        secret: what is signed with, 32 bytes.
        days: how long links are good for.
    """

    def __init__(self, secret: bytes, days: int = 90) -> None:
        self._lifetime = days * _DAY_MS
        signing = {"digest_method": staticmethod(hashlib.sha256), "key_derivation": "hmac"}
        self._serializer = URLSafeSerializer(secret, salt="recsys.link", signer_kwargs=signing)

    def act(
        self,
        user: str,
        paper: str,
        act: Act,
        slate: str | None = None,
        position: int | None = None,
        *,
        now: int | None = None,
    ) -> str:
        """The path of a link, from the root of the service.

        Links made on one day (UTC) are equal, so that a feed that says the same stays the same.

        Args:
            user: the reader whose feedback it is.
            paper: the paper's canonical id.
            act: what following it does.
            slate: the id of the slate that showed the paper.
            position: the paper's place in that slate, from 0.
            now: ms since the epoch; the clock's if left out.
        """
        day = (now_ms() if now is None else now) // _DAY_MS
        expires = (day + 1) * _DAY_MS + self._lifetime
        token = self._serializer.dumps([user, paper, act, slate, position, expires])
        return f"/l/{token!s}"

    def read(self, token: str, *, now: int | None = None) -> Link:
        """What the link with this token says.

        Raises:
            Problem: 404, we didn't make it; 410, it has expired.
        """
        try:
            if len(token) > _LONGEST:
                raise BadSignature(token[:20])
            user, paper, act, slate, position, expires = self._serializer.loads(token)
        except BadSignature:
            detail = "this link is not one of ours, or was cut off: copy it whole, or open the feed again"
            raise Problem(404, "unknown-link", detail) from None
        if expires < (now_ms() if now is None else now):
            detail = "this link has expired: open the feed again, or a newer mail, and follow the one there"
            raise Problem(410, "expired-link", detail)
        # Of what it says, not of the token: base64 can spell the same bytes in several ways.
        digest = hashlib.sha256(orjson.dumps([user, paper, act, slate, position, expires])).hexdigest()[:24]
        return Link(user, paper, Act(act), slate, position, expires, digest)
