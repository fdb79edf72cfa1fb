"""What `recsys digest` does with the service's parts; its other commands start without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from recsys.errors import UserError
from recsys.events import now_ms
from recsys.home import Home
from recsys.store import DigestSubscription
from service.context import Context, running
from service.mail.choice import choose
from service.mail.letters import Letters
from service.mail.sender import FAILED, Sender
from service.mail.settings import SmtpSettings
from service.mail.smtp import Fate, Session
from service.metrics import Metrics
from service.settings import Settings

_LOCAL = "http://127.0.0.1:8000"
UNDONE = (Fate.DEFERRED.value, Fate.UNCLEAR.value, FAILED)


def send_due(
    place: Home, smtp: SmtpSettings, database_url: str | None, redis_url: str | None
) -> Counter[str]:
    """Mail everybody who is due, with the home's lock held; how many mails had which fate.

    Raises:
        recsys.errors.UserError: the record or the SMTP server can't be used.
    """
    with _parts(place, database_url, redis_url) as (context, root), Session(smtp) as session:
        letters = Letters(smtp, root, context.links, context.mail_links)
        return Sender(place, context, letters, session).run()


def preview(place: Home, user: str, database_url: str | None, redis_url: str | None) -> tuple[str, str]:
    """The plain text and the HTML of what a reader would be mailed now.

    Raises:
        recsys.errors.UserError: it would be nothing; or the record can't be used.
    """
    smtp = SmtpSettings.from_environment() or SmtpSettings(host="localhost", sender="preview@localhost")
    now = now_ms()
    nobody = DigestSubscription(
        user, "preview@localhost", 8, "UTC", on=True, since=now, requested=now, confirmed=None
    )
    with _parts(place, database_url, redis_url) as (context, root):
        choice = choose(context, user, now)
        if not choice.best:
            raise UserError(f"nothing new is worth a mail to {user!r} now")
        letters = Letters(smtp, root, context.links, context.mail_links)
        wish = context.store.subscriptions.get(user) or nobody
        message = letters.digest(wish, datetime.now(UTC).date(), choice, "preview")
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return (plain.get_content() if plain else ""), (html.get_content() if html else "")


@contextmanager
def _parts(place: Home, database_url: str | None, redis_url: str | None) -> Iterator[tuple[Context, str]]:
    """The service's parts, to rank with, and the public address that links begin with."""
    told = Settings.from_environment()
    settings = told.model_copy(
        update={
            "home": place.path,
            "database_url": place.database_url(database_url),
            "redis_url": redis_url or place.redis_url(),
        }
    )
    with running(settings, Metrics()) as context:
        yield context, told.public_url or _LOCAL
