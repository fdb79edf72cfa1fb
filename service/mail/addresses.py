"""What a reader may ask for: an address, an hour and a zone that exist."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email


def mail_address(text: str) -> str:
    """The address as it is mailed to.

    >>> mail_address(" Ada@EXAMPLE.org ")
    'Ada@example.org'

    Raises:
        ValueError: it is none; the message says why.
    """
    try:
        # Whether mail arrives there only the confirmation shows. Names of one's own network will do.
        found = validate_email(
            text.strip(), check_deliverability=False, globally_deliverable=False, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise ValueError(f"not a mail address: {error}") from None
    return found.ascii_email or found.normalized


def time_zone(name: str) -> str:
    """The name of a time zone.

    >>> time_zone("Europe/Berlin")
    'Europe/Berlin'

    Raises:
        ValueError: there is no such zone.
    """
    if name not in _zones():
        raise ValueError("give an IANA time zone such as Europe/Berlin or UTC")
    return ZoneInfo(name).key


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
