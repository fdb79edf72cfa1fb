"""The mails themselves: HTML and plain text from the templates, and the headers that go with them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from recsys.papers import Paper
from recsys.store import DigestSubscription
from service.links import Act, Links
from service.mail.choice import Choice, Picked
from service.mail.settings import SmtpSettings
from service.mail.tokens import MailLinks

_LONGEST_ABSTRACT = 320
_MOST_AUTHORS = 3
_LONGEST_SUBJECT = 120

_templates = Environment(
    loader=PackageLoader("service", "mail/templates"),
    autoescape=select_autoescape(("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Letters:
    """Writes the mails of one installation.

    Args:
        settings: whom they are from.
        root: the public address of the service, without a slash at its end.
        links: of feedback.
        mail_links: of confirming and stopping.
    """

    def __init__(self, settings: SmtpSettings, root: str, links: Links, mail_links: MailLinks) -> None:
        self._settings = settings
        self._root = root
        self._links = links
        self._mail_links = mail_links

    def digest(self, subscription: DigestSubscription, day: date, choice: Choice, id: str) -> EmailMessage:
        """The digest of a reader's day; `id` is the mailing's."""
        user, address = subscription.user, subscription.address
        stop = self._root + self._mail_links.path("unsubscribe", user, address)
        slate = choice.slate.id if choice.slate else None
        best = [self._entry(user, picked, slate) for picked in choice.best]
        trending = [self._entry(user, picked, None) for picked in choice.trending]
        date = f"{day:%A}, {day.day} {day:%B %Y}"
        values = {
            "user": user,
            "day": date,
            "best": best,
            "trending": trending,
            "stop": stop,
            "preheader": ", ".join(entry["title"] for entry in best[1:]),
        }
        message = self._message(address, _subject(choice), id, "digest", values)
        message["List-Unsubscribe"] = f"<{stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["List-Id"] = f"Paper digest <digest.{self._settings.domain}>"
        return message

    def confirmation(self, subscription: DigestSubscription, id: str) -> EmailMessage:
        """The question whether the address is the reader's."""
        link = self._root + self._mail_links.path("confirm", subscription.user, subscription.address)
        values = {
            "user": subscription.user,
            "hour": f"{subscription.hour:02}:00",
            "zone": subscription.zone,
            "link": link,
        }
        return self._message(subscription.address, "Confirm your daily papers", id, "confirmation", values)

    def invitation(self, user: str, address: str, link: str, hours: float, id: str) -> EmailMessage:
        """A link to sign in by, good for so long."""
        good = "an hour" if hours == 1 else f"{hours:g} hours"
        values = {"user": user, "link": link, "hours": good}
        return self._message(address, "Sign in to your papers", id, "invitation", values)

    def _message(
        self, address: str, subject: str, id: str, template: str, values: dict[str, Any]
    ) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = address
        message["Subject"] = subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{id}@{self._settings.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        values = {**values, "subject": subject}
        message.set_content(_templates.get_template(f"{template}.txt.j2").render(values))
        message.add_alternative(_templates.get_template(f"{template}.html.j2").render(values), subtype="html")
        return message

    def _entry(self, user: str, picked: Picked, slate: str | None) -> dict[str, Any]:
        """A paper as the templates show it."""
        paper = picked.paper

        def link(act: Act) -> str:
            position = picked.position if slate else None
            return self._root + self._links.act(user, paper.id, act, slate, position)

        return {
            "title": paper.title,
            "byline": _byline(paper),
            "abstract": _cut(paper.abstract, _LONGEST_ABSTRACT),
            "reason": picked.reasons[0].text if picked.reasons else None,
            "open": link(Act.OPEN),
            "like": link(Act.LIKE),
            "dislike": link(Act.DISLIKE),
            "save": link(Act.SAVE),
            "mute": link(Act.MUTE) if paper.topics else None,
            "topic": paper.topics[0] if paper.topics else None,
        }


def _subject(choice: Choice) -> str:
    first, others = choice.best[0].paper.title, len(choice.best) - 1
    more = f" · and {others} more" if others else ""
    return _cut(first, _LONGEST_SUBJECT - len(more)) + more


def _byline(paper: Paper) -> str:
    names = ", ".join(paper.authors[:_MOST_AUTHORS])
    others = len(paper.authors) - _MOST_AUTHORS
    names += f" and {others} more" if others > 0 else ""
    return " · ".join(part for part in (names, paper.venue, paper.published) if part)


def _cut(text: str, most: int) -> str:
    """The text, or its first whole words within that many characters.

    >>> _cut("A long title", 9), _cut("Short", 9)
    ('A long…', 'Short')
    """
    if len(text) <= most:
        return text
    words = text[: most - 1].rsplit(" ", 1)[0]
    return words.rstrip(" ,;:.") + "…"
