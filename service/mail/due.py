"""When a mail is due."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from recsys.events import to_ms
from recsys.store import DigestSubscription, Store
from recsys.store.mailings import MailKind

ASKED_FOR_MS = 7 * 86_400_000  # a question not answered by then is not asked again by itself


def digest_due(subscription: DigestSubscription, now: int) -> str | None:
    """The reader's day for which a digest is due, as an ISO date; None before their hour.

    A sender that was down at that hour makes up for it until the reader's midnight. A wish that was made, or
    an address that was confirmed, after today's hour counts from tomorrow.
    """
    if not subscription.on or subscription.confirmed is None:
        return None
    zone = ZoneInfo(subscription.zone)
    local = datetime.fromtimestamp(now / 1000, zone)
    hour = to_ms(datetime(local.year, local.month, local.day, subscription.hour, tzinfo=zone))
    if now < hour or hour < max(subscription.since, subscription.confirmed):
        return None
    return local.date().isoformat()


def question_due(subscription: DigestSubscription, now: int) -> str | None:
    """The occasion on which a reader is to be asked whether the address is theirs: once a day of asking."""
    waits = subscription.on and subscription.confirmed is None
    if not waits or now - subscription.requested > ASKED_FOR_MS:
        return None
    day = datetime.fromtimestamp(subscription.requested / 1000, UTC).date().isoformat()
    return f"{day} {subscription.address}"


def anyone_due(store: Store, now: int) -> bool:
    """Whether a sender would find somebody to mail, or to try."""
    for wish in store.subscriptions.list():
        day, asked = digest_due(wish, now), question_due(wish, now)
        if day and not store.mailings.begun(MailKind.DIGEST, wish.user, day):
            return True
        if asked and not store.mailings.begun(MailKind.CONFIRMATION, wish.user, asked):
            return True
    return False
