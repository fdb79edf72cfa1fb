"""When a call is tried again, and after how long.

Every call of the API may be repeated: reading changes nothing, an event's id is its idempotency key, a paper
is known by its identity, and a setting is the same however often it is set.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from recsys.client.errors import ClientError, ProblemError, UnreachableError

_PASSING = frozenset({429, 502, 503, 504})  # a later try may succeed


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is. All times in seconds.

    Args:
        most: how often a call is tried again; 0 for never.
        first: the pause before the first repeat is drawn from 0 to this; the span doubles with each repeat.
        longest: no pause is longer. A service that asks for more by `Retry-After` is believed, and the call
            is given up at once rather than tried too early.
        within: a call is not tried again once this is over.
    """

    most: int = 4
    first: float = 0.25
    longest: float = 30.0
    within: float = 60.0


@dataclass(slots=True)
class Patience:
    """What one call has left of its client's patience."""

    retries: Retries
    tried: int = 0
    began: float = field(default_factory=time.monotonic)

    def pause_after(self, failure: ClientError) -> float:
        """Seconds to wait before the next try.

        Raises:
            ClientError: the failure itself, where there is to be no other try.
        """
        if self.tried >= self.retries.most or not _may_pass(failure):
            raise failure
        span = self.retries.first * 2**self.tried
        pause = min(random.uniform(0, span), self.retries.longest)  # noqa: S311 - spreads clients, hides nothing
        asked = failure.retry_after if isinstance(failure, ProblemError) else None
        pause = max(pause, asked or 0.0)
        if pause > self.retries.longest or time.monotonic() - self.began + pause > self.retries.within:
            raise failure
        self.tried += 1
        return pause


def retry_after(header: str | None) -> float | None:
    """The seconds that a `Retry-After` header asks for, which may give a number or a date.

    >>> retry_after("5"), retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after("soon"), retry_after(None)
    (5.0, 0.0, None, None)
    """
    if header is None:
        return None
    if header.isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def _may_pass(failure: ClientError) -> bool:
    if isinstance(failure, ProblemError):
        return failure.status in _PASSING
    return isinstance(failure, UnreachableError)
