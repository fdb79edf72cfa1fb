"""Times, sizes and code as pages write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def when(ms: int) -> str:
    """A time, in UTC.

    >>> when(0)
    '1 Jan 1970, 00:00'
    """
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def when_iso(text: str) -> str:
    """The same of RFC 3339.

    >>> when_iso("2026-11-24T03:00:12.5Z")
    '24 Nov 2026, 03:00'
    """
    return when(round(datetime.fromisoformat(text).timestamp() * 1000))


def day_label(day: int) -> str:
    """A day, counted from the epoch, as it stands below a chart.

    >>> day_label(31)
    '1 Feb'
    """
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return f"{date.day} {date:%b}"


def size(count: float | None) -> str:
    """Bytes as people read them; a dash where it isn't known.

    >>> size(1536), size(None)
    ('1.5 KiB', '–')
    """
    if count is None:
        return "–"
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} B"


def seconds(time: float | None) -> str:
    """A duration, in ms below a second.

    >>> seconds(0.0123), seconds(2.5)
    ('12 ms', '2.5 s')
    """
    if time is None:
        return "–"
    return f"{time * 1000:.0f} ms" if time < 1 else f"{time:.1f} s"


def day(ms: int) -> str:
    """A day as people write it.

    >>> day(0)
    '1 January 1970'
    """
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"


def code(text: str) -> Markup:
    """Text in which what stands in backticks is code.

    >>> code("`a` < b")
    Markup('<code>a</code> &lt; b')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
